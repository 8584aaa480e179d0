import sys
import uuid
from pathlib import Path

import boto3
import botocore
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from virga import Virga  # noqa: E402

# For what the client of 2022 cannot say.
needs_client_of_today = pytest.mark.skipif(botocore.__version__ < "1.30", reason="a parameter of later clients")


@pytest.fixture(scope="session")
def virga():
    with Virga() as cloud:
        yield cloud


def make_client(service, endpoint, **options):
    settings = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test", **options}
    return boto3.client(
        service, endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}, read_timeout=40), **settings
    )


@pytest.fixture(scope="session")
def sqs(virga):
    return make_client("sqs", virga.endpoint)


@pytest.fixture
def queue(sqs):
    """The URL of a fresh standard queue."""
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def fifo_queue(sqs):
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)
