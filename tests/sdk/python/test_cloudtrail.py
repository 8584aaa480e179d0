"""CloudTrail through boto3."""

import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import make_client, needs_client_of_today


@pytest.fixture
def account():
    """The number of an account nobody else uses."""
    return str(uuid.uuid4().int)[:12]


def client(virga, service, account, **options):
    return make_client(service, virga.endpoint, aws_access_key_id=account, **options)


def records(trail, **attribute):
    ((key, value),) = attribute.items()
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def test_a_call_is_found_with_what_the_client_said(virga, account):
    client(virga, "sqs", account).create_queue(QueueName="audited")
    (record,) = records(client(virga, "cloudtrail", account), EventName="CreateQueue")
    assert record["requestParameters"] == {"queueName": "audited"}
    assert record["userAgent"].startswith("Boto3/")
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert record["userIdentity"]["accessKeyId"] == account


def test_refused_and_missing_operations_are_found(virga, account):
    with pytest.raises(ClientError):
        client(virga, "sqs", account).create_queue(QueueName="no good name")
    with pytest.raises(ClientError):
        client(virga, "cloudtrail", account).list_channels()
    trail = client(virga, "cloudtrail", account)
    assert records(trail, EventName="CreateQueue")[0]["errorCode"] == "InvalidParameterValue"
    assert records(trail, EventName="ListChannels")[0]["errorCode"] == "NotImplemented"


def test_pages_hold_every_event_once(virga, account):
    sqs = client(virga, "sqs", account)
    for number in range(120):
        sqs.create_queue(QueueName=f"q{number}")
    found = [
        record["requestParameters"]["queueName"]
        for record in records(client(virga, "cloudtrail", account), EventName="CreateQueue")
    ]
    assert sorted(found) == sorted(f"q{number}" for number in range(120))


def test_errors_have_their_class_and_message(virga, account):
    trail = client(virga, "cloudtrail", account)
    with pytest.raises(trail.exceptions.TrailNotFoundException) as raised:
        trail.get_trail(Name="nope")
    assert raised.value.response["Error"]["Message"] == f"Unknown trail: nope for the user: {account}"


@needs_client_of_today
def test_an_event_data_store_answers_queries(virga, account):
    trail = client(virga, "cloudtrail", account)
    selectors = [
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::SQS::Queue"]},
            ]
        }
    ]
    store = trail.create_event_data_store(Name="messages", AdvancedEventSelectors=selectors)["EventDataStoreArn"]
    sqs = client(virga, "sqs", account)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="secret words")
    statement = f"SELECT eventName, element_at(requestParameters, 'messageBody') AS body FROM {store.rsplit('/')[-1]}"
    query = trail.start_query(QueryStatement=statement)["QueryId"]
    deadline = time.monotonic() + 20
    while (answer := trail.get_query_results(QueryId=query))["QueryStatus"] in ("QUEUED", "RUNNING"):
        assert time.monotonic() < deadline
    assert answer["QueryResultRows"] == [[{"eventName": "SendMessage"}, {"body": "HIDDEN_DUE_TO_SECURITY_REASONS"}]]
