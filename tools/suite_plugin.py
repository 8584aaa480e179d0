"""A pytest plugin for the suites of others, loaded by run_suite.py.

Every test whose path contains VIRGA_RESET_BEFORE_EACH starts with an empty cloud. moto's tests reuse names and count on
that, and MiniStack's of CloudTrail make more trails than a region may have; moto's own way is a control path of its
server. moto would also replace the credentials by some of its own, which stand for the default account here; its tests
expect the account whose number is in AWS_ACCESS_KEY_ID.

Alternator's tests look for their own server's roles by its other protocol; with VIRGA_STUB_CASSANDRA they find none,
and a test that would end the whole run fails by itself instead.

MiniStack's tests of CloudTrail first switch the recording of events on by a control path of its own; Virga always
records. With VIRGA_STUB_RECORDING that request is answered here.

Ceph's S3 tests were written for buckets as AWS made them before April 2023: with ACLs, and without Block Public Access.
With VIRGA_STUB_OLD_BUCKETS every new bucket is made so, and takes customers' keys (SSE-C), which AWS blocks since April
2026, by the calls of the API that its owner would make.

moto's tests of Lambda make their role with a trust policy that is none, and try for ever. Before every test whose path
contains VIRGA_ROLE_BEFORE_EACH that role is made, with a policy that Lambda can assume it by. MiniStack's make
functions with roles that are nowhere, which AWS refuses: those named in VIRGA_ROLES are made before the first of them.

Both suites pack functions by ZipFile.writestr, which says that only their owner may read the files; Lambda runs them as
another user. With VIRGA_READABLE_ARCHIVES everybody may.

Tests that wait for ever for something that does not come fail after TEST_SECONDS_MAX, or VIRGA_TEST_SECONDS_MAX.
"""

import json
import os
import signal
import sys
import types
import urllib.request
import zipfile

import pytest

TEST_SECONDS_MAX = int(os.environ.get("VIRGA_TEST_SECONDS_MAX", "30"))


def give_up(*_):
    # Not an Exception: clients would take that for a passing fault, and try again.
    pytest.fail(f"the test took longer than {TEST_SECONDS_MAX} s")


def stub_cassandra():
    class Anything:
        def __init__(self, *_, **__):
            pass

    class NoSession:
        def execute(self, *_, **__):
            raise LookupError("there is no such server")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

    class Cluster(NoSession, Anything):
        def connect(self, *_, **__):
            return NoSession()

    for name in ("cassandra", "cassandra.cluster", "cassandra.auth", "cassandra.policies", "cassandra.query"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["cassandra.cluster"].Cluster = Cluster
    sys.modules["cassandra.auth"].PlainTextAuthProvider = Anything

    def fail_instead(reason="", **_):
        # After each test they ask for GET /, which is DynamoDB's only at DynamoDB's own address.
        if "appears to have crashed" not in reason:
            pytest.fail(reason)

    pytest.exit = fail_instead


def stub_recording():
    import requests

    post = requests.post

    def post_or_answer(url, *arguments, **named):
        switches = named.get("json") or {}
        if not url.endswith("/_ministack/config") or set(switches) != {"cloudtrail._recording_enabled"}:
            return post(url, *arguments, **named)
        answer = requests.Response()
        answer.status_code = 200
        return answer

    requests.post = post_or_answer


def make_old_buckets():
    from botocore.client import BaseClient

    call = BaseClient._make_api_call

    def make(client, operation, parameters):
        if operation != "CreateBucket":
            return call(client, operation, parameters)
        if "ObjectOwnership" in parameters:
            answer = call(client, operation, parameters)
            call(client, "DeletePublicAccessBlock", {"Bucket": parameters["Bucket"]})
            return answer
        acl = {name: value for name, value in parameters.items() if name == "ACL" or name.startswith("Grant")}
        others = {name: value for name, value in parameters.items() if name not in acl}
        answer = call(client, operation, {**others, "ObjectOwnership": "ObjectWriter"})
        bucket = {"Bucket": parameters["Bucket"]}
        call(client, "DeletePublicAccessBlock", bucket)
        rule = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
        call(client, "PutBucketEncryption", {**bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule]}})
        if acl:
            call(client, "PutBucketAcl", {**bucket, **acl})
        return answer

    BaseClient._make_api_call = make


def run_as_aws():
    # Their tests take what is at an address of AWS for AWS, and then leave out what is only about their own server.
    from test.alternator import util

    util.is_aws = lambda _: True


def make_archives_readable():
    write = zipfile.ZipFile.writestr

    def write_readable(archive, name, data, *arguments, **named):
        if not isinstance(name, zipfile.ZipInfo):
            compression = archive.compression
            name = zipfile.ZipInfo(name)
            name.compress_type = compression
            name.external_attr = 0o755 << 16
        return write(archive, name, data, *arguments, **named)

    zipfile.ZipFile.writestr = write_readable


def make_role(name="my-role", path="/my-path/", account=None):
    import boto3
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "lambda.amazonaws.com"}}}
    allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "any"} if account else {}
    iam = boto3.client("iam", endpoint_url=os.environ["VIRGA_ENDPOINT"], region_name="us-east-1", **keys)
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allowed))


def make_roles_once(session):
    if getattr(session, "virga_has_roles", False):
        return
    session.virga_has_roles = True
    for role in os.environ["VIRGA_ROLES"].split(","):
        account, name = role.split("/")
        make_role(name, "/", account)


def pytest_configure(config):
    del config
    if os.environ.get("VIRGA_STUB_RECORDING"):
        stub_recording()
    if os.environ.get("VIRGA_STUB_OLD_BUCKETS"):
        make_old_buckets()
    if os.environ.get("VIRGA_READABLE_ARCHIVES"):
        make_archives_readable()
    try:
        from moto.core.config import default_user_config
    except ImportError:
        return
    default_user_config["core"]["mock_credentials"] = False


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests():
    if os.environ.get("VIRGA_STUB_CASSANDRA"):
        stub_cassandra()
        run_as_aws()


def pytest_runtest_setup(item):
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TEST_SECONDS_MAX)
    # What a class sets up is for all of its tests.
    is_set_up = hasattr(item.cls, "setup_class") and item.cls is getattr(item.session, "virga_class", None)
    item.session.virga_class = item.cls
    if is_set_up:
        return
    resets = os.environ.get("VIRGA_RESET_BEFORE_EACH")
    if resets and resets in item.nodeid:
        request = urllib.request.Request(os.environ["VIRGA_ENDPOINT"] + "/_virga/reset", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    if os.environ.get("VIRGA_ROLE_BEFORE_EACH", item.nodeid + "!") in item.nodeid:
        make_role()
    if "VIRGA_ROLES" in os.environ and "test_lambda" in item.nodeid:
        make_roles_once(item.session)


def pytest_runtest_teardown(item):
    del item
    signal.alarm(0)
