"""Programs that others wrote for S3, against this cloud. Each test is left out where its program is not installed."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from virga import Virga  # noqa: E402

SECONDS_MAX = 300


def needs(program):
    """A mark for tests that are left out where a program is not there."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@pytest.fixture(scope="session")
def virga():
    with Virga() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def s3(virga):
    return boto3.client("s3", endpoint_url=virga.endpoint, region_name="us-east-1", aws_access_key_id="test",
                        aws_secret_access_key="test", config=Config(s3={"addressing_style": "path"}))


@pytest.fixture
def bucket(s3):
    name = f"clients-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def run(virga, tmp_path):
    """Runs a program pointed at this cloud, with a home of its own; what it printed."""
    home = tmp_path / "home"
    home.mkdir()

    def run_program(*command, fails=False, **more):
        environment = {**virga.environment(), "HOME": str(home), **more}
        done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True,
                              timeout=SECONDS_MAX, cwd=home)
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    return run_program


def make_files(folder, count, size_max=2_000):
    """Files of all sizes in folders of three levels; their bytes by name."""
    made = {}
    for number in range(count):
        name = f"{number % 7}/dir {number % 5}/file-{number:04}.bin"
        made[name] = os.urandom(number * 37 % size_max)
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made[name])
    return made


def files_in(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
