"""Long bodies of objects, taken as they come and sent as they are read, against a real cloud."""

import base64
import hashlib
import http.client
import os
import socket
import sys
import time
import zlib
from pathlib import Path

import boto3
import boto3.s3.transfer
import botocore.config
import botocore.exceptions
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from virga import Virga  # noqa: E402

MEGABYTE = 1024 * 1024
PLANTED = b"this sentence is planted to be found in the data folder"


@pytest.fixture(scope="module")
def virga():
    with Virga() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def keys(virga):
    """Keys that Virga issued, so that signatures are verified."""
    iam = boto3.client("iam", endpoint_url=virga.endpoint, **root())
    iam.create_user(UserName="uploader")
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    iam.put_user_policy(UserName="uploader", PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName="uploader")["AccessKey"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "region_name": "us-east-1",
    }


def root():
    return {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


def s3_client(virga, keys, **config):
    path_style = {"addressing_style": "path", **config.pop("s3", {})}
    config = botocore.config.Config(s3=path_style, retries={"total_max_attempts": 1}, **config)
    return boto3.client("s3", endpoint_url=virga.endpoint, config=config, **keys)


@pytest.fixture(scope="module")
def s3(virga, keys):
    client = s3_client(virga, keys)
    client.create_bucket(Bucket="uploads")
    return client


def noise(size, seed=1):
    return hashlib.shake_128(str(seed).encode()).digest(size)


def blob_files(virga):
    folder = virga.data / "current" / "blobs"
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_long_object_comes_back_as_it_was(s3):
    body = noise(20 * MEGABYTE)
    put = s3.put_object(Bucket="uploads", Key="long", Body=body)
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert base64.b64decode(put["ChecksumCRC32"]) == zlib.crc32(body).to_bytes(4, "big")
    got = s3.get_object(Bucket="uploads", Key="long", ChecksumMode="ENABLED")
    assert got["ContentLength"] == len(body)
    assert got["Body"].read() == body
    # Around the ends of frames.
    ranges = [(0, 0), (65535, 65536), (65536, 131071), (MEGABYTE - 1, 3 * MEGABYTE), (len(body) - 7, len(body) - 1)]
    for first, last in ranges:
        part = s3.get_object(Bucket="uploads", Key="long", Range=f"bytes={first}-{last}")
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert part["ContentRange"] == f"bytes {first}-{last}/{len(body)}"
        assert part["Body"].read() == body[first : last + 1]


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("checksums", ["when_supported", "when_required"])
def test_every_way_to_send_a_payload(virga, keys, s3, signed, checksums):
    client = s3_client(virga, keys, s3={"payload_signing_enabled": signed}, request_checksum_calculation=checksums)
    body = noise(3 * MEGABYTE + 17, seed=2)
    client.put_object(Bucket="uploads", Key="sent", Body=body)
    assert s3.get_object(Bucket="uploads", Key="sent")["Body"].read() == body


def test_a_payload_that_is_not_the_signed_one_is_refused(virga, keys, s3):
    client = s3_client(virga, keys, s3={"payload_signing_enabled": True}, request_checksum_calculation="when_required")
    body = noise(MEGABYTE, seed=3)

    def tamper(request, **_):
        request.body = noise(MEGABYTE, seed=4)

    client.meta.events.register("before-send.s3.PutObject", lambda request, **_: tamper(request))
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.put_object(Bucket="uploads", Key="tampered", Body=body)
    assert refused.value.response["Error"]["Code"] == "XAmzContentSHA256Mismatch"
    with pytest.raises(botocore.exceptions.ClientError):
        s3.head_object(Bucket="uploads", Key="tampered")


def test_a_wrong_trailing_checksum_is_refused(virga, keys, s3):
    before = len(blob_files(virga))
    client = s3_client(virga, keys)
    body = noise(2 * MEGABYTE, seed=5)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.put_object(Bucket="uploads", Key="wrong", Body=body, ChecksumCRC32="AAAAAA==")
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert len(blob_files(virga)) == before


def test_an_upload_is_refused_before_its_body_is_sent(virga):
    connection = socket.create_connection(("127.0.0.1", virga.port), timeout=30)
    head = (
        "PUT /no-such-bucket-here/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n"
        "Expect: 100-continue\r\nX-Amz-Date: 20260101T000000Z\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={64 * '0'}\r\n\r\n"
    )
    connection.sendall(head.encode())
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    assert answer.status == 404
    assert b"NoSuchBucket" in answer.read()


def test_a_client_that_goes_away_leaves_nothing(virga, s3):
    before = {path.name for path in blob_files(virga)}
    connection = http.client.HTTPConnection("127.0.0.1", virga.port, timeout=30)
    connection.putrequest("PUT", "/uploads/half")
    connection.putheader("Content-Length", str(8 * MEGABYTE))
    connection.putheader("X-Amz-Date", "20260101T000000Z")
    connection.putheader("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
    connection.putheader(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
        f"Signature={64 * '0'}",
    )
    connection.endheaders()
    connection.send(noise(4 * MEGABYTE))
    connection.close()
    deadline = time.monotonic() + 20
    while {path.name for path in blob_files(virga)} != before and time.monotonic() < deadline:
        s3.list_buckets()  # every call is a turn
    assert {path.name for path in blob_files(virga)} == before
    with pytest.raises(botocore.exceptions.ClientError):
        s3.head_object(Bucket="uploads", Key="half")


def test_nothing_readable_is_in_the_data_folder(virga, s3):
    for size in (100, 40_000, 3 * MEGABYTE):
        body = PLANTED * (size // len(PLANTED) + 1)
        s3.put_object(Bucket="uploads", Key=f"planted-{size}", Body=body)
    upload = s3.create_multipart_upload(Bucket="uploads", Key="planted")["UploadId"]
    s3.upload_part(Bucket="uploads", Key="planted", UploadId=upload, PartNumber=1, Body=PLANTED * 100)
    virga.stop()
    try:
        needle = PLANTED[:24]
        for path in virga.data.rglob("*"):
            if path.is_file():
                assert needle not in path.read_bytes(), path
    finally:
        virga.start(virga.port)
    assert s3.get_object(Bucket="uploads", Key="planted-100")["Body"].read(len(PLANTED)) == PLANTED


def test_uploads_take_little_memory(virga, s3):
    def resident():
        for line in Path(f"/proc/{virga.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    s3.put_object(Bucket="uploads", Key="warm", Body=noise(MEGABYTE))
    before = resident()
    connections = []
    for number in range(16):
        connection = http.client.HTTPConnection("127.0.0.1", virga.port, timeout=30)
        connection.putrequest("PUT", f"/uploads/many-{number}")
        connection.putheader("Content-Length", str(64 * MEGABYTE))
        connection.putheader("X-Amz-Date", "20260101T000000Z")
        connection.putheader("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
        connection.putheader(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
            f"Signature={64 * '0'}",
        )
        connection.endheaders()
        connection.send(os.urandom(4 * MEGABYTE))
        connections.append(connection)
    s3.list_buckets()
    assert resident() - before < 16 * MEGABYTE
    for connection in connections:
        connection.close()


def composite_crc32(parts):
    of_parts = b"".join(base64.b64decode(part["ChecksumCRC32"]) for part in parts)
    return f"{base64.b64encode(zlib.crc32(of_parts).to_bytes(4, 'big')).decode()}-{len(parts)}"


def test_parts_become_an_object_and_a_copy(s3):
    parts = [noise(5 * MEGABYTE, seed=6), noise(6 * MEGABYTE + 1, seed=7), noise(1000, seed=8)]
    upload = s3.create_multipart_upload(Bucket="uploads", Key="joined", ChecksumAlgorithm="CRC32")["UploadId"]
    listed = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(Bucket="uploads", Key="joined", UploadId=upload, PartNumber=number, Body=part)
        listed.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    s3.complete_multipart_upload(
        Bucket="uploads", Key="joined", UploadId=upload, MultipartUpload={"Parts": listed},
        ChecksumCRC32=composite_crc32(listed),
    )
    whole = b"".join(parts)
    assert s3.get_object(Bucket="uploads", Key="joined")["Body"].read() == whole
    around = s3.get_object(Bucket="uploads", Key="joined", Range=f"bytes={5 * MEGABYTE - 3}-{11 * MEGABYTE + 5}")
    assert around["Body"].read() == whole[5 * MEGABYTE - 3 : 11 * MEGABYTE + 6]
    s3.copy_object(Bucket="uploads", Key="copied", CopySource="uploads/joined")
    s3.delete_object(Bucket="uploads", Key="joined")
    copied = s3.get_object(Bucket="uploads", Key="copied")
    assert copied["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    assert copied["Body"].read() == whole


def test_files_of_deleted_objects_go(virga, s3):
    before = {path.name for path in blob_files(virga)}
    s3.put_object(Bucket="uploads", Key="gone", Body=noise(MEGABYTE))
    assert len(blob_files(virga)) == len(before) + 1
    s3.delete_object(Bucket="uploads", Key="gone")
    virga.advance(60)
    assert {path.name for path in blob_files(virga)} <= before


@pytest.mark.parametrize("encryption", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_what_is_streamed_is_encrypted_as_asked(s3, encryption):
    body = noise(MEGABYTE + 12_345, seed=9)
    put = s3.put_object(Bucket="uploads", Key="sealed", Body=body, ServerSideEncryption=encryption)
    assert put["ServerSideEncryption"] == encryption
    assert (put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"') == (encryption == "AES256")
    assert s3.get_object(Bucket="uploads", Key="sealed")["Body"].read() == body
    part = s3.get_object(Bucket="uploads", Key="sealed", Range="bytes=65530-131080")
    assert part["Body"].read() == body[65530:131081]


def test_a_part_without_a_checksum_has_that_of_its_upload(virga, keys, s3):
    client = s3_client(virga, keys, request_checksum_calculation="when_required")
    body = noise(MEGABYTE, seed=10)
    upload = s3.create_multipart_upload(Bucket="uploads", Key="summed", ChecksumAlgorithm="CRC32C")["UploadId"]
    request = {"Bucket": "uploads", "Key": "summed", "UploadId": upload, "PartNumber": 1, "Body": body}
    part = client.upload_part(**request)
    again = client.upload_part(**request, ChecksumCRC32C=part["ChecksumCRC32C"])
    assert again["ChecksumCRC32C"] == part["ChecksumCRC32C"]
    s3.abort_multipart_upload(Bucket="uploads", Key="summed", UploadId=upload)


def test_an_upload_beyond_five_gigabytes_is_refused_at_its_head(virga):
    connection = http.client.HTTPConnection("127.0.0.1", virga.port, timeout=30)
    connection.putrequest("PUT", "/uploads/huge")
    connection.putheader("Content-Length", str(5 * 1024**3 + 1))
    connection.putheader("X-Amz-Date", "20260101T000000Z")
    connection.putheader("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
    connection.putheader(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
        f"Signature={64 * '0'}",
    )
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 400
    assert "<Code>EntityTooLarge</Code>" in text and "<MaxSizeAllowed>5368709120</MaxSizeAllowed>" in text


def test_a_body_of_untold_length_is_refused(virga, s3):
    connection = http.client.HTTPConnection("127.0.0.1", virga.port, timeout=30)
    connection.putrequest("PUT", "/uploads/untold")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("X-Amz-Date", "20260101T000000Z")
    connection.putheader("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
    connection.putheader(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
        f"Signature={64 * '0'}",
    )
    connection.endheaders(iter([b"bar"]), encode_chunked=True)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 501
    assert "<Code>NotImplemented</Code>" in text and "<Header>Transfer-Encoding</Header>" in text
    with pytest.raises(botocore.exceptions.ClientError):
        s3.head_object(Bucket="uploads", Key="untold")


def test_transfers_of_boto3_come_back(s3, tmp_path):
    sent = tmp_path / "sent"
    sent.write_bytes(noise(21 * MEGABYTE, seed=11))
    transfer = boto3.s3.transfer.TransferConfig(multipart_threshold=8 * MEGABYTE, max_concurrency=4)
    s3.upload_file(str(sent), "uploads", "transferred", Config=transfer)
    received = tmp_path / "received"
    s3.download_file("uploads", "transferred", str(received), Config=transfer)
    assert received.read_bytes() == sent.read_bytes()
