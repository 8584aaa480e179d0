#!/usr/bin/env python3
"""Looks for what functions leave behind: a long run of invocations, with crashes, errors and time-outs mixed in.

    leak_test.py [--invocations 100000]

Counts what the server and the machine hold (descriptors, processes, memory, files, cgroups, mounts) when a first share
of the invocations is over and all environments have ended, and again at the end. Nothing but memory may have grown,
and that by little.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(FOLDER / "sdk"))
sys.path.insert(0, str(FOLDER / "functions"))
from test_invoke import Cloud  # noqa: E402
from test_runtimes import archive  # noqa: E402
from virga import Virga  # noqa: E402

CLIENTS = 8
GROWTH_MB_MAX = 24
HANDLER = """
import os, time
kept = []
def handler(event, context):
    if event == "exit":
        os._exit(3)
    if event == "sleep":
        time.sleep(60)
    if event == "fail":
        raise ValueError("no")
    if event == "child":
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
    if event == "file":
        open(f"/tmp/{context.aws_request_id}", "w").write("x" * 1000)
    return event
"""


def wanted(number):
    """What the invocation of this number does: some in a thousand go wrong, each in its way."""
    return {1: "exit", 2: "fail", 3: "child", 4: "file"}.get(number % 500, "sleep" if number % 2500 == 5 else number)


def descendants(process):
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                pass
    mine, grown = {process}, True
    while grown:
        grown = {child for child, parent in parents.items() if parent in mine} - mine
        mine |= grown
    return mine


def status_mb(process, name):
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0


def open_besides_data(process):
    """Descriptors, but for the store's files: those come and go with what functions log."""
    count = 0
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            count += Path(os.readlink(descriptor)).suffix not in (".sst", ".log")
        except OSError:
            pass
    return count


def state_of(server):
    """What is there because of the server, when no function runs."""
    helper = next(each for each in descendants(server) - {server})
    temporary = Path(tempfile.gettempdir())
    files = [path for mark in ("functions", "sandboxes") for path in (temporary / f"virga-{server}-{mark}").rglob("*")]
    groups = [path for path in Path("/sys/fs/cgroup").rglob(f"virga-{server}/*") if path.is_dir()]
    return {
        "descriptors of the server": open_besides_data(server),
        "descriptors of the spawner": len(os.listdir(f"/proc/{helper}/fd")),
        "processes": len(descendants(server)),
        "threads": int(status_mb(server, "Threads") * 1024),
        "temporary files": len(files),
        "cgroups": len(groups),
        "mounts": len(Path(f"/proc/{server}/mountinfo").read_text().splitlines()),
        "memory of the server, MB": round(status_mb(server, "VmRSS")),
        "memory of the spawner, MB": round(status_mb(helper, "VmRSS")),
    }


class Load:
    """Clients that invoke, one after another each, until a number is reached."""

    def __init__(self, virga, names):
        self.virga, self.names = virga, names
        self.lock = threading.Lock()
        self.next = 0
        self.outcomes = {}

    def run(self, until):
        clients = [threading.Thread(target=self.client, args=(until,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def client(self, until):
        connection = http.client.HTTPConnection("127.0.0.1", self.virga.port, timeout=120)
        scope = "Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Date": "20260101T000000Z"}
        while True:
            with self.lock:
                number, self.next = self.next, self.next + 1
                if number >= until:
                    self.next = until
                    return
            event = wanted(number)
            path = f"/2015-03-31/functions/{self.names[number % len(self.names)]}/invocations"
            connection.request("POST", path, json.dumps(event), headers)
            answer = connection.getresponse()
            payload = answer.read()
            self.judge(event, answer, payload)

    def judge(self, event, answer, payload):
        error = answer.headers.get("X-Amz-Function-Error")
        kind = "answered"
        if event in ("exit", "fail", "sleep"):
            kind = json.loads(payload)["errorType"]
            expected = {"exit": "Runtime.ExitError", "fail": "ValueError", "sleep": "Sandbox.Timedout"}[event]
            assert error == "Unhandled" and kind == expected, payload
        else:
            assert answer.status == 200 and error is None and json.loads(payload) == event, payload
        with self.lock:
            self.outcomes[kind] = self.outcomes.get(kind, 0) + 1


def settled(server, seconds=60):
    """The state once all environments have ended, and the counts stand still."""
    last, ends = None, time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(1)
        now = {name: count for name, count in state_of(server).items() if not name.startswith("memory")}
        if now == last:
            break
        last = now
    return state_of(server)


def end_environments(cloud, names):
    for name in names:
        cloud.client("lambda").update_function_configuration(FunctionName=name, Description=str(time.monotonic()))
        cloud.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--invocations", type=int, default=100_000)
    options = arguments.parse_args()
    with Virga("--lambda-runtimes", "nearest", "--lambda-spares", "0") as virga:
        cloud = Cloud(virga)
        code = {"ZipFile": archive({"index.py": HANDLER})}
        names = [cloud.function("", Code=code, Timeout=2, MemorySize=128) for _ in range(3)]
        load = Load(virga, names)
        server = virga.process.pid
        load.run(options.invocations // 10)
        end_environments(cloud, names)
        before = settled(server)
        began = time.monotonic()
        load.run(options.invocations)
        took = time.monotonic() - began
        end_environments(cloud, names)
        after = settled(server)
    print(f"{options.invocations} invocations, {options.invocations * 0.9 / took:.0f}/s: {load.outcomes}")
    failed = 0
    for name in before:
        allowed = GROWTH_MB_MAX if name.startswith("memory") else 0
        is_bad = after[name] - before[name] > allowed
        failed += is_bad
        print(f"  {name:<28} {before[name]:>8} {after[name]:>8}{'  LEAK' if is_bad else ''}")
    print(f"{len(before) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
