"""Libraries that people build on DynamoDB: locks, and items that are encrypted before they are sent."""

import threading
import uuid
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import make_client

ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture
def resource(virga):
    return boto3.resource("dynamodb", endpoint_url=virga.endpoint, **ACCOUNT)


@pytest.fixture
def locks(virga, resource):
    """Makes lock clients of one table, which all close at the end."""
    library = pytest.importorskip("python_dynamodb_lock.python_dynamodb_lock")
    name = f"locks-{uuid.uuid4()}"
    library.DynamoDBLockClient.create_dynamodb_table(make_client("dynamodb", virga.endpoint), table_name=name)
    made = []

    def make(owner):
        made.append(
            library.DynamoDBLockClient(
                resource,
                table_name=name,
                owner_name=owner,
                heartbeat_period=timedelta(milliseconds=50),
                safe_period=timedelta(milliseconds=800),
                lease_duration=timedelta(seconds=1),
            )
        )
        return made[-1]

    yield make
    for client in made:
        client.close(release_locks=True)


def test_a_lock_has_one_holder_at_a_time(locks):
    clients = [locks(f"owner-{number}") for number in range(3)]
    inside, most, turns = [], [], []

    def work(client):
        for _ in range(3):
            with client.acquire_lock("it", retry_period=timedelta(milliseconds=20)):
                inside.append(client)
                most.append(len(inside))
                turns.append(client)
                inside.remove(client)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 9
    assert set(most) == {1}


def test_a_lock_outlives_its_lease_while_its_holder_lives(locks):
    library = pytest.importorskip("python_dynamodb_lock.python_dynamodb_lock")
    holder, other = locks("holder"), locks("other")
    lock = holder.acquire_lock("it", additional_attributes={"why": "because"})
    with pytest.raises(library.DynamoDBLockError) as refused:
        other.acquire_lock("it", retry_period=timedelta(milliseconds=50), retry_timeout=timedelta(seconds=2))
    assert refused.value.code == library.DynamoDBLockError.ACQUIRE_TIMEOUT
    lock.release()
    other.acquire_lock("it", retry_period=timedelta(milliseconds=50)).release()


@pytest.fixture
def encrypted(virga, resource, monkeypatch):
    """A table, a key, and the same table as the encryption client sees it."""
    pytest.importorskip("dynamodb_encryption_sdk")
    import botocore.session
    from dynamodb_encryption_sdk.encrypted.table import EncryptedTable
    from dynamodb_encryption_sdk.material_providers.aws_kms import AwsKmsCryptographicMaterialsProvider

    kms = make_client("kms", virga.endpoint)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    table = resource.create_table(
        TableName=f"encrypted-{uuid.uuid4()}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "c", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "c", "KeyType": "RANGE"}],
    )
    table.wait_until_exists()
    provider = AwsKmsCryptographicMaterialsProvider(
        key_id=key, botocore_session=botocore.session.Session(), regional_clients={"us-east-1": kms}
    )
    yield table, EncryptedTable(table=table, materials_provider=provider), kms, key
    table.delete()


def test_an_item_encrypted_by_the_client_comes_back_and_says_nothing_on_the_way(encrypted):
    table, client, _, _ = encrypted
    item = {"p": "a", "c": 1, "secret": "the secret", "list": [1, {"two": b"\x00\x01"}], "tags": {"x", "y"}}
    client.put_item(Item=item)
    stored = table.get_item(Key={"p": "a", "c": 1})["Item"]
    assert "the secret" not in str(stored)
    assert {"*amzn-ddb-map-desc*", "*amzn-ddb-map-sig*"} < stored.keys()
    back = client.get_item(Key={"p": "a", "c": 1}, ConsistentRead=True)["Item"]
    back["list"][1]["two"] = back["list"][1]["two"].value
    assert back == item
    with client.batch_writer() as batch:
        for number in range(2, 30):
            batch.put_item(Item={"p": "a", "c": number, "secret": str(number)})
    found = [item["secret"] for item in client.scan()["Items"] if item["c"] > 1]
    assert sorted(found, key=int) == [str(number) for number in range(2, 30)]


def test_an_item_that_was_changed_on_the_way_is_refused(encrypted):
    from dynamodb_encryption_sdk.exceptions import DynamodbEncryptionSdkError
    from cryptography.exceptions import InvalidSignature

    table, client, kms, key = encrypted
    client.put_item(Item={"p": "a", "c": 1, "secret": "s"})
    moved = table.get_item(Key={"p": "a", "c": 1})["Item"]
    table.put_item(Item={**moved, "c": 2})
    with pytest.raises((DynamodbEncryptionSdkError, InvalidSignature, ClientError)):
        client.get_item(Key={"p": "a", "c": 2})
    assert client.get_item(Key={"p": "a", "c": 1})["Item"]["secret"] == "s"
    kms.disable_key(KeyId=key)
    with pytest.raises((DynamodbEncryptionSdkError, ClientError)):
        client.get_item(Key={"p": "a", "c": 1})
