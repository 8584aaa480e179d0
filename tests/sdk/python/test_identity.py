"""Who the caller is, as the credentials say."""

import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from conftest import make_client


def test_any_key_is_root_of_the_default_account(virga):
    sts = make_client("sts", virga.endpoint)
    identity = sts.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("000000000000", "arn:aws:iam::000000000000:root")


def test_an_account_number_is_the_key_of_its_root(virga):
    sts = make_client("sts", virga.endpoint, aws_access_key_id="111122223333")
    assert sts.get_caller_identity()["Account"] == "111122223333"


def test_accounts_do_not_see_each_other(virga, queue):
    other = make_client("sqs", virga.endpoint, aws_access_key_id="111122223333")
    assert queue not in other.list_queues().get("QueueUrls", [])


def test_regions_do_not_see_each_other(virga, queue):
    other = make_client("sqs", virga.endpoint, region_name="eu-west-1")
    assert queue not in other.list_queues().get("QueueUrls", [])


def test_a_key_that_looks_real_is_refused(virga):
    sts = make_client("sts", virga.endpoint, aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ClientError) as raised:
        sts.get_caller_identity()
    assert raised.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_a_session_works_and_its_secret_is_checked(virga):
    sts = make_client("sts", virga.endpoint)
    session = sts.get_session_token()["Credentials"]
    keys = {"aws_access_key_id": session["AccessKeyId"], "aws_session_token": session["SessionToken"]}
    temporary = make_client("sts", virga.endpoint, aws_secret_access_key=session["SecretAccessKey"], **keys)
    assert temporary.get_caller_identity()["Account"] == "000000000000"
    forged = make_client("sts", virga.endpoint, aws_secret_access_key="wrong", **keys)
    with pytest.raises(ClientError) as raised:
        forged.get_caller_identity()
    assert raised.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_a_presigned_url_works_alone(virga):
    url = make_client("sts", virga.endpoint).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert b"<Account>000000000000</Account>" in answer.read()


def test_an_altered_presigned_url_of_a_session_is_refused(virga):
    session = make_client("sts", virga.endpoint).get_session_token()["Credentials"]
    client = make_client(
        "sts",
        virga.endpoint,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    url = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))
    assert raised.value.code == 403


def test_what_is_missing_says_so(virga):
    kinesis = make_client("kinesis", virga.endpoint)
    with pytest.raises(ClientError) as raised:
        kinesis.list_streams()
    error = raised.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"]["Code"] == "NotImplemented"
    assert "ListStreams" in error["Error"]["Message"]
