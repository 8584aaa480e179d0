"""Profiles with roles, as ~/.aws/config of CLI users has them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from totp import code

AWS = Path(sys.executable).parent / "aws"
ACCOUNT = "000000000000"


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture
def run_profile(virga, tmp_path):
    """Runs the CLI with a profile of files of the test's own."""

    def run(profile, credentials, config, *arguments, said=None):
        (tmp_path / "credentials").write_text(credentials)
        (tmp_path / "config").write_text(config)
        environment = {
            name: value for name, value in virga.environment().items() if not name.startswith("AWS_") or "PAGER" in name
        }
        environment |= {
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_ENDPOINT_URL": virga.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "HOME": str(tmp_path),
        }
        command = [AWS, "--profile", profile, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, input=said)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])

    return run


@pytest.fixture
def user(aws):
    aws("iam", "create-user", "--user-name", "dev")
    may_assume = document(Action="sts:AssumeRole", Resource="*")
    aws("iam", "put-user-policy", "--user-name", "dev", "--policy-name", "p", "--policy-document", may_assume)
    key = aws("iam", "create-access-key", "--user-name", "dev")["AccessKey"]
    yield (
        f"[base]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    aws("iam", "delete-access-key", "--user-name", "dev", "--access-key-id", key["AccessKeyId"])
    aws("iam", "delete-user-policy", "--user-name", "dev", "--policy-name", "p")
    aws("iam", "delete-user", "--user-name", "dev")


def test_assume_role_as_written(aws):  # STS.2
    trusting = document(Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole")
    arn = aws("iam", "create-role", "--role-name", "plain", "--assume-role-policy-document", trusting)["Role"]["Arn"]
    answer = aws("sts", "assume-role", "--role-arn", arn, "--role-session-name", "me")
    assert set(answer["Credentials"]) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/plain/me"


def test_a_profile_assumes_its_role(aws, user, run_profile):  # STS.19
    trusting = document(Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole")
    arn = aws("iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", trusting)["Role"]["Arn"]
    config = f"[profile cli]\nrole_arn = {arn}\nsource_profile = base\nrole_session_name = from-cli\n"
    identity = run_profile("cli", user, config, "sts", "get-caller-identity")
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/cli/from-cli"


def test_a_profile_asks_for_the_code_of_its_device(aws, user, run_profile, tmp_path):  # STS.11, STS.17, STS.19
    seed_file = tmp_path / "seed"
    serial = aws(
        *("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "phone"),
        *("--outfile", str(seed_file), "--bootstrap-method", "Base32StringSeed"),
    )["VirtualMFADevice"]["SerialNumber"]
    seed = seed_file.read_text()
    codes = ("--authentication-code1", code(seed, -1), "--authentication-code2", code(seed))
    aws("iam", "enable-mfa-device", "--user-name", "dev", "--serial-number", serial, *codes)
    trusting = document(
        Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    )
    arn = aws("iam", "create-role", "--role-name", "careful", "--assume-role-policy-document", trusting)["Role"]["Arn"]
    config = f"[profile careful]\nrole_arn = {arn}\nsource_profile = base\nmfa_serial = {serial}\n"
    identity = run_profile("careful", user, config, "sts", "get-caller-identity", said=code(seed, 1) + "\n")
    assert ":assumed-role/careful/" in identity["Arn"]
    aws("iam", "deactivate-mfa-device", "--user-name", "dev", "--serial-number", serial)
