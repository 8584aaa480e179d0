"""CloudWatch Logs as boto3 sees it: events in pages, exports, and a tail of what comes."""

import gzip
import time
import uuid

import pytest
from botocore.config import Config
from conftest import make_client, needs_client_of_today

import boto3


@pytest.fixture(scope="session")
def logs(virga):
    return make_client("logs", virga.endpoint)


@pytest.fixture
def group(logs):
    """The ARN of a group with a stream "s"."""
    name = f"/test/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    return found["arn"].removesuffix(":*")


def put(logs, group, *messages):
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group.rpartition(":")[2], logStreamName="s", logEvents=events)


def test_events_come_in_pages(logs, group):
    name = group.rpartition(":")[2]
    put(logs, group, *(f"line {number}" for number in range(25)))
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name, PaginationConfig={"PageSize": 10})
    assert [event["message"] for page in pages for event in page["events"]] == [f"line {i}" for i in range(25)]


def test_an_export_is_lines_in_gzip(virga, logs, group):
    s3 = make_client("s3", virga.endpoint)
    bucket = f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=f"""{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
            "Principal": {{"Service": "logs.us-east-1.amazonaws.com"}}, "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::{bucket}", "arn:aws:s3:::{bucket}/*"]}}]}}""",
    )
    put(logs, group, "one", "two")
    name = group.rpartition(":")[2]
    task = logs.create_export_task(logGroupName=name, fromTime=0, to=int(time.time() * 1000), destination=bucket)
    while logs.describe_export_tasks(taskId=task["taskId"])["exportTasks"][0]["status"]["code"] != "COMPLETED":
        time.sleep(0.1)
    body = s3.get_object(Bucket=bucket, Key=f"exportedlogs/{task['taskId']}/s/000000.gz")["Body"].read()
    lines = gzip.decompress(body).decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["one", "two"]


@needs_client_of_today
def test_a_tail_shows_what_comes(virga, logs, group):
    # Without the prefix that the client puts before the host.
    tailing = boto3.client(
        "logs",
        endpoint_url=virga.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, read_timeout=40),
    )
    put(logs, group, "ERROR before")
    answer = tailing.start_live_tail(logGroupIdentifiers=[group], logEventFilterPattern="ERROR")
    stream = iter(answer["responseStream"])
    start = next(stream)["sessionStart"]
    assert start["logGroupIdentifiers"] == [group] and start["logEventFilterPattern"] == "ERROR"
    put(logs, group, "INFO", "ERROR now")
    for event in stream:
        update = event["sessionUpdate"]
        assert update["sessionMetadata"] == {"sampled": False}
        if update["sessionResults"]:
            break
    (result,) = update["sessionResults"]
    assert result["message"] == "ERROR now"
    assert result["logStreamName"] == "s" and result["logGroupIdentifier"] == group
    answer["responseStream"].close()
    put(logs, group, "ERROR after")
