"""SQS as boto3 sees it, today's and the one of 2022 that spoke query. botocore checks the MD5 sums of bodies itself."""

import json
import threading
import time

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

SPEAKS_QUERY = tuple(map(int, botocore.__version__.split("."))) < (1, 31, 81)
ALL = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"]}


def receive(sqs, queue, **more):
    return sqs.receive_message(QueueUrl=queue, **{**ALL, **more}).get("Messages", [])


def receive_bodies(sqs, queue, **more):
    return [message["Body"] for message in receive(sqs, queue, **more)]


def test_a_message_goes_through(sqs, queue):
    sent = sqs.send_message(QueueUrl=queue, MessageBody="hello ☂")
    (message,) = receive(sqs, queue)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "hello ☂"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert receive(sqs, queue) == []
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_the_sdk_accepts_the_sums_of_attributes(sqs, queue):
    attributes = {
        "text": {"DataType": "String", "StringValue": "ä"},
        "number": {"DataType": "Number.int", "StringValue": "42"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes=attributes)
    (message,) = receive(sqs, queue)
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


def test_a_batch_succeeds_in_part(sqs, queue):
    answer = sqs.send_message_batch(
        QueueUrl=queue,
        Entries=[
            {"Id": "good", "MessageBody": "x"},
            {"Id": "bad", "MessageBody": "y", "DelaySeconds": 901},
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameterValue", True)


def test_batches_of_deletes_and_visibilities(sqs, queue):
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(10)])
    messages = receive(sqs, queue, MaxNumberOfMessages=10)
    assert len(messages) == 10
    entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
    shown = sqs.change_message_visibility_batch(
        QueueUrl=queue, Entries=[{**e, "VisibilityTimeout": 0} for e in entries[:3]]
    )
    assert len(shown["Successful"]) == 3
    assert len(sqs.delete_message_batch(QueueUrl=queue, Entries=entries[3:])["Successful"]) == 7
    assert len(receive(sqs, queue, MaxNumberOfMessages=10)) == 3


def test_a_hidden_message_comes_back(sqs, virga, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert receive_bodies(sqs, queue, VisibilityTimeout=600) == ["x"]
    assert receive_bodies(sqs, queue) == []
    virga.advance(600)
    assert receive_bodies(sqs, queue) == ["x"]


def test_a_delayed_message_waits_its_time(sqs, virga, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x", DelaySeconds=900)
    assert receive_bodies(sqs, queue) == []
    virga.advance(900)
    assert receive_bodies(sqs, queue) == ["x"]


def test_a_long_poll_is_woken(sqs, queue):
    got = []
    waiter = threading.Thread(target=lambda: got.extend(receive_bodies(sqs, queue, WaitTimeSeconds=20)))
    began = time.monotonic()
    waiter.start()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    waiter.join()
    assert got == ["x"]
    assert time.monotonic() - began < 15


def test_an_empty_long_poll_ends(sqs, queue):
    began = time.monotonic()
    assert receive(sqs, queue, WaitTimeSeconds=1) == []
    assert 0.9 < time.monotonic() - began < 10


def test_fifo_keeps_order_and_drops_duplicates(sqs, fifo_queue):
    def send(body, deduplication):
        return sqs.send_message(
            QueueUrl=fifo_queue, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=deduplication
        )

    first = send("1", "a")
    assert send("again", "a")["MessageId"] == first["MessageId"]
    send("2", "b")
    send("3", "c")
    messages = receive(sqs, fifo_queue, MaxNumberOfMessages=10)
    assert [message["Body"] for message in messages] == ["1", "2", "3"]
    numbers = [message["Attributes"]["SequenceNumber"] for message in messages]
    assert numbers == sorted(numbers) and first["SequenceNumber"] == numbers[0]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}


def test_a_group_waits_for_its_first_message(sqs, fifo_queue):
    for index in range(2):
        sqs.send_message(
            QueueUrl=fifo_queue, MessageBody=str(index), MessageGroupId="g", MessageDeduplicationId=str(index)
        )
    (message,) = receive(sqs, fifo_queue, MaxNumberOfMessages=1)
    assert receive(sqs, fifo_queue) == []
    sqs.delete_message(QueueUrl=fifo_queue, ReceiptHandle=message["ReceiptHandle"])
    assert receive_bodies(sqs, fifo_queue) == ["1"]


def test_poison_goes_to_the_dead_letter_queue(sqs, virga, queue):
    dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == "arn:aws:sqs:us-east-1:000000000000:dead-letters"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "30"})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        assert receive_bodies(sqs, queue) == ["poison"]
        virga.advance(30)
    assert receive_bodies(sqs, queue) == []
    assert receive_bodies(sqs, dead) == ["poison"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    sqs.delete_queue(QueueUrl=dead)


def test_attributes_and_tags(sqs, queue):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "77"})
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "77"
    assert attributes["ApproximateNumberOfMessages"] == "0"
    sqs.tag_queue(QueueUrl=queue, Tags={"team": "rain", "cost": "0"})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["cost"])
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"team": "rain"}


def test_queues_are_listed_by_prefix(sqs):
    names = [f"listed-{index}" for index in range(3)]
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]
    assert sorted(sqs.list_queues(QueueNamePrefix="listed-")["QueueUrls"]) == sorted(urls)
    assert sqs.get_queue_url(QueueName="listed-1")["QueueUrl"] == urls[1]
    for url in urls:
        sqs.delete_queue(QueueUrl=url)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="listed-")


def test_errors_become_exceptions_of_their_class(sqs, queue):
    missing = queue.rsplit("/", 1)[0] + "/nope"
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as raised:
        sqs.send_message(QueueUrl=missing, MessageBody="x")
    error = raised.value.response["Error"]
    assert error["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert raised.value.response["ResponseMetadata"]["RequestId"]
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="nonsense")
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        sqs.send_message_batch(QueueUrl=queue, Entries=[])
    with pytest.raises(sqs.exceptions.BatchEntryIdsNotDistinct):
        sqs.send_message_batch(
            QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}]
        )
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=11)


def test_the_resource_api_works(virga):
    resource = boto3.resource(
        "sqs",
        endpoint_url=virga.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    queue = resource.create_queue(QueueName="resource")
    queue.send_message(MessageBody="x")
    (message,) = queue.receive_messages()
    message.delete()
    queue.delete()


def test_a_megabyte_fits(sqs, queue):
    body = "x" * (1024 * 1024)
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert receive_bodies(sqs, queue) == [body]
    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=queue, MessageBody=body + "x")


def test_the_expected_protocol_is_spoken(sqs, queue):
    seen = []
    sqs.meta.events.register("before-send.sqs.SendMessage", lambda request, **_: seen.append(request.headers))
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    spoken = seen[0]["Content-Type"]
    spoken = spoken.decode() if isinstance(spoken, bytes) else spoken
    assert spoken.startswith("application/x-www-form-urlencoded" if SPEAKS_QUERY else "application/x-amz-json-1.0")
