"""Keys, secrets and a second account, as functions use them: S95-S109, S112, S113, S115-S121, LAM.24, LAM.34."""

import base64
import io
import json
import sys
import textwrap
import uuid
import zipfile

import boto3
import pytest
import test_invoke
from botocore.config import Config
from botocore.exceptions import ClientError
from virga import Virga

ACCOUNT_A, ACCOUNT_B = "111111111111", "222222222222"
REGION = "us-east-1"
MARK = "plain text that must not be on the disk"

# ScheduledJob of the reference system: reads the credentials of the other system, takes on the role that is offered
# there, asks for requests, and puts them into the queue, ten at a time.
SCHEDULED_JOB = """
    import base64, json, os
    import boto3

    def handler(event, context):
        key = boto3.client("kms").decrypt(CiphertextBlob=base64.b64decode(os.environ["ROLE"]))
        secret = boto3.client("secretsmanager").get_secret_value(SecretId="ExternalServiceCreds")["SecretString"]
        role = key["Plaintext"].decode()
        session = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="job")["Credentials"]
        other = boto3.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
        who = other.client("sts").get_caller_identity()["Arn"]
        answer = other.client("lambda").invoke(FunctionName=os.environ["SERVICE"], Payload=secret)
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return {"refused": body["errorMessage"], "sent": []}
        sent = []
        for first in range(0, len(body), 10):
            entries = [{"Id": str(number), "MessageBody": json.dumps(item)}
                       for number, item in enumerate(body[first:first + 10])]
            done = boto3.client("sqs").send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries)
            sent += [entry["MessageId"] for entry in done["Successful"]]
        return {"who": who, "sent": sent}
"""

EXTERNAL_SERVICE = """
    def handler(event, context):
        if event != {"user": "u", "password": "p"}:
            raise PermissionError("401")
        return [{"request": number} for number in range(23)]
"""


class Account:
    """The root of an account, by its number as access key."""

    def __init__(self, virga, number):
        self.virga, self.number = virga, number

    def client(self, service, **credentials):
        keys = credentials or {"aws_access_key_id": self.number, "aws_secret_access_key": "test"}
        config = Config(retries={"max_attempts": 0})
        return boto3.client(service, endpoint_url=self.virga.endpoint, region_name=REGION, config=config, **keys)

    def role(self, name, trusted, *statements):
        iam = self.client("iam")
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            self.allow(name, *statements)
        return arn

    def allow(self, role, *statements):
        """The role may do what the statements say, (action, resource) each, and nothing else."""
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]}
        self.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(policy))

    def session(self, arn):
        """The keys of a session in the role, as arguments of client()."""
        keys = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
                "aws_session_token": keys["SessionToken"]}

    def function(self, name, code, role, **settings):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            file = zipfile.ZipInfo("index.py")
            file.external_attr = 0o644 << 16
            zipped.writestr(file, textwrap.dedent(code))
        functions = self.client("lambda")
        made = functions.create_function(FunctionName=name, Runtime=test_invoke.RUNTIME, Role=role, Timeout=30,
                                         Handler="index.handler", Code={"ZipFile": archive.getvalue()}, **settings)
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return made["FunctionArn"]

    def invoke(self, name):
        answer = self.client("lambda").invoke(FunctionName=name)
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def virga():
    # The interpreter of the tests has boto3, as AWS's runtimes do.
    with Virga("--lambda-runtime", f"{test_invoke.RUNTIME}={sys.executable}") as virga:
        yield virga


@pytest.fixture(scope="module")
def here(virga):
    return Account(virga, ACCOUNT_A)


@pytest.fixture(scope="module")
def there(virga):
    return Account(virga, ACCOUNT_B)


@pytest.fixture
def key(here):
    """AppCmk: a key of the customer's with an alias."""
    kms = here.client("kms")
    arn = kms.create_key(Description="AppCmk")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=f"alias/app-{uuid.uuid4().hex}", TargetKeyId=arn)
    return arn


def keep_data(here, key):
    """A table, a bucket and a queue under the key, with the mark in each: their names, and the ways to read it."""
    name = f"data-{uuid.uuid4().hex}"
    s3, sqs, dynamodb = here.client("s3"), here.client("sqs"), here.client("dynamodb")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})
    s3.put_object(Bucket=name, Key="template", Body=MARK.encode())
    queue = sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key, "VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=MARK)
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, "text": {"S": MARK}})
    return name, queue


def test_data_is_under_the_key_and_nowhere_plain(here, virga, key):
    name, queue = keep_data(here, key)
    description = here.client("dynamodb").describe_table(TableName=name)["Table"]["SSEDescription"]
    assert (description["Status"], description["SSEType"], description["KMSMasterKeyArn"]) == ("ENABLED", "KMS", key)
    head = here.client("s3").head_object(Bucket=name, Key="template")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    attributes = here.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["KmsMasterKeyId"])
    assert attributes["Attributes"] == {"KmsMasterKeyId": key}
    virga.stop()  # what was in memory is in files then
    holders = [file for file in virga.data.rglob("*") if file.is_file() and MARK.encode() in file.read_bytes()]
    virga.start(virga.port)
    assert holders == []
    assert here.client("s3").get_object(Bucket=name, Key="template")["Body"].read() == MARK.encode()


def test_without_the_key_nothing_can_be_read(here, key):
    name, queue = keep_data(here, key)
    role = f"reader-{uuid.uuid4().hex}"
    arn = here.role(role, {"AWS": ACCOUNT_A}, (["s3:*", "sqs:*", "dynamodb:*"], "*"))
    s3, sqs, dynamodb = (here.client(service, **here.session(arn)) for service in ("s3", "sqs", "dynamodb"))
    reads = [
        lambda: s3.get_object(Bucket=name, Key="template"),
        lambda: sqs.receive_message(QueueUrl=queue)["Messages"],
        lambda: dynamodb.get_item(TableName=name, Key={"id": {"S": "1"}})["Item"],
    ]
    assert [refusal(read) for read in reads] == ["AccessDenied", "KMS.AccessDeniedException", "AccessDeniedException"]
    of_keys = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    here.allow(role, (["s3:*", "sqs:*", "dynamodb:*"], "*"), (of_keys, key))
    for read in reads:
        assert read()
    # A key that is switched off shuts all of it, for everybody, once data keys at hand have run out.
    here.client("kms").disable_key(KeyId=key)
    here.virga.advance(600)
    assert refusal(reads[0]) == "KMS.DisabledException"
    assert refusal(reads[1]) == "KMS.DisabledException"
    here.client("kms").enable_key(KeyId=key)
    assert reads[0]() and reads[1]()


def test_variables_are_decrypted_by_the_function(here, key):
    kms = here.client("kms")
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097) == "ValidationException"
    assert kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)["CiphertextBlob"]
    name = f"decrypts-{uuid.uuid4().hex}"
    role = here.role(name, {"Service": "lambda.amazonaws.com"}, ("kms:Decrypt", key))
    context = {"LambdaFunctionName": name}

    sealed = base64.b64encode(
        kms.encrypt(KeyId=key, Plaintext=b"iOS", EncryptionContext=context)["CiphertextBlob"]).decode()
    here.function(name, """
        import base64, os
        import boto3

        def handler(event, context):
            sealed = base64.b64decode(os.environ["EXPECTED"])
            answer = boto3.client("kms").decrypt(
                CiphertextBlob=sealed, EncryptionContext={"LambdaFunctionName": context.function_name})
            return answer["Plaintext"].decode()
    """, role, KMSKeyArn=key, Environment={"Variables": {"EXPECTED": sealed}})
    shown = here.client("lambda").get_function_configuration(FunctionName=name)
    assert shown["KMSKeyArn"] == key and shown["Environment"]["Variables"]["EXPECTED"] == sealed
    assert here.invoke(name) == (None, "iOS")
    here.allow(name, ("sqs:ListQueues", "*"))
    failed, error = here.invoke(name)
    assert failed == "Unhandled" and "AccessDeniedException" in error["errorMessage"]


class Job:
    """ScheduledJob here, and ExternalService there."""

    def __init__(self, here, there, key):
        self.here, self.there = here, there
        self.name = f"job-{uuid.uuid4().hex}"
        role = here.role(self.name, {"Service": "lambda.amazonaws.com"})
        runs = there.role(f"runs-{self.name}", {"Service": "lambda.amazonaws.com"})
        self.service = there.function(f"ExternalService-{uuid.uuid4().hex}", EXTERNAL_SERVICE, runs)
        self.door = there.role(f"door-{self.name}", {"AWS": role}, ("lambda:InvokeFunction", self.service))
        self.secret = here.client("secretsmanager").create_secret(
            Name="ExternalServiceCreds", KmsKeyId=key, SecretString=json.dumps({"user": "u", "password": "p"}))["ARN"]
        self.queue = here.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_A}:{self.name}"
        here.allow(self.name, ("kms:Decrypt", key), ("secretsmanager:GetSecretValue", self.secret),
                   ("sts:AssumeRole", self.door), ("sqs:SendMessage", queue_arn))

        sealed = here.client("kms").encrypt(KeyId=key, Plaintext=self.door.encode())["CiphertextBlob"]
        variables = {"ROLE": base64.b64encode(sealed).decode(), "SERVICE": self.service, "QUEUE": self.queue}
        here.function(self.name, SCHEDULED_JOB, role, Environment={"Variables": variables})

    def end(self):
        self.here.client("secretsmanager").delete_secret(SecretId=self.secret, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def job(here, there, key):
    job = Job(here, there, key)
    yield job
    job.end()


def test_a_job_fetches_from_another_account(here, there, job):
    failed, done = here.invoke(job.name)
    assert not failed, done
    assert done["who"] == f"arn:aws:sts::{ACCOUNT_B}:assumed-role/door-{job.name}/job"
    assert len(set(done["sent"])) == 23
    counted = here.client("sqs").get_queue_attributes(
        QueueUrl=job.queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert counted == {"ApproximateNumberOfMessages": "23"}
    secrets = {secret["ARN"]: secret for secret in here.client("secretsmanager").list_secrets()["SecretList"]}
    assert "SecretString" not in secrets[job.secret] and secrets[job.secret]["KmsKeyId"]


def test_a_changed_secret_holds_at_the_next_run(here, job):
    secrets = here.client("secretsmanager")
    secrets.put_secret_value(SecretId=job.secret, SecretString=json.dumps({"user": "u", "password": "wrong"}))
    assert here.invoke(job.name) == (None, {"refused": "401", "sent": []})
    secrets.put_secret_value(SecretId=job.secret, SecretString=json.dumps({"user": "u", "password": "p"}))
    assert len(here.invoke(job.name)[1]["sent"]) == 23


def test_nobody_else_gets_in(here, job):
    other = here.role(f"other-{uuid.uuid4().hex}", {"AWS": ACCOUNT_A}, (["secretsmanager:*", "sts:*", "lambda:*"], "*"))
    session = here.session(other)
    # May everything about secrets here, but not use the key; and nothing of the other account lets them in.
    secrets = here.client("secretsmanager", **session)
    assert refusal(secrets.get_secret_value, SecretId=job.secret) == "AccessDeniedException"
    assume = here.client("sts", **session).assume_role
    assert refusal(assume, RoleArn=job.door, RoleSessionName="other") == "AccessDenied"
    assert refusal(here.client("lambda", **session).invoke, FunctionName=job.service) == "AccessDeniedException"
    # A session ends.
    here.virga.advance(3601)
    assert refusal(here.client("sts", **session).get_caller_identity) == "ExpiredToken"


def test_batches_have_limits(here):
    sqs = here.client("sqs")
    queue = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}")["QueueUrl"]

    def batch(*texts, ids=None):
        names = ids or [str(number) for number in range(len(texts))]
        entries = [{"Id": name, "MessageBody": text} for name, text in zip(names, texts)]
        return refusal(sqs.send_message_batch, QueueUrl=queue, Entries=entries)

    assert batch(*["x"] * 11).endswith("TooManyEntriesInBatchRequest")
    assert batch("x", "y", ids=["a", "a"]).endswith("BatchEntryIdsNotDistinct")
    assert batch(*["x" * 600_000] * 2).endswith("BatchRequestTooLong")
