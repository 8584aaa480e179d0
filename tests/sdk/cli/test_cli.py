"""SQS and STS with the AWS CLI."""

import json


def test_a_message_goes_through(aws):
    url = aws("sqs", "create-queue", "--queue-name", "cli")["QueueUrl"]
    sent = aws("sqs", "send-message", "--queue-url", url, "--message-body", "hello")
    received = aws("sqs", "receive-message", "--queue-url", url)["Messages"]
    assert [(m["MessageId"], m["Body"]) for m in received] == [(sent["MessageId"], "hello")]
    assert aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", received[0]["ReceiptHandle"]) is None
    assert aws("sqs", "receive-message", "--queue-url", url) is None


def test_shorthand_and_json_arguments(aws):
    attributes = json.dumps(
        {"VisibilityTimeout": "5", "RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    )
    url = aws("sqs", "create-queue", "--queue-name", "cli-attributes", "--attributes", attributes, "--tags", "a=1,b=2")[
        "QueueUrl"
    ]
    got = aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert got["VisibilityTimeout"] == "5"
    assert aws("sqs", "list-queue-tags", "--queue-url", url)["Tags"] == {"a": "1", "b": "2"}
    entries = "Id=1,MessageBody=one Id=2,MessageBody=two,DelaySeconds=5".split()
    assert len(aws("sqs", "send-message-batch", "--queue-url", url, "--entries", *entries)["Successful"]) == 2


def test_lists_are_paged(aws):
    urls = {aws("sqs", "create-queue", "--queue-name", f"paged-{index}")["QueueUrl"] for index in range(3)}
    listed = aws("sqs", "list-queues", "--queue-name-prefix", "paged-", "--page-size", "1")["QueueUrls"]
    assert set(listed) == urls and len(listed) == 3


def test_errors_are_told(aws):
    said = aws("sqs", "get-queue-url", "--queue-name", "nope", fails=True)
    assert "(AWS.SimpleQueueService.NonExistentQueue)" in said
    assert "The specified queue does not exist" in said


def test_the_caller_is_root(aws):
    assert aws("sts", "get-caller-identity")["Arn"] == "arn:aws:iam::000000000000:root"
