"""What IAM's principals prove themselves with, as boto3 sees it: passwords, MFA, providers, certificates, reports."""

import base64
import csv
import hashlib
import hmac
import io
import struct
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import Virga, make_client

STEP_SECONDS = 30


@pytest.fixture(scope="module")
def virga():
    """A cloud of these tests' own, whose clock they may move."""
    with Virga(ephemeral=True) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def iam(virga):
    return make_client("iam", virga.endpoint)


@pytest.fixture
def user(iam):
    name = f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    return name


def code_of(seed, step):
    """RFC 6238."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def current_step(virga):
    return virga.control("GET", "/_virga/clock")["now_ms"] // 1000 // STEP_SECONDS


def client_of(virga, service, keys):
    return make_client(
        service,
        virga.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def allow_all(iam, user):
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=document)


def test_a_user_changes_its_password(iam, virga, user):
    allow_all(iam, user)
    iam.create_login_profile(UserName=user, Password="Secret-12345", PasswordResetRequired=True)
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    own = client_of(virga, "iam", keys)
    with pytest.raises(ClientError) as raised:
        own.change_password(OldPassword="wrong", NewPassword="Secret-67890")
    assert raised.value.response["Error"]["Code"] == "AccessDenied"
    own.change_password(OldPassword="Secret-12345", NewPassword="Secret-67890")
    assert own.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False
    with pytest.raises(iam.exceptions.PasswordPolicyViolationException):
        own.change_password(OldPassword="Secret-67890", NewPassword="short")


def test_a_virtual_device_opens_a_session_with_a_code(iam, virga, user):
    allow_all(iam, user)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"phone-{uuid.uuid4().hex}")["VirtualMFADevice"]
    assert device["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")
    seed, serial = device["Base32StringSeed"], device["SerialNumber"]
    step = current_step(virga)
    with pytest.raises(iam.exceptions.InvalidAuthenticationCodeException):
        iam.enable_mfa_device(
            UserName=user,
            SerialNumber=serial,
            AuthenticationCode1=code_of(seed, step),
            AuthenticationCode2=code_of(seed, step - 1),
        )
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=serial,
        AuthenticationCode1=code_of(seed, step - 1),
        AuthenticationCode2=code_of(seed, step),
    )
    (shown,) = iam.list_mfa_devices(UserName=user)["MFADevices"]
    assert shown["SerialNumber"] == serial

    sts = client_of(virga, "sts", iam.create_access_key(UserName=user)["AccessKey"])
    virga.advance(2 * STEP_SECONDS)
    code = code_of(seed, current_step(virga))
    session = sts.get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
    assert client_of(virga, "sts", session).get_caller_identity()["Arn"].endswith(f":user/{user}")
    with pytest.raises(ClientError) as raised:
        sts.get_session_token(SerialNumber=serial, TokenCode=code)
    assert raised.value.response["Error"]["Code"] == "AccessDenied"

    iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_an_oidc_provider_comes_and_goes(iam):
    host = f"{uuid.uuid4().hex}.example.com"
    arn = iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["app"], ThumbprintList=["a" * 40])[
        "OpenIDConnectProviderArn"
    ]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (provider["Url"], provider["ClientIDList"]) == (host, ["app", "other"])
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_open_id_connect_provider(Url=f"https://{host}", ThumbprintList=["a" * 40])
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_git_credentials_show_their_password_once(iam, user):
    made = iam.create_service_specific_credential(UserName=user, ServiceName="codecommit.amazonaws.com")
    credential = made["ServiceSpecificCredential"]
    assert credential["ServicePassword"]
    (listed,) = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
    assert listed["ServiceUserName"] == credential["ServiceUserName"]
    assert "ServicePassword" not in listed


def test_the_credential_report_is_csv(iam, virga, user):
    iam.create_login_profile(UserName=user, Password="Secret-12345")
    virga.advance(4 * 3600)
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(report["Content"].decode()))}
    assert rows["<root_account>"]["arn"] == "arn:aws:iam::000000000000:root"
    assert (rows[user]["password_enabled"], rows[user]["mfa_active"]) == ("true", "false")


def test_a_service_linked_role_is_made_and_deleted(iam):
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="sdk")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForAutoScaling_sdk"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": ["autoscaling.amazonaws.com"]}
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_the_account_has_an_alias_and_numbers(iam):
    alias = f"alias-{uuid.uuid4().hex}"
    iam.create_account_alias(AccountAlias=alias)
    assert iam.list_account_aliases()["AccountAliases"] == [alias]
    iam.delete_account_alias(AccountAlias=alias)
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["UsersQuota"] == 5000
    assert summary["Users"] >= 0
