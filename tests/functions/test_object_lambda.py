"""Functions that answer reads of objects, S3.62, and that do the tasks of S3's batch operations, S3.17."""

import json
import sys
import time
import uuid
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from test_invoke import Cloud  # noqa: E402
from virga import Virga  # noqa: E402

ACCOUNT = "000000000000"

# What an SDK does for WriteGetObjectResponse, with the standard library alone.
WRITE = """
    import datetime, hashlib, hmac, json, os, urllib.request

    def sign(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    def write(context, body, headers):
        endpoint, now = os.environ["AWS_ENDPOINT_URL"], datetime.datetime.now(datetime.timezone.utc)
        host, moment = endpoint.split("://")[1], now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{os.environ['AWS_REGION']}/s3-object-lambda/aws4_request"
        headers = {"host": host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": moment,
                   "x-amz-request-route": context["outputRoute"], "x-amz-request-token": context["outputToken"],
                   "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"], **headers}
        names = sorted(headers)
        lines = [f"{name}:{headers[name]}" for name in names]
        canonical = "\\n".join(["POST", "/WriteGetObjectResponse", "", *lines, "", ";".join(names), "UNSIGNED-PAYLOAD"])
        text = "\\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
        for part in scope.split("/"):
            key = sign(key, part)
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
                                    f"SignedHeaders={';'.join(names)}, Signature={signature}")
        url = endpoint + "/WriteGetObjectResponse"
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        urllib.request.urlopen(request, timeout=20).read()

    def fetch(context):
        return urllib.request.urlopen(context["inputS3Url"], timeout=20).read()
"""


@pytest.fixture(scope="module")
def cloud():
    with Virga() as virga:
        yield Cloud(virga)


def make_point(cloud, code, actions=("GetObject",), features=()):
    """The ARN of an object lambda access point whose reads the code answers, and its bucket."""
    name, bucket = cloud.function(code), f"b-{uuid.uuid4().hex}"
    cloud.client("s3").create_bucket(Bucket=bucket)
    control = cloud.client("s3control")
    control.meta.events.register("before-sign.s3-control", to_one_host(cloud))
    supporting = f"p-{uuid.uuid4().hex[:20]}"
    made = control.create_access_point(AccountId=ACCOUNT, Name=supporting, Bucket=bucket)
    point = control.create_access_point_for_object_lambda(
        AccountId=ACCOUNT,
        Name=f"o-{uuid.uuid4().hex[:20]}",
        Configuration={
            "SupportingAccessPoint": made["AccessPointArn"],
            "AllowedFeatures": list(features),
            "TransformationConfigurations": [
                {
                    "Actions": list(actions),
                    "ContentTransformation": {
                        "AwsLambda": {"FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"}
                    },
                }
            ],
        },
    )
    return point["Alias"]["Value"], bucket


def to_one_host(cloud):
    """S3 Control puts the account before the host, where an address has no room for it."""

    def change(request, **_):
        request.url = request.url.replace(f"://{ACCOUNT}.", "://")

    return change


def test_a_function_answers_get_object(cloud):
    point, bucket = make_point(
        cloud,
        WRITE
        + """
    def handler(event, context):
        found = fetch(event["getObjectContext"])
        write(event["getObjectContext"], found.upper(), {"x-amz-fwd-header-content-type": "text/loud",
                                                        "x-amz-meta-made-by": "f"})
        return {"statusCode": 200}
""",
    )
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="a b", Body=b"hello")
    answer = s3.get_object(Bucket=point, Key="a b")
    assert answer["Body"].read() == b"HELLO"
    assert (answer["ContentType"], answer["Metadata"]) == ("text/loud", {"made-by": "f"})
    assert s3.head_object(Bucket=point, Key="a b")["ContentLength"] == 5


def test_its_answer_may_be_long(cloud):
    point, bucket = make_point(
        cloud,
        WRITE
        + """
    def handler(event, context):
        write(event["getObjectContext"], fetch(event["getObjectContext"]) * 100_000, {})
""",
    )
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"0123456789")
    assert s3.get_object(Bucket=point, Key="a")["Body"].read() == b"0123456789" * 100_000


def test_its_answer_may_be_an_error(cloud):
    point, _ = make_point(
        cloud,
        WRITE
        + """
    def handler(event, context):
        write(event["getObjectContext"], b"", {"x-amz-fwd-status": "403", "x-amz-fwd-error-code": "NotForYou",
                                              "x-amz-fwd-error-message": "Go away."})
""",
    )
    with pytest.raises(ClientError) as refused:
        cloud.client("s3").get_object(Bucket=point, Key="a")
    assert refused.value.response["Error"]["Code"] == "NotForYou"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_function_that_says_nothing_is_an_error(cloud):
    point, _ = make_point(cloud, "\n    def handler(event, context):\n        return {}\n")
    with pytest.raises(ClientError) as refused:
        cloud.client("s3").get_object(Bucket=point, Key="a")
    assert refused.value.response["Error"]["Code"] == "LambdaResponseNotReceived"


def test_a_job_has_a_function_do_its_tasks(cloud):
    name, bucket = cloud.function("""
        import urllib.parse
        def handler(event, context):
            task = event["tasks"][0]
            return {"invocationSchemaVersion": "1.0", "treatMissingKeysAs": "PermanentFailure",
                    "invocationId": event["invocationId"],
                    "results": [{"taskId": task["taskId"], "resultCode": "Succeeded",
                                 "resultString": urllib.parse.unquote(task["s3Key"])}]}
    """), f"b-{uuid.uuid4().hex}"
    s3, control, iam = cloud.client("s3"), cloud.client("s3control"), cloud.client("iam")
    control.meta.events.register("before-sign.s3-control", to_one_host(cloud))
    s3.create_bucket(Bucket=bucket)
    etag = s3.put_object(Bucket=bucket, Key="list.csv", Body=f"{bucket},a%20b\n".encode())["ETag"]
    role = cloud.role()
    batch = {"Service": "batchoperations.s3.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": batch, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=role.split("/")[-1], PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    job = control.create_job(
        AccountId=ACCOUNT,
        ClientRequestToken=uuid.uuid4().hex,
        Priority=1,
        RoleArn=role,
        ConfirmationRequired=False,
        Operation={"LambdaInvoke": {"FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"}},
        Report={
            "Enabled": True,
            "Bucket": f"arn:aws:s3:::{bucket}",
            "Prefix": "r",
            "Format": "Report_CSV_20180820",
            "ReportScope": "AllTasks",
        },
        Manifest={
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": f"arn:aws:s3:::{bucket}/list.csv", "ETag": etag},
        },
    )["JobId"]
    for _ in range(100):
        status = control.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]["Status"]
        if status in ("Complete", "Failed"):
            break
        time.sleep(0.2)
    assert status == "Complete"
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=f"r/job-{job}/manifest.json")["Body"].read())
    report = s3.get_object(Bucket=bucket, Key=manifest["Results"][0]["Key"])["Body"].read().decode()
    assert report == f'{bucket},a%20b,,succeeded,,200,"a b"\n'
