"""Kills the program with kill -9 again and again while it is under load, and checks what it had promised:

- a message whose send was answered is there, unless its delete was asked for;
- a message whose delete was answered never comes back;
- on a FIFO queue, sends repeated with the same deduplication id after a kill leave one message each, in order;
- objects of S3 are as objects.py says;
- a role's policy is the last one whose change was answered or the one after, never a mix, and that one decides.

    kill_test.py --kills 100 [--seed 7]
"""

import argparse
import http.client
import json
import random
import re
import socket
import sys
import threading
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import objects  # noqa: E402
from virga import Virga  # noqa: E402

SENDERS, RECEIVERS, GROUPS = 3, 2, 2
LOAD_SECONDS = (0.05, 0.6)


def headers_for(service, content_type):
    return {
        "Content-Type": content_type,
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" + 64 * "0",
    }


HEADERS = headers_for("sqs", "application/x-amz-json-1.0")
QUERY_HEADERS = headers_for("iam", "application/x-www-form-urlencoded")


class Gone(Exception):
    """The server went away before it answered: what was asked may have happened or not."""


class Client:
    """A connection to one life of the server."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, operation, body, headers):
        try:
            self.connection.request("POST", "/", body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (http.client.HTTPException, OSError, socket.timeout) as error:
            raise Gone from error
        if answer.status != 200:
            raise AssertionError(f"{operation}: {answer.status} {text}")
        return text

    def call(self, operation, **members):
        """An operation of SQS."""
        headers = {**HEADERS, "X-Amz-Target": f"AmazonSQS.{operation}"}
        return json.loads(self.post(operation, json.dumps(members), headers) or "{}")

    def iam(self, operation, **parameters):
        """An operation of IAM; its answer's XML."""
        form = {"Action": operation, "Version": "2010-05-08", **parameters}
        return self.post(operation, urllib.parse.urlencode(form), QUERY_HEADERS)


class Ledger:
    """What the server has answered so far. Each set is added to by its own threads; adding is atomic."""

    def __init__(self):
        self.sent = set()
        self.deletes_asked = set()
        self.deleted = set()
        self.next_number = [0] * SENDERS
        self.fifo_answered = [0] * GROUPS
        self.policy_answered = 0
        self.problems = []


def send(client, ledger, worker):
    while True:
        body = f"{worker}-{ledger.next_number[worker]}"
        ledger.next_number[worker] += 1
        client.call("SendMessage", QueueUrl="http://localhost/000000000000/load", MessageBody=body)
        ledger.sent.add(body)


def receive_and_delete(client, ledger):
    while True:
        answer = client.call(
            "ReceiveMessage", QueueUrl="http://localhost/000000000000/load", MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        messages = answer.get("Messages", [])
        for message in messages:
            if message["Body"] in ledger.deleted:
                ledger.problems.append(f"{message['Body']} came back after its delete was answered")
        # Half of them stay, so that there is always something to lose.
        chosen = [message for message in messages if hash(message["Body"]) % 2]
        if not chosen:
            continue
        bodies = [message["Body"] for message in chosen]
        ledger.deletes_asked.update(bodies)
        entries = [{"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(chosen)]
        done = client.call("DeleteMessageBatch", QueueUrl="http://localhost/000000000000/load", Entries=entries)
        ledger.deleted.update(bodies[int(entry["Id"])] for entry in done.get("Successful", []))


def send_in_order(client, ledger, group):
    while True:
        number = str(ledger.fifo_answered[group])
        client.call(
            "SendMessage",
            QueueUrl="http://localhost/000000000000/load.fifo",
            MessageBody=number,
            MessageGroupId=f"g{group}",
            MessageDeduplicationId=f"{group}-{number}",
        )
        ledger.fifo_answered[group] += 1


def policy_number(number):
    """Two statements that belong together."""
    statements = [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:*:*:{part}-{number}"}
        for part in ("left", "right")
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def change_policy(client, ledger):
    while True:
        document = policy_number(ledger.policy_answered + 1)
        client.iam("PutRolePolicy", RoleName="guarded", PolicyName="p", PolicyDocument=document)
        ledger.policy_answered += 1


def check_policy(client, ledger):
    """After a kill: which policy there is, and that it decides. The next life goes on from there."""
    answer = client.iam("GetRolePolicy", RoleName="guarded", PolicyName="p")
    found = urllib.parse.unquote(re.search("<PolicyDocument>(.*?)</PolicyDocument>", answer)[1])
    numbers = {int(number) for number in re.findall(r"(?:left|right)-(\d+)", found)}
    if len(numbers) != 1 or not numbers <= {ledger.policy_answered, ledger.policy_answered + 1}:
        ledger.problems.append(f"policy {ledger.policy_answered} was answered, but there is {found}")
        return
    ledger.policy_answered = number = numbers.pop()
    for part in ("left", "right"):
        for wanted, queue in (("allowed", f"{part}-{number}"), ("implicitDeny", f"{part}-{number + 1}")):
            simulated = client.iam(
                "SimulatePrincipalPolicy",
                **{
                    "PolicySourceArn": "arn:aws:iam::000000000000:role/guarded",
                    "ActionNames.member.1": "sqs:SendMessage",
                    "ResourceArns.member.1": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
                },
            )
            if f"<EvalDecision>{wanted}</EvalDecision>" not in simulated:
                ledger.problems.append(f"policy {number} does not decide {wanted} on {queue}")


def until_gone(work, *arguments):
    def run():
        try:
            work(*arguments)
        except (Gone, objects.Gone):
            pass
        except Exception as error:  # a thread's death must not go unseen
            arguments[1].problems.append(f"{work.__name__}: {error!r}")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def one_life(virga, ledger, stored, seconds):
    """Load for so many seconds, and then kill -9."""
    threads = [until_gone(send, Client(virga.port), ledger, worker) for worker in range(SENDERS)]
    threads += [until_gone(receive_and_delete, Client(virga.port), ledger) for _ in range(RECEIVERS)]
    threads += [until_gone(send_in_order, Client(virga.port), ledger, group) for group in range(GROUPS)]
    threads.append(until_gone(change_policy, Client(virga.port), ledger))
    threads += [
        until_gone(objects.write, objects.Objects(virga.port), stored, writer) for writer in range(objects.WRITERS)
    ]
    threads.append(until_gone(objects.upload_in_parts, objects.Objects(virga.port), stored))
    versioned = objects.Objects(virga.port, objects.VERSIONED_BUCKET)
    threads.append(until_gone(objects.write_versions, versioned, stored))
    threading.Event().wait(seconds)
    virga.kill()
    for thread in threads:
        thread.join()


def drain(client, queue):
    """The bodies of all messages, by group, in the order they come."""
    found = {}
    while True:
        messages = client.call(
            "ReceiveMessage",
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=43200,
            AttributeNames=["MessageGroupId"],
        ).get("Messages", [])
        if not messages:
            return found
        for message in messages:
            found.setdefault(message.get("Attributes", {}).get("MessageGroupId"), []).append(message["Body"])
        entries = [{"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(messages)]
        client.call("DeleteMessageBatch", QueueUrl=queue, Entries=entries)


def check(virga, ledger):
    """What is wrong with what is left, as sentences."""
    virga.advance(60)  # everything that was received and not deleted shows again
    client = Client(virga.port)
    found = [body for bodies in drain(client, "http://localhost/000000000000/load").values() for body in bodies]
    yield from ledger.problems
    for body in sorted(ledger.sent - ledger.deletes_asked - set(found)):
        yield f"{body} is lost: its send was answered, its delete never asked for"
    for body in sorted(ledger.deleted & set(found)):
        yield f"{body} came back after its delete was answered"
    if len(found) != len(set(found)):
        yield f"{len(found) - len(set(found))} messages are there twice"
    groups = drain(client, "http://localhost/000000000000/load.fifo")
    for group, answered in enumerate(ledger.fifo_answered):
        numbers = [int(body) for body in groups.get(f"g{group}", [])]
        # The last send may have been stored without an answer.
        if numbers not in (list(range(answered)), list(range(answered + 1))):
            yield f"group {group} is not 0 to {answered - 1}, each once and in order: {numbers[:20]}… ({len(numbers)})"


def main():
    parser = argparse.ArgumentParser(description="Kills the program under load and checks its promises.")
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    print(f"seed {arguments.seed}")
    ledger, stored = Ledger(), objects.ObjectLedger()
    with Virga() as virga:
        client = Client(virga.port)
        objects.make_buckets(virga.port)
        client.call("CreateQueue", QueueName="load", Attributes={"VisibilityTimeout": "30"})
        client.call("CreateQueue", QueueName="load.fifo", Attributes={"FifoQueue": "true"})
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": trust})
        client.iam("CreateRole", RoleName="guarded", AssumeRolePolicyDocument=document)
        client.iam("PutRolePolicy", RoleName="guarded", PolicyName="p", PolicyDocument=policy_number(0))
        for _ in range(arguments.kills):
            one_life(virga, ledger, stored, dice.uniform(*LOAD_SECONDS))
            virga.start()
            check_policy(Client(virga.port), ledger)
        problems = list(check(virga, ledger)) + list(objects.check_objects(virga, stored))
    ordered = sum(ledger.fifo_answered)
    print(f"{len(ledger.sent)} sends, {len(ledger.deleted)} deletes and {ordered} ordered sends answered")
    uploads, versions = len(stored.uploads_completed), len(stored.versions)
    print(f"{len(stored.put)} objects, {len(stored.deleted)} deletes, {uploads} uploads, {versions} versions answered")
    print(f"{ledger.policy_answered} policies of a role, one after the other")
    for problem in problems[:20]:
        print(problem)
    failed = min(len(problems), arguments.kills)
    print(f"{arguments.kills - failed} passed, {failed} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
