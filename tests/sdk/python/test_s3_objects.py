"""S3 objects with boto3: its transfer manager, streams, paginators, presigned URLs."""

import hashlib
import io
import os
import urllib.error
import urllib.request
import uuid

import boto3
import botocore.exceptions
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from conftest import make_client, needs_client_of_today
from virga import Virga

MIB = 1024 * 1024


@pytest.fixture(scope="session")
def s3(virga):
    return make_client("s3", virga.endpoint)


@pytest.fixture
def bucket(s3):
    """A fresh bucket, emptied and deleted afterwards."""
    name = f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    yield name
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


def code_of(error):
    return error.value.response["Error"]["Code"]


def test_an_object_comes_back(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a/b", Body=b"hello", ContentType="text/plain", Metadata={"Color": "red"})
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a/b")
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain" and got["Metadata"] == {"color": "red"}
    assert got["ServerSideEncryption"] == "AES256"
    part = s3.get_object(Bucket=bucket, Key="a/b", Range="bytes=1-3")
    assert part["Body"].read() == b"ell" and part["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_errors_have_their_types(s3, bucket):
    with pytest.raises(s3.exceptions.NoSuchKey) as error:
        s3.get_object(Bucket=bucket, Key="nope")
    assert error.value.response["Error"]["Key"] == "nope"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        s3.head_object(Bucket=bucket, Key="nope")
    assert code_of(error) == "404"
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket=f"nope-{uuid.uuid4().hex}")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        s3.get_object(Bucket=bucket, Key="a", IfNoneMatch="*")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_the_transfer_manager_moves_big_files(s3, bucket, tmp_path):
    content = os.urandom(21 * MIB + 7)
    source = tmp_path / "source"
    source.write_bytes(content)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(str(source), bucket, "big", Config=config, ExtraArgs={"Metadata": {"kind": "big"}})
    head = s3.head_object(Bucket=bucket, Key="big")
    assert head["ContentLength"] == len(content) and head["ETag"].endswith('-5"')
    assert head["Metadata"] == {"kind": "big"}
    s3.download_file(bucket, "big", str(tmp_path / "copy"), Config=config)
    assert (tmp_path / "copy").read_bytes() == content
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "again", Config=config)
    stream = io.BytesIO()
    s3.download_fileobj(bucket, "again", stream)
    assert stream.getvalue() == content


def test_many_threads_move_two_hundred_megabytes(s3, bucket, tmp_path):
    block = os.urandom(MIB)
    source, expected = tmp_path / "source", hashlib.sha256()
    with open(source, "wb") as file:
        for number in range(200):
            piece = number.to_bytes(4, "big") + block
            expected.update(piece)
            file.write(piece)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=10)
    s3.upload_file(str(source), bucket, "big", Config=config)
    s3.download_file(bucket, "big", str(tmp_path / "copy"), Config=config)
    with open(tmp_path / "copy", "rb") as file:
        assert hashlib.file_digest(file, "sha256").digest() == expected.digest()


def test_pages_hold_all_keys(s3, bucket):
    keys = [f"{index % 7}/{index:03}" for index in range(60)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    assert [each["Key"] for page in pages for each in page["Contents"]] == sorted(keys)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == [f"{n}/" for n in range(7)]


def test_odd_keys_survive(s3, bucket):
    keys = ["..", "a//b", "/lead", "trail/", "sp ace", "pl+us", "per%20cent", "ü☂", "q?x=1&y", "new\nline", "\x07bell"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket)
    assert sorted(each["Key"] for each in listed["Contents"]) == sorted(keys)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_read_and_write(virga, bucket, version):
    settings = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=virga.endpoint, config=Config(signature_version=version), **settings)
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a"}, ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(url, data=b"by url", method="PUT")) as answer:
        assert answer.status == 200
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a", "ResponseContentType": "text/css"}, ExpiresIn=60
    )
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"by url" and answer.headers["Content-Type"] == "text/css"


def test_versions_are_kept(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ids = [s3.put_object(Bucket=bucket, Key="a", Body=str(n).encode())["VersionId"] for n in range(3)]
    assert len(set(ids)) == 3
    s3.delete_object(Bucket=bucket, Key="a")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [each["VersionId"] for each in listed["Versions"]] == ids[::-1] and len(listed["DeleteMarkers"]) == 1
    assert s3.get_object(Bucket=bucket, Key="a", VersionId=ids[0])["Body"].read() == b"0"


@needs_client_of_today
def test_writes_may_be_conditional(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfNoneMatch="*")
    assert code_of(error) == "PreconditionFailed"


@needs_client_of_today
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_kept(s3, bucket, algorithm):
    if algorithm in ("CRC32C", "CRC64NVME"):
        pytest.importorskip("awscrt")
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"hello", ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert put[f"Checksum{algorithm}"] == head[f"Checksum{algorithm}"]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_lasts_as_long_as_it_says(version):
    with Virga(ephemeral=True) as cloud:
        check_lasting(cloud, version)


def check_lasting(cloud, version):
    settings = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=cloud.endpoint, config=Config(signature_version=version), **settings)
    s3.create_bucket(Bucket="links")
    s3.put_object(Bucket="links", Key="a", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "links", "Key": "a"}, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"x"
    cloud.advance(62)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 403 and b"<Message>Request has expired</Message>" in refused.value.read()
