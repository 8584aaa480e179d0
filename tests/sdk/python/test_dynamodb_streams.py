"""DynamoDB Streams, time to live and backups through boto3."""

import threading
import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import make_client

from virga import Virga


@pytest.fixture(scope="module")
def cloud():
    """A cloud of its own, as its clock is moved."""
    with Virga(ephemeral=True) as virga:
        yield virga


@pytest.fixture
def dynamodb(cloud):
    return make_client("dynamodb", cloud.endpoint)


@pytest.fixture
def streams(cloud):
    return make_client("dynamodbstreams", cloud.endpoint)


def make_table(dynamodb, **options):
    name = f"t-{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return name


def follow(streams, arn):
    """The records of a stream, shard by shard, as a reader gets them."""
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            page = streams.get_records(ShardIterator=iterator, Limit=7)
            if not page["Records"]:
                break
            records += page["Records"]
            iterator = page["NextShardIterator"]
    return records


def test_every_change_is_in_the_stream_once_and_in_order(dynamodb, streams):
    table = make_table(dynamodb, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for value in range(3):
        for key in range(20):
            dynamodb.put_item(TableName=table, Item={"k": {"N": str(key)}, "v": {"N": str(value)}})
    records = follow(streams, arn)
    assert len({record["eventID"] for record in records}) == 60
    for key in range(20):
        changes = [r["dynamodb"]["NewImage"]["v"]["N"] for r in records if r["dynamodb"]["Keys"]["k"]["N"] == str(key)]
        assert changes == ["0", "1", "2"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert len(set(numbers)) == 60
    assert [s["StreamArn"] for s in streams.list_streams(TableName=table)["Streams"]] == [arn]


def test_an_expired_item_goes_by_the_service(cloud, dynamodb, streams):
    table = make_table(dynamodb, StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"})
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    dynamodb.put_item(TableName=table, Item={"k": {"N": "1"}})
    now = int(follow(streams, arn)[0]["dynamodb"]["ApproximateCreationDateTime"].timestamp())
    dynamodb.put_item(TableName=table, Item={"k": {"N": "2"}, "expires": {"N": str(now + 3600)}})
    assert dynamodb.scan(TableName=table)["Count"] == 2
    cloud.advance(3602)
    assert dynamodb.scan(TableName=table)["Items"] == [{"k": {"N": "1"}}]
    (removed,) = [record for record in follow(streams, arn) if record["eventName"] == "REMOVE"]
    assert removed["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removed["dynamodb"]["OldImage"]["expires"] == {"N": str(now + 3600)}


def test_a_backup_is_of_one_moment_however_much_is_written(cloud, dynamodb):
    table = make_table(dynamodb)
    items = 1500

    def write(value, keys):
        for start in range(0, len(keys), 25):
            puts = [
                {"PutRequest": {"Item": {"k": {"N": str(key)}, "v": {"N": str(value)}}}}
                for key in keys[start : start + 25]
            ]
            writer.batch_write_item(RequestItems={table: puts})

    writer = make_client("dynamodb", cloud.endpoint)
    write(0, range(items))
    thread = threading.Thread(target=write, args=(1, range(items)))
    thread.start()
    arn = dynamodb.create_backup(TableName=table, BackupName="moment")["BackupDetails"]["BackupArn"]
    thread.join()
    while dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] != "AVAILABLE":
        pass
    dynamodb.restore_table_from_backup(TargetTableName=table + "-restored", BackupArn=arn)
    dynamodb.get_waiter("table_exists").wait(TableName=table + "-restored")
    restored = {}
    for page in dynamodb.get_paginator("scan").paginate(TableName=table + "-restored"):
        restored |= {int(item["k"]["N"]): int(item["v"]["N"]) for item in page["Items"]}
    assert len(restored) == items
    # The second round went through the keys in order: what it had written at that moment is the first of them.
    values = [restored[key] for key in range(items)]
    assert values == sorted(values, reverse=True)


def test_what_is_not_there_is_told_by_its_name(dynamodb, streams):
    with pytest.raises(ClientError) as refused:
        dynamodb.describe_backup(BackupArn="arn:aws:dynamodb:us-east-1:000000000000:table/t/backup/01-02")
    assert refused.value.response["Error"]["Code"] == "BackupNotFoundException"
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.describe_stream(
            StreamArn="arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2020-01-01T00:00:00.000"
        )
