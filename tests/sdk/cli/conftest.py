import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from virga import Virga  # noqa: E402

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture(scope="session")
def virga():
    with Virga() as cloud:
        yield cloud


@pytest.fixture
def aws(virga):
    """Runs the AWS CLI; its JSON answer, or nothing when it printed none."""

    def run(*arguments, fails=False):
        # Version 1 ignores AWS_ENDPOINT_URL for SQS.
        command = [AWS, "--endpoint-url", virga.endpoint, *arguments]
        done = subprocess.run(command, env=virga.environment(), capture_output=True, text=True, timeout=60)
        assert (done.returncode != 0) == fails, done.stderr
        if fails:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run
