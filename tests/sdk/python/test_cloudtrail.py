"""CloudTrail through boto3."""

import json
import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def trail(clients):
    return clients("cloudtrail")
