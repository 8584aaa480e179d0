"""Directory buckets as boto3 reaches them: with sessions of its own making."""

import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import make_client, needs_client_of_today

pytestmark = needs_client_of_today
ZONE = "use1-az4"


@pytest.fixture
def keys(virga):
    """Keys of a user who may do everything, which are checked, unlike those of development."""
    iam = make_client("iam", virga.endpoint)
    name = f"u-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


@pytest.fixture
def s3(virga, keys):
    return make_client("s3", virga.endpoint, **keys)


@pytest.fixture
def bucket(virga, keys):
    # Given an endpoint, botocore wants a session with every directory bucket, also with the one it is to make.
    config = Config(s3={"disable_s3_express_session_auth": True})
    maker = boto3.client("s3", endpoint_url=virga.endpoint, region_name="us-east-1", config=config, **keys)
    name = f"b-{uuid.uuid4().hex[:20]}--{ZONE}--x-s3"
    maker.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={
            "Location": {"Type": "AvailabilityZone", "Name": ZONE},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
        },
    )
    return name


def test_objects_are_reached_by_sessions(s3, bucket):
    sent = []
    s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(dict(request.headers)))
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"hello")
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"hello"
    assert any("x-amz-s3session-token" in {name.lower() for name in headers} for headers in sent)
    assert [each["Prefix"] for each in s3.list_objects_v2(Bucket=bucket, Delimiter="/")["CommonPrefixes"]] == ["a/"]
    head = s3.head_object(Bucket=bucket, Key="a/b")
    assert (head["ContentLength"], head["StorageClass"]) == (5, "EXPRESS_ONEZONE")
    assert s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/b"}]})["Deleted"] == [{"Key": "a/b"}]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_they_are_listed_by_themselves(s3, bucket):
    assert bucket in [each["Name"] for each in s3.list_directory_buckets()["Buckets"]]
    assert bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_objects_are_renamed_and_appended_to(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"one ")
    if hasattr(s3, "rename_object"):
        s3.rename_object(Bucket=bucket, Key="new", RenameSource=f"/{bucket}/old")
        assert s3.put_object(Bucket=bucket, Key="new", Body=b"two", WriteOffsetBytes=4)["Size"] == 7
        assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"one two"


def test_long_uploads_and_links_work(s3, bucket, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"0123456789" * 1_200_000)
    s3.upload_file(str(file), bucket, "long")
    back = tmp_path / "back"
    s3.download_file(bucket, "long", str(back))
    assert back.read_bytes() == file.read_bytes()


def test_what_they_have_not_is_refused(s3, bucket):
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert refused.value.response["Error"]["Code"] == "MethodNotAllowed"
