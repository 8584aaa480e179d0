"""What the server promises around the APIs: durability, TLS."""

import os

import boto3

from conftest import make_client
from virga import Virga


def test_queues_survive_a_restart_and_a_kill():
    with Virga() as virga:
        sqs = make_client("sqs", virga.endpoint)
        name = "durable"
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"], MessageBody="before the restart")
        virga.stop()
        virga.start()
        sqs = make_client("sqs", virga.endpoint)
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="before the kill")
        virga.kill()
        virga.start()
        sqs = make_client("sqs", virga.endpoint)
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert sorted(message["Body"] for message in messages) == ["before the kill", "before the restart"]


def test_tls_on_the_same_port(tmp_path):
    with Virga() as virga:
        authority = tmp_path / "ca.pem"
        printed = virga.run("ca")
        assert printed.returncode == 0, printed.stderr
        authority.write_text(printed.stdout)
        endpoint = f"https://localhost:{virga.port}"
        sqs = boto3.client(
            "sqs",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            verify=os.fspath(authority),
        )
        url = sqs.create_queue(QueueName="secure")["QueueUrl"]
        assert url.startswith(endpoint)
        sqs.send_message(QueueUrl=url, MessageBody="x")
