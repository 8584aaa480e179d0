"""Roles as boto3's users assume them: chains, profiles, MFA, web identity, presigned URLs."""

import base64
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from conftest import Virga, make_client
from totp import code

rsa = pytest.importorskip("rsa")

ACCOUNT = "000000000000"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, action="sts:AssumeRole", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return policy({**statement, "Condition": condition} if condition else statement)


ALLOW_SQS = policy({"Effect": "Allow", "Action": ["sqs:*", "sts:AssumeRole"], "Resource": "*"})


@pytest.fixture
def cloud():
    """A cloud of the test's own, whose clock it may move."""
    with Virga(ephemeral=True) as own:
        yield own


@pytest.fixture
def iam(cloud):
    return make_client("iam", cloud.endpoint)


def make_role(iam, name, principal=None, **options):
    principal = principal or {"AWS": ACCOUNT}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal, **options))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="sqs", PolicyDocument=ALLOW_SQS)
    return role["Arn"]


def make_user(iam, name):
    """A user who may assume roles; its keys."""
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="sqs", PolicyDocument=ALLOW_SQS)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def keys_of(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def refusal(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def profile_session(monkeypatch, tmp_path, cloud, keys, config, profile):
    """A session as the files of ~/.aws make it."""
    (tmp_path / "credentials").write_text("[base]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()))
    (tmp_path / "config").write_text(config)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return botocore.session.Session(profile=profile)


def test_a_chain_of_roles(cloud, iam):  # STS.1
    first = make_role(iam, "first")
    second = make_role(iam, "second", {"AWS": first})
    user = make_user(iam, "alice")
    one = make_client("sts", cloud.endpoint, **user).assume_role(RoleArn=first, RoleSessionName="one")
    sts = make_client("sts", cloud.endpoint, **keys_of(one["Credentials"]))
    assert refusal(sts.assume_role, RoleArn=second, RoleSessionName="two", DurationSeconds=3601) == "ValidationError"
    two = sts.assume_role(RoleArn=second, RoleSessionName="two")
    identity = make_client("sts", cloud.endpoint, **keys_of(two["Credentials"])).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/second/two"


def test_a_profile_with_a_role(cloud, iam, monkeypatch, tmp_path):  # STS.19
    role = make_role(iam, "deployer")
    config = f"[profile deployer]\nrole_arn = {role}\nsource_profile = base\nrole_session_name = from-profile\n"
    session = profile_session(monkeypatch, tmp_path, cloud, make_user(iam, "alice"), config, "deployer")
    sts = session.create_client("sts", region_name="us-east-1")
    assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/deployer/from-profile")


def test_a_profile_with_mfa(cloud, iam, monkeypatch, tmp_path):  # STS.11, STS.17
    role = make_role(iam, "careful", Bool={"aws:MultiFactorAuthPresent": "true"})
    user = make_user(iam, "alice")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    iam.enable_mfa_device(
        UserName="alice", SerialNumber=serial, AuthenticationCode1=code(seed, -1), AuthenticationCode2=code(seed)
    )
    sts = make_client("sts", cloud.endpoint, **user)
    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="me") == "AccessDenied"
    config = f"[profile careful]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = {serial}\n"
    session = profile_session(monkeypatch, tmp_path, cloud, user, config, "careful")
    provider = session.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = lambda _: code(seed, 1)
    identity = session.create_client("sts", region_name="us-east-1").get_caller_identity()
    assert ":assumed-role/careful/" in identity["Arn"]


def test_a_session_ends_by_the_clouds_clock(cloud, iam):  # STS.6
    role = make_role(iam, "short")
    session = make_client("sts", cloud.endpoint).assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=900)[
        "Credentials"
    ]
    sqs = make_client("sqs", cloud.endpoint, **keys_of(session))
    sqs.list_queues()
    url = make_client("sts", cloud.endpoint, **keys_of(session)).generate_presigned_url(
        "get_caller_identity", ExpiresIn=3600, HttpMethod="GET"
    )
    with urllib.request.urlopen(url) as answer:
        assert b"assumed-role/short/me" in answer.read()
    cloud.advance(900)
    assert refusal(sqs.list_queues) == "ExpiredToken"
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(url)
    assert raised.value.code == 403 and b"ExpiredToken" in raised.value.read()


def test_what_a_role_may_no_longer_do_is_refused_at_once(cloud, iam):
    role = make_role(iam, "changing")
    session = make_client("sts", cloud.endpoint).assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    sqs = make_client("sqs", cloud.endpoint, **keys_of(session))
    sqs.list_queues()
    iam.delete_role_policy(RoleName="changing", PolicyName="sqs")
    assert refusal(sqs.list_queues).startswith("AccessDenied")


class Provider:
    """An OpenID Connect provider on this machine."""

    def __init__(self):
        self.public, self.private = rsa.newkeys(1024)
        self.asked = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                body = json.dumps(provider.pages().get(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def pages(self):
        number = lambda value: encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))  # noqa: E731
        key = {"kty": "RSA", "kid": "1", "alg": "RS256", "n": number(self.public.n), "e": number(self.public.e)}
        issuer = f"http://{self.name}"
        return {
            "/.well-known/openid-configuration": {"issuer": issuer, "jwks_uri": issuer + "/keys"},
            "/keys": {"keys": [key]},
        }

    def token(self, **claims):
        now = int(time.time())
        claims = {"iss": f"http://{self.name}", "sub": "user-1", "iat": now, "exp": now + 600, **claims}
        text = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1"}, claims))
        return f"{text}.{encode(rsa.sign(text.encode(), self.private, 'SHA-256'))}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture
def provider():
    own = Provider()
    yield own
    own.close()


@pytest.fixture
def web_role(iam, provider):
    arn = iam.create_open_id_connect_provider(Url=f"https://{provider.name}", ClientIDList=["app"])[
        "OpenIDConnectProviderArn"
    ]
    return make_role(iam, "web", {"Federated": arn}, action="sts:AssumeRoleWithWebIdentity")


def test_a_web_identity_from_a_token_file(cloud, provider, web_role, monkeypatch, tmp_path):  # STS.8
    (tmp_path / "token").write_text(provider.token(aud="app"))
    config = f"[profile web]\nrole_arn = {web_role}\nweb_identity_token_file = {tmp_path / 'token'}\n"
    session = profile_session(monkeypatch, tmp_path, cloud, {}, config, "web")
    sts = session.create_client("sts", region_name="us-east-1")
    assert ":assumed-role/web/" in sts.get_caller_identity()["Arn"]


def test_keys_of_a_provider_are_asked_for_once(cloud, provider, web_role):
    sts = make_client("sts", cloud.endpoint)
    for _ in range(3):
        sts.assume_role_with_web_identity(
            RoleArn=web_role, RoleSessionName="me", WebIdentityToken=provider.token(aud="app")
        )
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
    stranger = provider.token(aud="other")
    assert (
        refusal(sts.assume_role_with_web_identity, RoleArn=web_role, RoleSessionName="me", WebIdentityToken=stranger)
        == "InvalidIdentityToken"
    )


def test_a_provider_that_is_gone(cloud, provider, web_role):
    token = provider.token(aud="app")
    provider.close()
    sts = make_client("sts", cloud.endpoint)
    assert (
        refusal(sts.assume_role_with_web_identity, RoleArn=web_role, RoleSessionName="me", WebIdentityToken=token)
        == "IDPCommunicationError"
    )


def test_a_federation_token(cloud, iam):  # STS.13
    sts = make_client("sts", cloud.endpoint)
    token = sts.get_federation_token(Name="bob", Policy=ALLOW_SQS)
    assert token["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    make_client("sqs", cloud.endpoint, **keys_of(token["Credentials"])).list_queues()
    bob = make_client("iam", cloud.endpoint, **keys_of(token["Credentials"]))
    assert refusal(bob.list_users) == "InvalidClientTokenId"


def test_secrets_are_shown_once_and_keys_sign_each_request(cloud, iam):  # GLB.5, GLB.6, GLB.7, GLB.8
    user = make_user(iam, "carol")
    listed = iam.list_access_keys(UserName="carol")["AccessKeyMetadata"][0]
    assert listed["AccessKeyId"] == user["aws_access_key_id"] and "SecretAccessKey" not in listed
    session = boto3.Session(region_name="eu-west-1", **user)
    for region in ("eu-west-1", "us-east-1"):
        sts = session.client("sts", region_name=region, endpoint_url=cloud.endpoint)
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/carol"
    forged = make_client("sts", cloud.endpoint, **{**user, "aws_secret_access_key": "x" * 40})
    assert refusal(forged.get_caller_identity) == "SignatureDoesNotMatch"
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(cloud.endpoint, data=b"Action=GetCallerIdentity&Version=2011-06-15")
    assert raised.value.code == 403
