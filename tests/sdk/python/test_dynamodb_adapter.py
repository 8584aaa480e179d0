"""A reader of a stream as the Kinesis adapter for DynamoDB Streams is one: it follows shards from parent to child,
keeps a checkpoint a shard, and may begin again at any of them."""

import uuid

import pytest
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


class Worker:
    """Reads each shard after its parent, from its checkpoint or the trim horizon."""

    def __init__(self, streams, arn):
        self.streams, self.arn = streams, arn
        self.checkpoints = {}  # by shard: the last sequence number
        self.ended = set()

    def shards(self):
        found, start = [], {}
        while True:
            page = self.streams.describe_stream(StreamArn=self.arn, Limit=3, **start)["StreamDescription"]
            found += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                return found
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def poll(self, limit=4):
        """All records that are there now."""
        records = []
        shards = self.shards()
        known = {shard["ShardId"] for shard in shards}
        waiting = [shard for shard in shards if shard["ShardId"] not in self.ended]
        while waiting:
            ready = [
                shard
                for shard in waiting
                if shard.get("ParentShardId") not in known or shard["ParentShardId"] in self.ended
            ]
            if not ready:
                return records  # their parents are still open
            for shard in ready:
                waiting.remove(shard)
                records += self.read(shard["ShardId"], limit)
        return records

    def read(self, shard, limit):
        position = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.checkpoints[shard]}
            if shard in self.checkpoints
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        iterator = self.streams.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **position)["ShardIterator"]
        read = []
        while iterator:
            page = self.streams.get_records(ShardIterator=iterator, Limit=limit)
            for record in page["Records"]:
                self.checkpoints[shard] = record["dynamodb"]["SequenceNumber"]
                read.append(record)
            iterator = page.get("NextShardIterator")
            if not page["Records"] and iterator:
                return read
        self.ended.add(shard)
        return read


def make_table(dynamodb):
    name = f"t-{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return name, dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def write(dynamodb, table, round_, keys=range(20)):
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"k": {"N": str(key)}, "v": {"N": str(round_)}})


def seen(records):
    return [(int(r["dynamodb"]["Keys"]["k"]["N"]), int(r["dynamodb"]["NewImage"]["v"]["N"])) for r in records]


def check_in_order(found, rounds, keys=range(20)):
    assert len(found) == len(set(found)) == rounds * len(keys)
    for key in keys:
        assert [value for one, value in found if one == key] == list(range(rounds))


def test_a_reader_follows_shards_into_their_children(cloud, dynamodb, streams):
    table, arn = make_table(dynamodb)
    worker = Worker(streams, arn)
    found = []
    first = {shard["ShardId"] for shard in worker.shards()}
    for round_ in range(4):
        write(dynamodb, table, round_)
        found += seen(worker.poll())
        cloud.advance(4 * 3600 + 60)  # shards are closed after four hours
    found += seen(worker.poll())
    check_in_order(found, 4)
    shards = {shard["ShardId"]: shard for shard in worker.shards()}
    children = [shard for shard in shards.values() if shard["ShardId"] not in first]
    assert children
    assert all(shard["ParentShardId"] in shards for shard in children)
    assert all("EndingSequenceNumber" in shards[shard]["SequenceNumberRange"] for shard in worker.ended)


def test_a_reader_that_comes_late_reads_parents_first(cloud, dynamodb, streams):
    table, arn = make_table(dynamodb)
    for round_ in range(3):
        write(dynamodb, table, round_)
        cloud.advance(4 * 3600 + 60)
    check_in_order(seen(Worker(streams, arn).poll()), 3)


def test_a_reader_that_is_replaced_goes_on_at_its_checkpoints(cloud, dynamodb, streams):
    table, arn = make_table(dynamodb)
    worker = Worker(streams, arn)
    write(dynamodb, table, 0)
    found = seen(worker.poll())
    write(dynamodb, table, 1)
    other = Worker(streams, arn)
    other.checkpoints, other.ended = dict(worker.checkpoints), set(worker.ended)
    cloud.advance(5 * 3600)
    write(dynamodb, table, 2)
    found += seen(other.poll(limit=1))
    check_in_order(found, 3)


def test_what_is_older_than_a_day_is_beyond_the_trim_horizon(cloud, dynamodb, streams):
    table, arn = make_table(dynamodb)
    write(dynamodb, table, 0)
    worker = Worker(streams, arn)
    oldest = worker.shards()[0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=oldest, ShardIteratorType="TRIM_HORIZON")
    worker.poll()
    before = dict(worker.checkpoints)
    cloud.advance(25 * 3600)
    write(dynamodb, table, 1)
    assert {value for _, value in seen(Worker(streams, arn).poll())} == {1}
    # "Each iterator expires 15 minutes after it is retrieved", and what it pointed to is gone.
    with pytest.raises(streams.exceptions.ExpiredIteratorException):
        streams.get_records(ShardIterator=iterator["ShardIterator"])
    shard, number = next(iter(before.items()))
    with pytest.raises((streams.exceptions.TrimmedDataAccessException, streams.exceptions.ResourceNotFoundException)):
        streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=number
        )
