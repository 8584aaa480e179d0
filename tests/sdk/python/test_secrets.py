"""Secrets Manager, Parameter Store and AppConfig as boto3 sees them, and the library that caches secrets."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import make_client, needs_client_of_today


@pytest.fixture(scope="session")
def secrets(virga):
    return make_client("secretsmanager", virga.endpoint)


@pytest.fixture(scope="session")
def ssm(virga):
    return make_client("ssm", virga.endpoint)


@pytest.fixture
def name():
    return f"test/{uuid.uuid4().hex}"


def test_a_secret_is_kept(secrets, name):
    made = secrets.create_secret(Name=name, SecretString="one", Tags=[{"Key": "team", "Value": "red"}])
    secrets.put_secret_value(SecretId=name, SecretString="two")
    got = secrets.get_secret_value(SecretId=made["ARN"])
    assert got["SecretString"] == "two" and got["VersionStages"] == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    shown = secrets.describe_secret(SecretId=name)
    assert sorted(shown["VersionIdsToStages"].values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    listed = secrets.list_secrets(Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
    assert [entry["Name"] for entry in listed] == [name]
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=name)


def test_bytes_come_back_as_bytes(secrets, name):
    secrets.create_secret(Name=name, SecretBinary=b"\x00\xff")
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == b"\x00\xff"


def test_nothing_is_readable_on_disk(virga, secrets, ssm, name):
    planted = uuid.uuid4().hex
    secrets.create_secret(Name=name, SecretString=f"secret {planted}")
    ssm.put_parameter(Name=f"/{name}", Type="SecureString", Value=f"parameter {planted}")
    ssm.get_parameter(Name=f"/{name}", WithDecryption=True)
    found = [str(path) for path in virga.data.rglob("*") if path.is_file() and planted.encode() in path.read_bytes()]
    assert found == []


@needs_client_of_today
def test_secrets_are_read_in_batches(secrets):
    prefix = uuid.uuid4().hex
    for index in range(3):
        secrets.create_secret(Name=f"{prefix}-{index}", SecretString=str(index))
    got = secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": [prefix]}])
    assert sorted(entry["SecretString"] for entry in got["SecretValues"]) == ["0", "1", "2"]


def test_the_caching_library_reads_secrets(secrets, name):
    caching = pytest.importorskip("aws_secretsmanager_caching")
    secrets.create_secret(Name=name, SecretString="one")
    cache = caching.SecretCache(client=secrets)
    assert cache.get_secret_string(name) == "one"
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert cache.get_secret_string(name) == "one"
    cache.refresh_secret_now(name)
    assert cache.get_secret_string(name) == "two"
    with pytest.raises(ClientError):
        cache.get_secret_string(name + "-nope")


def test_parameters_are_paged_below_a_path(ssm):
    path = f"/{uuid.uuid4().hex}"
    for index in range(25):
        ssm.put_parameter(Name=f"{path}/{index:02}", Type="String", Value=str(index))
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path=path))
    assert [len(page["Parameters"]) for page in pages] == [10, 10, 5]
    assert [parameter["Value"] for page in pages for parameter in page["Parameters"]] == [str(i) for i in range(25)]


def test_a_missing_parameter_has_its_exception(ssm):
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/nope")


@needs_client_of_today
def test_an_application_polls_its_flags(virga):
    control, data = make_client("appconfig", virga.endpoint), make_client("appconfigdata", virga.endpoint)
    app = control.create_application(Name="shop")["Id"]
    environment = control.create_environment(ApplicationId=app, Name="prod")["Id"]
    profile = control.create_configuration_profile(
        ApplicationId=app, Name="flags", LocationUri="hosted", Type="AWS.AppConfig.FeatureFlags"
    )["Id"]
    strategy = control.create_deployment_strategy(
        Name="at once", DeploymentDurationInMinutes=0, FinalBakeTimeInMinutes=0, GrowthFactor=100, ReplicateTo="NONE"
    )["Id"]
    where = {"ApplicationId": app, "ConfigurationProfileId": profile}
    token = data.start_configuration_session(
        ApplicationIdentifier="shop", EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="flags"
    )["InitialConfigurationToken"]
    seen = []
    for enabled in (True, False):
        flags = {"version": "1", "flags": {"search": {"name": "search"}}, "values": {"search": {"enabled": enabled}}}
        version = control.create_hosted_configuration_version(
            **where, Content=json.dumps(flags), ContentType="application/json"
        )
        assert json.loads(version["Content"].read()) == flags
        done = control.start_deployment(
            ApplicationId=app,
            EnvironmentId=environment,
            DeploymentStrategyId=strategy,
            ConfigurationProfileId=profile,
            ConfigurationVersion=str(version["VersionNumber"]),
        )
        assert done["State"] == "COMPLETE"
        for _ in range(2):
            got = data.get_latest_configuration(ConfigurationToken=token)
            seen.append(got["Configuration"].read().decode())
            token = got["NextPollConfigurationToken"]
    assert seen == ['{"search":{"enabled":true}}', "", '{"search":{"enabled":false}}', ""]
    with pytest.raises(ClientError) as refused:
        control.create_hosted_configuration_version(**where, Content=b"{}", ContentType="application/json")
    assert refused.value.response["Reason"] == "InvalidConfiguration"
