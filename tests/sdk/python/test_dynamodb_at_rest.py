"""What of sealed tables can be found in the data folder: nothing but keys, wherever DynamoDB keeps items."""

import socket

import pytest
from conftest import make_client

from virga import Virga

SECRET = "this sentence is in an item of a table"


@pytest.fixture
def hosts(monkeypatch):
    """Names below localhost are this machine, whatever its resolver knows."""
    resolve = socket.getaddrinfo

    def lookup(host, *arguments, **options):
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def fill(virga, **options):
    """A table, an index, a stream, a backup and the caches of DAX, all with the item."""
    dynamodb = make_client("dynamodb", virga.endpoint)
    dynamodb.create_table(
        TableName="tab",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("k", "g")],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **options,
    )
    item = {"k": {"S": "k"}, "g": {"S": "g"}, "v": {"S": SECRET}}
    dynamodb.put_item(TableName="tab", Item=item)
    dynamodb.create_backup(TableName="tab", BackupName="bbb")
    cluster = make_client("dax", virga.endpoint).create_cluster(
        ClusterName="ccc", NodeType="dax.t3.small", ReplicationFactor=1, IamRoleArn="arn:aws:iam::000000000000:role/dax"
    )["Cluster"]
    virga.advance(10)
    cached = make_client("dynamodb", cluster["ClusterDiscoveryEndpoint"]["URL"])
    for _ in range(2):
        assert cached.get_item(TableName="tab", Key={"k": {"S": "k"}})["Item"] == item
        assert cached.scan(TableName="tab")["Items"] == [item]
    cached.put_item(TableName="tab", Item=item)
    assert cached.get_item(TableName="tab", Key={"k": {"S": "k"}})["Item"] == item


def files_with_secret(folder):
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_items_of_a_table_with_a_key_are_readable_nowhere(tmp_path, hosts):
    with Virga(data=tmp_path / "data") as virga:
        fill(virga, SSESpecification={"Enabled": True})
        virga.stop()
        assert files_with_secret(tmp_path / "data") == []


def test_a_plain_table_shows_that_the_search_finds(tmp_path, hosts):
    with Virga(data=tmp_path / "data") as virga:
        fill(virga)
        virga.stop()
        assert files_with_secret(tmp_path / "data")
