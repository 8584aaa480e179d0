"""The command line and the control paths, against a real cloud."""

import http.client
import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from virga import BINARY, Virga  # noqa: E402


@pytest.fixture(scope="module")
def virga():
    with Virga() as cloud:
        yield cloud


def client(endpoint, service="sqs", **options):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1", **options}
    return boto3.client(service, endpoint_url=endpoint, **keys)


def names(endpoint):
    return sorted(url.rsplit("/", 1)[1] for url in client(endpoint).list_queues().get("QueueUrls", []))


def test_status_tells_what_runs(virga):
    status = virga.run("--json", "status")
    assert status.returncode == 0, status.stderr
    told = json.loads(status.stdout)
    assert told["status"] == "running"
    assert "sqs" in told["services"]


def test_known_health_paths_answer(virga):
    health = virga.control("GET", "/_localstack/health")
    assert health["services"]["sqs"] == "available"
    assert "version" in virga.control("GET", "/_localstack/info")


def test_without_a_cloud_commands_say_so():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [BINARY, "--endpoint", f"http://127.0.0.1:{port}", "status"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3
    assert str(port) in done.stderr


def test_every_command_has_help():
    commands = [
        "start",
        "stop",
        "status",
        "logs",
        "env",
        "exec",
        "reset",
        "snapshot",
        "fork",
        "clock",
        "policy",
        "ca",
        "version",
        "coverage",
    ]
    for command in commands:
        done = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "Usage" in done.stdout, command


def test_env_points_a_shell_here(virga):
    script = f'eval "$({BINARY} --endpoint {virga.endpoint} env)"; echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{virga.endpoint} test\n"


def test_exec_points_a_command_here(virga):
    done = virga.run("exec", "--", "sh", "-c", "echo $AWS_ENDPOINT_URL; exit 7")
    assert (done.stdout, done.returncode) == (virga.endpoint + "\n", 7)


def test_the_clock_stands_still_and_moves():
    with Virga(ephemeral=True) as virga:
        assert virga.run("clock", "freeze").returncode == 0
        before = virga.control("GET", "/_virga/clock")
        assert before["state"] == "frozen"
        assert virga.run("clock", "advance", "1h30m").returncode == 0
        after = virga.control("GET", "/_virga/clock")
        assert after["now_ms"] - before["now_ms"] == 5_400_000
        assert virga.run("clock", "resume").returncode == 0
        assert virga.control("GET", "/_virga/clock")["state"] == "running"
        assert virga.run("clock", "advance", "nonsense").returncode == 2


def test_the_clock_survives_a_restart():
    with Virga() as virga:
        virga.advance(86_400)
        moved = virga.control("GET", "/_virga/clock")["now_ms"]
        virga.stop()
        virga.start()
        assert virga.control("GET", "/_virga/clock")["now_ms"] >= moved


def test_snapshots_bring_a_state_back():
    with Virga() as virga:
        client(virga.endpoint).create_queue(QueueName="kept")
        assert virga.run("snapshot", "save", "one").returncode == 0
        client(virga.endpoint).create_queue(QueueName="lost")
        assert virga.run("snapshot", "save", "one").returncode == 1  # the name is taken
        assert virga.run("snapshot", "load", "one").returncode == 0
        assert names(virga.endpoint) == ["kept"]
        assert "one" in virga.run("snapshot", "list").stdout
        virga.kill()
        virga.start()
        assert names(virga.endpoint) == ["kept"]
        assert virga.run("snapshot", "rm", "one").returncode == 0
        assert virga.run("snapshot", "load", "one").returncode == 1


def test_reset_forgets_everything():
    with Virga() as virga:
        client(virga.endpoint).create_queue(QueueName="gone")
        assert virga.run("reset").returncode == 0
        assert names(virga.endpoint) == []


def test_a_fork_goes_its_own_way(tmp_path):
    with Virga() as virga:
        client(virga.endpoint).create_queue(QueueName="shared")
        port_file = tmp_path / "port"
        command = [BINARY, "--endpoint", virga.endpoint, "fork", "--data", tmp_path / "fork", "--port-file", port_file]
        fork = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert "Ready.\n" in iter(fork.stdout.readline, "")
            endpoint = f"http://127.0.0.1:{int(port_file.read_text())}"
            client(endpoint).create_queue(QueueName="forked")
            assert names(endpoint) == ["forked", "shared"]
            assert names(virga.endpoint) == ["shared"]
        finally:
            fork.terminate()
            fork.wait(timeout=30)
            fork.stdout.close()


def test_two_clouds_share_neither_folder_nor_port(virga, tmp_path):
    def start(*options):
        return subprocess.run([BINARY, "start", *options], capture_output=True, text=True, timeout=60)

    same_folder = start("--port", "0", "--data", virga.data)
    assert same_folder.returncode == 1 and str(virga.data) in same_folder.stderr
    same_port = start("--port", str(virga.port), "--data", tmp_path / "data")
    assert same_port.returncode == 1 and str(virga.port) in same_port.stderr


def test_it_ends_in_order_when_told():
    virga = Virga()
    virga.start()
    virga.stop()
    assert virga.status == 0
    virga.start()
    assert virga.run("stop").returncode == 0
    assert virga.process.wait(timeout=30) == 0
    virga.process = None


def test_start_in_the_background(tmp_path):
    data, port_file = tmp_path / "data", tmp_path / "port"
    command = [BINARY, "start", "--detach", "--port", "0", "--data", data, "--port-file", port_file, "--log", "debug"]
    started = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert started.returncode == 0 and started.stdout.endswith("Ready.\n")
    endpoint = f"http://127.0.0.1:{int(port_file.read_text())}"
    logs = subprocess.run([BINARY, "logs", "--data", data], capture_output=True, text=True, timeout=60)
    assert logs.returncode == 0
    assert subprocess.run([BINARY, "--endpoint", endpoint, "stop"], timeout=60).returncode == 0


def test_strict_takes_only_keys_it_issued():
    with Virga("--strict") as virga:
        with pytest.raises(Exception, match="InvalidClientTokenId"):
            client(virga.endpoint, "sts").get_caller_identity()
        keys = dict(line.strip().split("=", 1) for line in virga.said if "=" in line)
        root = {"aws_access_key_id": keys["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"]}
        assert client(virga.endpoint, "sts", **root).get_caller_identity()["Account"] == "000000000000"
        virga.stop()
        virga.start()
        assert not any("SECRET" in line for line in virga.said)  # shown only once
        assert client(virga.endpoint, "sts", **root).get_caller_identity()["Account"] == "000000000000"


def test_init_hooks_run_when_ready(tmp_path):
    scripts = tmp_path / "ready.d"
    scripts.mkdir()
    done = tmp_path / "done"
    (scripts / "one.sh").write_text(f'#!/bin/sh\necho "$AWS_ENDPOINT_URL" > {done}.new && mv {done}.new {done}\n')
    os.chmod(scripts / "one.sh", 0o755)
    with Virga("--init", str(tmp_path), ephemeral=True) as virga:
        for _ in range(200):
            state = virga.control("GET", "/_localstack/init")
            if state.get("completed", {}).get("READY"):
                break
        assert done.read_text().strip() == virga.endpoint


def test_messages_can_be_peeked_at_without_receiving(virga):
    sqs = client(virga.endpoint)
    url = sqs.create_queue(QueueName="peeked")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="look")
    with urllib.request.urlopen(f"{virga.endpoint}/_aws/sqs/messages?QueueUrl={url}") as answer:
        assert b"look" in answer.read()
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_page_of_another_site_controls_nothing(virga):
    connection = http.client.HTTPConnection("127.0.0.1", virga.port, timeout=30)
    connection.request("POST", "/_virga/reset", headers={"Origin": "http://evil.example"})
    assert connection.getresponse().status == 403


def test_a_policy_is_written_from_what_a_principal_did(virga):
    sqs = client(virga.endpoint, aws_access_key_id="222233334444")
    url = sqs.create_queue(QueueName="used")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a data event")
    sqs.list_queues()
    root = "arn:aws:iam::222233334444:root"
    written = virga.run("policy", "generate", "--from-trail", "--principal", root, "--since", "1h")
    assert written.returncode == 0, written.stderr
    assert json.loads(written.stdout) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["sqs:CreateQueue", "sqs:SendMessage"],
                "Resource": "arn:aws:sqs:us-east-1:222233334444:used",
            },
        ],
    }
    nobody = virga.run("policy", "generate", "--from-trail", "--principal", "arn:aws:iam::222233334444:user/nobody")
    assert nobody.returncode != 0
    assert "has done nothing" in nobody.stderr
