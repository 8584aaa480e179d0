"""s3cmd: Signature Version 4 by somebody else, in parts, in public, from folder to folder."""

import os
import urllib.request

import pytest
from conftest import files_in, make_files, needs

pytestmark = needs("s3cmd")


@pytest.fixture
def s3cmd(run, virga):
    where = virga.endpoint.removeprefix("http://")
    options = ["--no-ssl", f"--host={where}", f"--host-bucket={where}", "--access_key=test", "--secret_key=test",
               "--region=us-east-1", "--no-progress", "--config=/dev/null"]
    return lambda *words, **more: run("s3cmd", *options, *words, **more)


def test_files_go_and_come_back(s3cmd, s3, bucket, tmp_path):
    content = os.urandom(17_000_000)
    (tmp_path / "long file").write_bytes(content)
    s3cmd("put", "--multipart-chunk-size-mb=5", tmp_path / "long file", f"s3://{bucket}/to/")
    assert s3.head_object(Bucket=bucket, Key="to/long file")["ETag"].endswith('-4"')
    s3cmd("get", f"s3://{bucket}/to/long file", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    s3cmd("mv", f"s3://{bucket}/to/long file", f"s3://{bucket}/moved")
    assert "17000000" in s3cmd("du", f"s3://{bucket}")
    s3cmd("modify", "--add-header=Cache-Control:max-age=60", f"s3://{bucket}/moved")
    assert s3.head_object(Bucket=bucket, Key="moved")["CacheControl"] == "max-age=60"
    assert "moved" in s3cmd("info", f"s3://{bucket}/moved")
    s3cmd("del", f"s3://{bucket}/moved")
    assert s3cmd("ls", f"s3://{bucket}") == ""


def test_folders_are_synchronised(s3cmd, bucket, tmp_path):
    source, back = tmp_path / "source", tmp_path / "back"
    made = make_files(source, 60)
    s3cmd("sync", f"{source}/", f"s3://{bucket}/")
    assert "upload:" not in s3cmd("sync", f"{source}/", f"s3://{bucket}/")
    gone = sorted(made)[0]
    (source / gone).unlink()
    assert "delete:" in s3cmd("sync", "--delete-removed", f"{source}/", f"s3://{bucket}/")
    back.mkdir()
    s3cmd("sync", f"s3://{bucket}/", f"{back}/")
    assert files_in(back) == files_in(source)


def test_buckets_have_settings(s3cmd, s3, bucket, tmp_path):
    s3cmd("mb", f"s3://{bucket}-2")
    s3cmd("ws-create", f"s3://{bucket}-2")
    assert s3.get_bucket_website(Bucket=f"{bucket}-2")["IndexDocument"] == {"Suffix": "index.html"}
    s3cmd("expire", "--expiry-days=3", f"s3://{bucket}-2")
    assert s3.get_bucket_lifecycle_configuration(Bucket=f"{bucket}-2")["Rules"][0]["Expiration"] == {"Days": 3}
    (tmp_path / "cors").write_text("<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET"
                                   "</AllowedMethod></CORSRule></CORSConfiguration>")
    s3cmd("setcors", tmp_path / "cors", f"s3://{bucket}-2")
    assert s3.get_bucket_cors(Bucket=f"{bucket}-2")["CORSRules"][0]["AllowedOrigins"] == ["*"]
    s3cmd("rb", f"s3://{bucket}-2")
    assert "NoSuchBucket" in s3cmd("ls", f"s3://{bucket}-2", fails=True)


def test_signed_addresses_work(s3cmd, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    address = s3cmd("signurl", f"s3://{bucket}/a", "+60").strip()
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"hello"
