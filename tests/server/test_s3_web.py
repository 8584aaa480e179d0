"""What browsers and plain HTTP say to S3: hosts, forms, preflights, websites, presigned URLs."""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import sys
import urllib.parse
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from virga import Virga  # noqa: E402


@pytest.fixture(scope="module")
def virga():
    with Virga() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def s3(virga):
    return client(virga)


def client(virga, region="us-east-1", **options):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": region}
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=virga.endpoint, config=config, **{**keys, **options})


def send(virga, method, path, headers=None, body=None, host=None):
    """A request as it stands: status, headers, body."""
    where = urllib.parse.urlsplit(virga.endpoint)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    connection.request(method, path, body=body, headers={"Host": host or where.netloc, **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), content.decode(errors="replace")


def make_public(s3, bucket, action="s3:GetObject"):
    s3.delete_public_access_block(Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def form(fields, content=b"content", file_name="cat.jpg"):
    boundary = "form-boundary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if content is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, b"".join(parts)


def signed_fields(conditions, expires_s=600, access_key="test", secret="test", zone="Z", **fields):
    now = datetime.datetime.now(datetime.timezone.utc)
    scope = [now.strftime("%Y%m%d"), "us-east-1", "s3", "aws4_request"]
    fields = {
        **fields,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "/".join([access_key, *scope]),
        "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
    }
    named = [{name: fields[name]} for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date")]
    expiration = (now + datetime.timedelta(seconds=expires_s)).strftime("%Y-%m-%dT%H:%M:%S") + zone
    policy = base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions + named}).encode())
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return {**fields, "policy": policy.decode(), "x-amz-signature": hmac.new(key, policy, hashlib.sha256).hexdigest()}


def test_a_bucket_may_stand_in_the_host(virga, s3):
    s3.create_bucket(Bucket="hosted")
    s3.put_object(Bucket="hosted", Key="a/b c", Body=b"here")
    make_public(s3, "hosted")
    for host in ("hosted.s3.amazonaws.com", "hosted.s3.us-east-1.amazonaws.com", "hosted.localhost:4566"):
        status, headers, body = send(virga, "GET", "/a/b%20c", host=host)
        assert (status, body) == (200, "here"), host
        assert headers["x-amz-request-id"]
        assert headers["x-amz-id-2"]
    assert send(virga, "GET", "/hosted/a/b%20c", host="s3.amazonaws.com")[2] == "here"


def test_reads_do_not_say_how_an_object_is_encrypted(virga, s3):
    for method in ("GET", "HEAD"):
        url = s3.generate_presigned_url(f"{method.lower()}_object", Params={"Bucket": "hosted", "Key": "a/b c"})
        path = url[len(virga.endpoint) :]
        assert send(virga, method, path)[0] == 200
        status, _, body = send(virga, method, path, headers={"x-amz-server-side-encryption": "AES256"})
        assert status == 400
        assert method == "HEAD" or "<Code>InvalidArgument</Code>" in body


def test_errors_are_xml_and_say_what_they_are_about(virga, s3):
    status, headers, body = send(virga, "GET", "/no-such-bucket-here/key")
    assert status == 404
    assert headers["Content-Type"] == "application/xml"
    assert "<Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message>" in body
    assert "<BucketName>no-such-bucket-here</BucketName>" in body
    assert "<RequestId>" in body and "<HostId>" in body
    assert send(virga, "HEAD", "/no-such-bucket-here")[::2] == (404, "")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="hosted", Key="none")
    assert refused.value.response["Error"]["Key"] == "none"


def test_what_no_operation_is_for_is_not_allowed(virga, s3):
    status, _, body = send(virga, "PATCH", "/hosted/a")
    assert status == 405
    assert "<Code>MethodNotAllowed</Code>" in body


def test_another_region_is_told_of(virga):
    west = client(virga, "eu-west-1")
    west.create_bucket(Bucket="western", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    # The client follows by itself.
    assert client(virga).get_bucket_versioning(Bucket="western")
    presigned = client(virga).generate_presigned_url("get_object", Params={"Bucket": "western", "Key": "a"})
    status, headers, body = send(virga, "GET", presigned[len(virga.endpoint) :])
    assert status == 301
    assert headers["x-amz-bucket-region"] == "eu-west-1"
    assert "<Code>PermanentRedirect</Code>" in body
    # Clients go there, so it is where they reached us; by a name of AWS it is the name that AWS has for it.
    assert f"<Endpoint>{virga.endpoint.removeprefix('http://')}</Endpoint>" in body
    _, _, body = send(virga, "GET", presigned[len(virga.endpoint) :], host="s3.amazonaws.com")
    assert "<Endpoint>western.s3.eu-west-1.amazonaws.com</Endpoint>" in body


def test_presigned_urls_work_until_they_expire(virga, s3):
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="a", Body=b"mine")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"}, ExpiresIn=60)
    assert send(virga, "GET", url[len(virga.endpoint) :])[::2] == (200, "mine")
    put = s3.generate_presigned_url("put_object", Params={"Bucket": "presigned", "Key": "b"}, ExpiresIn=60)
    assert send(virga, "PUT", put[len(virga.endpoint) :], body=b"theirs")[0] == 200
    assert s3.get_object(Bucket="presigned", Key="b")["Body"].read() == b"theirs"
    status, _, body = send(virga, "GET", "/presigned/a")
    assert status == 403
    assert "<Code>AccessDenied</Code><Message>Access Denied</Message>" in body


def test_a_form_uploads_as_boto3_makes_it(virga, s3):
    s3.create_bucket(Bucket="forms")
    post = s3.generate_presigned_post("forms", "from/${filename}", Conditions=[["content-length-range", 1, 10]])
    headers, body = form(post["fields"])
    status, answer, _ = send(virga, "POST", "/forms", headers, body)
    assert status == 204
    assert answer["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
    assert answer["Location"].endswith("/forms/from/cat.jpg")
    assert s3.get_object(Bucket="forms", Key="from/cat.jpg")["Body"].read() == b"content"
    headers, body = form(post["fields"], b"content too long")
    status, _, body = send(virga, "POST", "/forms", headers, body)
    assert status == 400
    assert "<Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message>" in body
    headers, body = form(post["fields"], b"")
    assert "EntityTooSmall" in send(virga, "POST", "/forms", headers, body)[2]


def test_a_form_says_what_is_answered(virga, s3):
    conditions = [{"bucket": "forms"}, ["starts-with", "$key", ""], ["starts-with", "$success_action_status", ""]]
    fields = signed_fields(conditions, key="a", success_action_status="201")
    status, _, body = send(virga, "POST", "/forms", *form(fields))
    assert status == 201
    assert "<PostResponse><Location>" in body
    assert "<Bucket>forms</Bucket><Key>a</Key><ETag>" in body
    conditions = [{"bucket": "forms"}, {"key": "a"}, ["eq", "$success_action_redirect", "http://x.test/"]]
    fields = signed_fields(conditions, key="a", success_action_redirect="http://x.test/")
    status, headers, _ = send(virga, "POST", "/forms", *form(fields))
    assert status == 303
    assert headers["Location"].startswith("http://x.test/?bucket=forms&key=a&etag=%22")


def test_a_form_sets_headers_of_the_object(virga, s3):
    conditions = [{"bucket": "forms"}, {"key": "h"}, {"x-amz-meta-who": "me"}]
    conditions.append(["starts-with", "$Content-Type", "image/"])
    fields = signed_fields(conditions, key="h", **{"Content-Type": "image/png", "x-amz-meta-who": "me"})
    assert send(virga, "POST", "/forms", *form(fields))[0] == 204
    head = s3.head_object(Bucket="forms", Key="h")
    assert head["ContentType"] == "image/png"
    assert head["Metadata"] == {"who": "me"}


def test_the_policy_of_a_form_ends_at_a_time_in_utc(virga):
    fields = signed_fields([{"bucket": "forms"}, {"key": "a"}], zone="+00:00", key="a")
    status, _, body = send(virga, "POST", "/forms", *form(fields))
    assert status == 400
    assert "Invalid 'expiration' value" in body.replace("&apos;", "'")


@pytest.mark.parametrize(
    ("conditions", "fields", "status", "message"),
    [
        ([{"bucket": "forms"}], {"key": "a"}, 403, "Invalid according to Policy: Extra input fields: key"),
        (
            [{"bucket": "forms"}, ["starts-with", "$key", "user/"]],
            {"key": "a"},
            403,
            'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/"]',
        ),
        (
            [{"bucket": "others"}, {"key": "a"}],
            {"key": "a"},
            403,
            'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "others"]',
        ),
        ([{"bucket": "forms"}, {"key": "a"}], {"key": "a", "expires_s": -1}, 403, "Policy expired."),
        ([{"bucket": "forms"}, ["like", "$key", "a"]], {"key": "a"}, 400, "InvalidPolicyDocument"),
    ],
)
def test_a_form_against_its_policy_is_refused(virga, conditions, fields, status, message):
    answer = send(virga, "POST", "/forms", *form(signed_fields(conditions, **fields)))
    assert answer[0] == status
    assert message in answer[2].replace("&quot;", '"')


def test_a_form_must_be_signed_with_the_secret(virga, s3):
    iam = boto3.client(
        "iam",
        endpoint_url=virga.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    iam.create_user(UserName="poster")
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::forms/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="poster", PolicyName="post", PolicyDocument=document)
    key = iam.create_access_key(UserName="poster")["AccessKey"]
    keys = {"access_key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    conditions = [{"bucket": "forms"}, {"key": "a"}]
    assert send(virga, "POST", "/forms", *form(signed_fields(conditions, key="a", **keys)))[0] == 204
    keys["secret"] = "wrong"
    status, _, body = send(virga, "POST", "/forms", *form(signed_fields(conditions, key="a", **keys)))
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body
    fields = signed_fields([{"bucket": "forms"}, {"key": "a"}], key="a")
    fields = {name: value for name, value in fields.items() if not name.startswith("x-amz-")}
    old = hmac.new(key["SecretAccessKey"].encode(), fields["policy"].encode(), hashlib.sha1).digest()
    fields |= {"AWSAccessKeyId": key["AccessKeyId"], "signature": base64.b64encode(old).decode()}
    # The policy names fields of Version 4, which are not there.
    assert "Policy Condition failed" in send(virga, "POST", "/forms", *form(fields))[2]
    assert "SignatureDoesNotMatch" in send(virga, "POST", "/forms", *form({**fields, "signature": "x"}))[2]
    keys["access_key"] = "AKIAIOSFODNN7EXAMPLE"
    status, _, body = send(virga, "POST", "/forms", *form(signed_fields(conditions, key="a", **keys)))
    assert status == 403
    assert "<Code>InvalidAccessKeyId</Code>" in body


def test_a_form_needs_key_file_and_signature(virga):
    assert "field named 'key'" in send(virga, "POST", "/forms", *form({"a": "b"}))[2]
    assert "exactly one file upload" in send(virga, "POST", "/forms", *form({"key": "a"}, content=None))[2]
    status, _, body = send(virga, "POST", "/forms", *form({"key": "a", "policy": "e30="}))
    assert status == 400
    assert "X-Amz-Algorithm" in body
    status, _, body = send(virga, "POST", "/forms", *form({"key": "a", "AWSAccessKeyId": "test", "signature": "x"}))
    assert status == 400
    assert "field named 'policy'" in body
    status, _, body = send(virga, "POST", "/forms", {"Content-Type": "multipart/form-data; boundary=x"}, b"nonsense")
    assert status == 400
    assert "<Code>MalformedPOSTRequest</Code>" in body


def test_a_form_without_signature_is_anonymous(virga, s3):
    assert send(virga, "POST", "/forms", *form({"key": "a"}))[0] == 403
    s3.create_bucket(Bucket="open-forms")
    make_public(s3, "open-forms", "s3:PutObject")
    assert send(virga, "POST", "/open-forms", *form({"key": "a"}))[0] == 204


def test_preflights_are_answered_by_the_rules(virga, s3):
    s3.create_bucket(Bucket="shared")
    ask = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
    status, _, body = send(virga, "OPTIONS", "/shared/a", ask)
    assert status == 403
    assert "<Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message>" in body
    rule = {
        "AllowedMethods": ["PUT", "GET"],
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedHeaders": ["content-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3000,
    }
    s3.put_bucket_cors(Bucket="shared", CORSConfiguration={"CORSRules": [rule]})
    status, headers, _ = send(
        virga, "OPTIONS", "/shared/a", {**ask, "Access-Control-Request-Headers": "Content-Type, content-md5"}
    )
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert headers["Access-Control-Allow-Methods"] == "PUT, GET"
    assert headers["Access-Control-Allow-Headers"] == "content-type, content-md5"
    assert headers["Access-Control-Expose-Headers"] == "ETag"
    assert headers["Access-Control-Max-Age"] == "3000"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    for changed in (
        {"Origin": "https://example.org"},
        {"Access-Control-Request-Method": "DELETE"},
        {"Access-Control-Request-Headers": "x-amz-acl"},
    ):
        status, _, body = send(virga, "OPTIONS", "/shared/a", {**ask, **changed})
        assert status == 403
        assert "This CORS request is not allowed" in body
    status, _, body = send(virga, "OPTIONS", "/shared/a", {"Access-Control-Request-Method": "PUT"})
    assert status == 400
    assert "Insufficient information. Origin request header needed." in body


def test_answers_tell_other_origins(virga, s3):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "shared", "Key": "a"})[len(virga.endpoint) :]
    status, headers, _ = send(virga, "PUT", url, {"Origin": "https://app.example.com"}, b"1")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Origin" not in send(virga, "PUT", url, {"Origin": "https://x.test"}, b"1")[1]
    # Errors tell them as well, so that scripts can read what went wrong.
    status, headers, _ = send(virga, "GET", "/shared/a", {"Origin": "https://app.example.com"})
    assert status == 403
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com"


@pytest.fixture(scope="module")
def site(virga, s3):
    s3.create_bucket(Bucket="site")
    make_public(s3, "site")
    for key, text in {"index.html": "home", "docs/index.html": "docs", "error.html": "sorry", "a b": "page"}.items():
        s3.put_object(Bucket="site", Key=key, Body=text.encode(), ContentType="text/html")
    s3.put_object(Bucket="site", Key="moved", Body=b"", WebsiteRedirectLocation="/a%20b")
    rules = [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
        {
            "Condition": {"KeyPrefixEquals": "gone/", "HttpErrorCodeReturnedEquals": "403"},
            "Redirect": {"HostName": "archive.example.com", "HttpRedirectCode": "302", "ReplaceKeyWith": "all"},
        },
    ]
    s3.put_bucket_website(
        Bucket="site",
        WebsiteConfiguration={
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
            "RoutingRules": rules,
        },
    )
    return "site.s3-website-us-east-1.amazonaws.com"


def test_a_website_has_an_index_and_pages(virga, site):
    assert send(virga, "GET", "/", host=site)[::2] == (200, "home")
    assert send(virga, "GET", "/docs/", host=site)[::2] == (200, "docs")
    assert send(virga, "GET", "/a%20b", host=site)[::2] == (200, "page")
    assert send(virga, "GET", "/", host="site.s3-website.us-east-1.localhost:4566")[2] == "home"
    assert send(virga, "HEAD", "/", host=site)[::2] == (200, "")


def test_a_website_redirects(virga, site):
    status, headers, _ = send(virga, "GET", "/docs", host=site)
    assert (status, headers["Location"]) == (302, "/docs/")
    status, headers, _ = send(virga, "GET", "/moved", host=site)
    assert (status, headers["Location"]) == (301, "/a%20b")
    status, headers, _ = send(virga, "GET", "/old/x", host=site)
    assert (status, headers["Location"]) == (301, f"http://{site}/new/x")
    status, headers, _ = send(virga, "GET", "/gone/x", host=site)
    assert (status, headers["Location"]) == (302, "http://archive.example.com/all")


def test_a_website_shows_its_error_document(virga, s3, site):
    status, _, body = send(virga, "GET", "/none", host=site)
    assert (status, body) == (403, "sorry")
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"]}
    statement["Resource"] = ["arn:aws:s3:::site", "arn:aws:s3:::site/*"]
    s3.put_bucket_policy(Bucket="site", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert send(virga, "GET", "/none", host=site)[::2] == (404, "sorry")
    s3.delete_object(Bucket="site", Key="error.html")
    status, headers, body = send(virga, "GET", "/none", host=site)
    assert status == 404
    assert headers["x-amz-error-code"] == "NoSuchKey"
    assert "<h1>404 Not Found</h1>" in body
    assert "<li>Key: none</li>" in body
    assert "An Error Occurred While Attempting to Retrieve a Custom Error Document" in body


def test_what_is_no_website_says_so(virga, s3):
    s3.create_bucket(Bucket="no-site")
    status, _, body = send(virga, "GET", "/", host="no-site.s3-website-us-east-1.amazonaws.com")
    assert status == 404
    assert "<li>Code: NoSuchWebsiteConfiguration</li>" in body
    status, _, body = send(virga, "GET", "/", host="none-such.s3-website-us-east-1.amazonaws.com")
    assert status == 404
    assert "<li>Code: NoSuchBucket</li>" in body
    assert send(virga, "PUT", "/a", host="no-site.s3-website-us-east-1.amazonaws.com")[0] == 405


def test_all_requests_may_be_sent_elsewhere(virga, s3):
    s3.create_bucket(Bucket="elsewhere")
    s3.put_bucket_website(
        Bucket="elsewhere",
        WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "www.example.com", "Protocol": "https"}},
    )
    status, headers, _ = send(virga, "GET", "/a/b", host="elsewhere.s3-website-us-east-1.amazonaws.com")
    assert (status, headers["Location"]) == (301, "https://www.example.com/a/b")


def test_a_policy_sees_how_a_request_was_signed(virga, s3):
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key="a", Body=b"1")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::signed/*"}
    deny["Condition"] = {"StringNotEquals": {"s3:authType": "REST-HEADER"}}
    s3.put_bucket_policy(Bucket="signed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    assert s3.get_object(Bucket="signed", Key="a")["Body"].read() == b"1"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "a"})
    assert send(virga, "GET", url[len(virga.endpoint) :])[0] == 403
    deny["Condition"] = {"NumericGreaterThan": {"s3:signatureAge": "60000"}}
    s3.put_bucket_policy(Bucket="signed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    assert send(virga, "GET", url[len(virga.endpoint) :])[0] == 200


def test_documents_must_be_what_their_digests_say(virga, s3):
    s3.create_bucket(Bucket="digests")
    make_public(s3, "digests", "s3:DeleteObject")
    body = b"<Delete><Object><Key>a</Key></Object></Delete>"
    status, _, answer = send(virga, "POST", "/digests?delete", {}, body)
    assert status == 400
    assert "Missing required header for this request: Content-MD5 OR x-amz-checksum-*" in answer
    good = base64.b64encode(hashlib.md5(body).digest()).decode()
    assert send(virga, "POST", "/digests?delete", {"Content-MD5": good}, body)[0] == 200
    status, _, answer = send(virga, "POST", "/digests?delete", {"Content-MD5": good}, body + b" ")
    assert status == 400
    assert "<Code>BadDigest</Code>" in answer
    status, _, answer = send(virga, "POST", "/digests?delete", {"Content-MD5": "x"}, body)
    assert status == 400
    assert "<Code>InvalidDigest</Code>" in answer
    status, _, answer = send(virga, "POST", "/digests?delete", {"x-amz-checksum-crc32": "AAAAAA=="}, body)
    assert status == 400
    assert "The CRC32 you specified did not match the calculated checksum." in answer
