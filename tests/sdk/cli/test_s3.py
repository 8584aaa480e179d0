"""`aws s3`, the commands people type."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest
from conftest import AWS

MIB = 1024 * 1024


@pytest.fixture
def s3(virga):
    """Runs `aws s3`; what it printed."""

    def run(*arguments, fails=False):
        command = [AWS, "--endpoint-url", virga.endpoint, "s3", *map(str, arguments)]
        done = subprocess.run(command, env=virga.environment(), capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_files_go_and_come_back(s3, tmp_path):
    assert "make_bucket: cli-files" in s3("mb", "s3://cli-files")
    assert "cli-files" in s3("ls")
    content = os.urandom(17 * MIB + 3)
    (tmp_path / "big").write_bytes(content)
    s3("cp", tmp_path / "big", "s3://cli-files/dir/big", "--only-show-errors")
    assert str(len(content)) in s3("ls", "s3://cli-files/dir/")
    assert "PRE dir/" in s3("ls", "s3://cli-files/")
    s3("cp", "s3://cli-files/dir/big", "s3://cli-files/copy", "--only-show-errors")
    s3("cp", "s3://cli-files/copy", tmp_path / "back", "--only-show-errors")
    assert (tmp_path / "back").read_bytes() == content
    s3("mv", "s3://cli-files/copy", "s3://cli-files/moved", "--only-show-errors")
    assert "copy" not in s3("ls", "s3://cli-files/")
    assert "BucketNotEmpty" in s3("rb", "s3://cli-files", fails=True)
    assert "remove_bucket: cli-files" in s3("rb", "s3://cli-files", "--force")


def test_folders_are_synchronised(s3, tmp_path):
    s3("mb", "s3://cli-sync")
    source = tmp_path / "source"
    for index in range(12):
        file = source / str(index % 3) / f"file {index}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"content {index}")
    said = s3("sync", source, "s3://cli-sync/here", "--no-progress")
    assert said.count("upload:") == 12
    assert s3("sync", source, "s3://cli-sync/here", "--no-progress") == ""
    (source / "0" / "file 0.txt").unlink()
    said = s3("sync", source, "s3://cli-sync/here", "--delete", "--no-progress")
    assert said.count("delete:") == 1 and "upload:" not in said
    s3("sync", "s3://cli-sync/here", tmp_path / "copy", "--only-show-errors")
    files = {str(file.relative_to(source)): file.read_text() for file in source.rglob("*.txt")}
    assert files == {str(file.relative_to(tmp_path / "copy")): file.read_text()
                     for file in (tmp_path / "copy").rglob("*.txt")}
    s3("rm", "s3://cli-sync", "--recursive", "--only-show-errors")
    s3("rb", "s3://cli-sync")


def test_files_are_encrypted_as_asked(s3, aws, tmp_path):
    s3("mb", "s3://cli-sse")
    content = os.urandom(9 * MIB)
    (tmp_path / "a").write_bytes(content)
    key = aws("kms", "create-key")["KeyMetadata"]["Arn"]
    s3("cp", tmp_path / "a", "s3://cli-sse/a", "--sse", "aws:kms", "--sse-kms-key-id", key, "--only-show-errors")
    head = aws("s3api", "head-object", "--bucket", "cli-sse", "--key", "a")
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == key
    s3("cp", "s3://cli-sse/a", "s3://cli-sse/b", "--sse", "AES256", "--only-show-errors")
    assert aws("s3api", "head-object", "--bucket", "cli-sse", "--key", "b")["ServerSideEncryption"] == "AES256"
    for name in ("a", "b"):
        s3("cp", f"s3://cli-sse/{name}", tmp_path / "back", "--only-show-errors")
        assert (tmp_path / "back").read_bytes() == content
    s3("rb", "s3://cli-sse", "--force")


def test_folders_become_websites(s3, aws, virga, tmp_path):
    s3("mb", "s3://cli-site")
    s3("website", "s3://cli-site", "--index-document", "index.html", "--error-document", "error.html")
    (tmp_path / "index.html").write_text("<h1>home</h1>")
    (tmp_path / "error.html").write_text("<h1>lost</h1>")
    s3("sync", tmp_path, "s3://cli-site", "--only-show-errors")
    assert "text/html" == aws("s3api", "head-object", "--bucket", "cli-site", "--key", "index.html")["ContentType"]
    aws("s3api", "delete-public-access-block", "--bucket", "cli-site")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::cli-site/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    aws("s3api", "put-bucket-policy", "--bucket", "cli-site", "--policy", policy)

    def visit(path):
        host = {"Host": "cli-site.s3-website-us-east-1.amazonaws.com"}
        try:
            with urllib.request.urlopen(urllib.request.Request(virga.endpoint + path, headers=host)) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    assert visit("/") == (200, b"<h1>home</h1>")
    # Who may not list the bucket is not told that nothing is there.
    assert visit("/nope") == (403, b"<h1>lost</h1>")
    s3("rb", "s3://cli-site", "--force")


def test_presigned_addresses_work(s3, tmp_path):
    s3("mb", "s3://cli-presign")
    (tmp_path / "a").write_text("hello")
    s3("cp", tmp_path / "a", "s3://cli-presign/a", "--only-show-errors")
    url = s3("presign", "s3://cli-presign/a").strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"
    s3("rb", "s3://cli-presign", "--force")
