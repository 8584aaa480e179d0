"""s3fs: a bucket as a folder."""

import os
import subprocess
import time

import pytest
from conftest import files_in, make_files, needs

SECONDS_MAX = 30


def can_mount():
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
        return True
    except OSError:
        return False


pytestmark = [needs("s3fs"), needs("fusermount"),
              pytest.mark.skipif(not can_mount(), reason="this machine has no FUSE")]


@pytest.fixture
def folder(virga, bucket, tmp_path):
    """The bucket, mounted."""
    place = tmp_path / "mounted"
    place.mkdir()
    password = tmp_path / "password"
    password.write_text("test:test")
    password.chmod(0o600)
    options = f"passwd_file={password},url={virga.endpoint},use_path_request_style,endpoint=us-east-1,retries=1"
    process = subprocess.Popen(["s3fs", bucket, str(place), "-f", "-o", options], env=virga.environment())
    deadline = time.monotonic() + SECONDS_MAX
    while not os.path.ismount(place):
        assert process.poll() is None and time.monotonic() < deadline, "it was not mounted"
        time.sleep(0.05)
    yield place
    subprocess.run(["fusermount", "-u", str(place)], check=True)
    process.wait(timeout=SECONDS_MAX)


def test_files_are_objects(folder, s3, bucket):
    made = make_files(folder, 60)
    assert files_in(folder) == made
    listed = {each["Key"]: each["Size"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert {key: size for key, size in listed.items() if not key.endswith("/")} == {
        name: len(content) for name, content in made.items()}
    s3.put_object(Bucket=bucket, Key="from-outside", Body=b"hello")
    assert (folder / "from-outside").read_bytes() == b"hello"


def test_long_files_are_written_changed_and_renamed(folder, s3, bucket):
    content = bytearray(os.urandom(24_000_000))
    (folder / "long").write_bytes(content)
    with open(folder / "long", "r+b") as file:
        file.seek(12_000_000)
        file.write(b"changed")
    content[12_000_000:12_000_007] = b"changed"
    (folder / "long").rename(folder / "renamed")
    assert not (folder / "long").exists()
    assert s3.get_object(Bucket=bucket, Key="renamed")["Body"].read() == content
    (folder / "renamed").unlink()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
