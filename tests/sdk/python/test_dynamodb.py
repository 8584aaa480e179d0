"""DynamoDB as boto3 sees it, client and resource: the library turns types into Python's and back."""

import uuid
from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from conftest import needs_client_of_today


@pytest.fixture
def table(virga):
    dynamodb = boto3.resource(
        "dynamodb",
        endpoint_url=virga.endpoint,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="test",
    )
    made = dynamodb.create_table(
        TableName=f"table-{uuid.uuid4()}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "c", "AttributeType": "N"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "c", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    made.wait_until_exists()
    yield made
    made.delete()
    made.wait_until_not_exists()


def test_an_item_comes_back_as_it_was(table):
    item = {
        "p": "a",
        "c": Decimal("1.5"),
        "map": {"list": [1, "two", None, True, b"\x00\xff"]},
        "strings": {"x", "y"},
        "numbers": {Decimal("1"), Decimal("-2.5")},
        "big": Decimal("12345678901234567890123456789012345678"),
        "empty": "",
    }
    table.put_item(Item=item)
    back = table.get_item(Key={"p": "a", "c": Decimal("1.5")}, ConsistentRead=True)["Item"]
    back["map"]["list"][4] = back["map"]["list"][4].value
    assert back == item


def test_a_batch_is_written_and_queried_page_by_page(table):
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"p": "a", "c": number, "g": f"g{number % 2}"})
    seen, start = [], {}
    while True:
        page = table.query(KeyConditionExpression=Key("p").eq("a") & Key("c").gte(10), Limit=7, **start)
        seen += [int(item["c"]) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert seen == list(range(10, 60))
    by_group = table.query(IndexName="by-g", KeyConditionExpression=Key("g").eq("g1"), Select="COUNT")
    assert by_group["Count"] == 30
    assert table.scan(FilterExpression=Attr("c").lt(5))["Count"] == 5


@needs_client_of_today
def test_a_lock_is_taken_once(table):
    condition = "attribute_not_exists(p) OR expires < :now"
    lock = {"p": "lock", "c": 0, "expires": 100}
    table.put_item(Item=lock, ConditionExpression=condition, ExpressionAttributeValues={":now": 1})
    with pytest.raises(ClientError) as refused:
        table.put_item(
            Item=lock,
            ConditionExpression=condition,
            ExpressionAttributeValues={":now": 99},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"]["expires"] == {"N": "100"}
    table.put_item(Item=lock, ConditionExpression=condition, ExpressionAttributeValues={":now": 101})


def test_a_cancelled_transaction_says_why(table):
    client = table.meta.client
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table.name, "Item": {"p": "a", "c": 1}}},
                {
                    "ConditionCheck": {
                        "TableName": table.name,
                        "Key": {"p": "b", "c": 1},
                        "ConditionExpression": "attribute_exists(p)",
                    }
                },
            ]
        )
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in table.get_item(Key={"p": "a", "c": 1})
