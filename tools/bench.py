#!/usr/bin/env python3
"""The benchmarks: ./dev bench [NAME…] [--rounds N] [--seconds S] [--check].

Servers run on the first processor, the load (tests/bench/load.cc) on the second. Rounds are interleaved: each measures
everything once, so that what else the machine does meets all alike; the medians count. The yardstick is
`virga serve-nothing`, the same HTTP server answering every request with the same 200 bytes. Every request is signed
with a key the server issued, and verified.
"""

import argparse
import base64
import hashlib
import http.client
import io
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
DATA = ROOT / "build/bench-data"
CORES = sorted(os.sched_getaffinity(0))
CONNECTIONS = 64
PARKED = 10_000
LOG_EVENTS_PER_BATCH = 1_000
LONG_OBJECT = 64 * 2**20
UPLOAD_PIECE, UPLOAD_PIECES = 2**18, 32
NAMES = [
    *("throughput", "tables", "objects", "keys", "secrets", "logs", "depth", "parked", "start", "functions", "sources"),
]
LONG_NAMES = ["growth", "objects-growth"]  # only when asked for


def pinned(core, command):
    return ["taskset", "-c", str(CORES[core]), *map(str, command)] if len(CORES) > 1 else list(map(str, command))


def memory_mb(process):
    """Resident memory: all of it, and what is not backed by a file."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))


def unsigned(service):
    """Headers that a server without --strict takes for those of a development account."""
    scope = f"Credential=test/{time.strftime('%Y%m%d', time.gmtime())}/us-east-1/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "Content-Type": "application/json" if service == "lambda" else "application/x-www-form-urlencoded",
    }


class Server:
    """A server of the binary; keeps its data in build/bench-data/NAME, started afresh."""

    def __init__(self, name, *options, command="start", binary=BUILD / "virga", keep=False, strict=True, cores=0):
        self.name, self.credentials = name, {}
        folder = DATA / name
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        arguments = [binary, command, "--port", "0", "--threads", "1", *options]
        if command == "start":
            arguments += ["--data", folder, *(["--strict"] if strict else []), "--log", "warn"]
        command_line = arguments if cores is None else pinned(cores, arguments)
        self.process = subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            if name.startswith("AWS_"):
                self.credentials[name] = value
            if "http://" in line:
                self.port = int(line.rsplit(":", 1)[1])
            if line == "Ready.\n":
                return
        raise SystemExit(f"bench: {self.name} did not start")

    def load(self, mode, **options):
        """Runs the load and answers what it reports, and how much of the machine others took meanwhile."""
        command = [BUILD / "virga_bench", mode, "--port", self.port, "--server-process", self.process.pid]
        for name, value in {"connections": CONNECTIONS, **options}.items():
            command += ["--" + name.replace("_", "-"), value]
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "none",
            **self.credentials,
        }
        before, began = busy_seconds(), time.monotonic()
        done = subprocess.run(pinned(1, command), env=environment, capture_output=True, text=True)
        busy, wall = busy_seconds() - before, time.monotonic() - began
        if done.returncode != 0:
            raise SystemExit(f"bench: {self.name}, {mode}: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        own = (result["server_busy"] + result["load_busy"]) * result["seconds"]
        result["foreign"] = max(0.0, (busy - own) / wall / os.cpu_count())
        return result

    def ask(self, service, method, path, body, target=None, headers=None):
        """A request that is not really signed, for servers without --strict; what was answered."""
        sent = unsigned(service)
        if target:
            sent |= {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method, headers={**sent, **(headers or {})},
            data=body.encode() if body else None,
        )
        with urllib.request.urlopen(request, timeout=3_600) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def busy_seconds():
    numbers = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    user, nice, system, _, _, irq, softirq, steal = numbers[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Report:
    """The rows of the table: what was measured, and the target it is held against."""

    def __init__(self):
        self.rows = []

    def add(self, what, value, unit, target=None, at_most=False, note=""):
        met = None if target is None else (value <= target if at_most else value >= target)
        self.rows.append(
            {
                "what": what,
                "value": round(value, 3),
                "unit": unit,
                "target": target,
                "at_most": at_most,
                "met": met,
                "note": note,
            }
        )

    def print(self):
        print(f"\n| {'what':<58} | {'measured':>12} | {'target':>10} |      | note")
        print(f"|{'-' * 60}|{'-' * 14}|{'-' * 12}|------|-----")
        for row in self.rows:
            target = "" if row["target"] is None else f"{'<=' if row['at_most'] else '>='} {row['target']:g}"
            verdict = {True: "met", False: "MISS", None: ""}[row["met"]]
            measured = f"{row['value']:.4g} {row['unit']:<4}"
            print(f"| {row['what']:<58} | {measured:>12} | {target:>10} | {verdict:<4} | {row['note']}")


def median(samples, key):
    return statistics.median(sample[key] for sample in samples)


# --- requests a second ----------------------------------------------------------------------------------------------


def rounds_of(steps, rounds):
    """Runs every step once a round; answers the samples by name."""
    samples = {name: [] for name, _ in steps}
    for number in range(rounds):
        for name, step in steps:
            sample = step(number)
            samples[name].append(sample)
            print(
                f"  round {number + 1} {name:<16} {sample['per_second']:>9.0f}/s"
                f"  p50 {sample['p50_us']:>5} µs  p99 {sample['p99_us']:>6} µs  server {sample['server_us']:6.2f} µs"
                f"  busy {sample['server_busy']:.0%}, load {sample['load_busy']:.0%}, others {sample['foreign']:.0%}",
                flush=True,
            )
    return samples


def throughput(report, options):
    nothing, os_server, drained = Server("nothing", command="serve-nothing"), Server("os"), Server("drained")
    disk, users = Server("disk", "--durability", "disk"), Server("users")
    seconds = options.seconds

    def receive_delete(number):
        queue = f"drained-{number}"
        drained.load("fill", queue=queue, count=int(3_500 * seconds))
        return drained.load("receive-delete", queue=queue, seconds=seconds)

    steps = [
        ("nothing", lambda _: nothing.load("send", seconds=seconds)),
        ("identity", lambda _: os_server.load("caller-identity", seconds=seconds)),
        ("user-identity", lambda number: users.load("user-identity", user=f"identity-{number}", seconds=seconds)),
        ("user-send", lambda number: users.load("user-send", user=f"send-{number}", seconds=seconds)),
        ("send", lambda number: os_server.load("send", queue=f"sent-{number}", seconds=seconds)),
        ("send-query", lambda number: os_server.load("send-query", queue=f"queried-{number}", seconds=seconds)),
        ("receive-delete", receive_delete),
        ("send-disk", lambda number: disk.load("send", queue=f"sent-{number}", seconds=seconds)),
    ]
    samples = rounds_of(steps, options.rounds)
    for server in (nothing, os_server, drained, disk, users):
        server.stop()

    rate = {name: median(taken, "per_second") for name, taken in samples.items()}
    cost = {name: median(taken, "server_us") for name, taken in samples.items()}
    report.add(
        "serve-nothing: requests a second",
        rate["nothing"],
        "/s",
        note=f"{cost['nothing']:.1f} µs of processor a request",
    )

    def share(what, name, target, requests=1, of="nothing"):
        report.add(
            what,
            100 * rate[name] / requests / rate[of],
            "%",
            target,
            note=f"{rate[name] / requests:.0f}/s; {cost[name] * requests:.1f} µs of processor,"
            f" {100 * cost[of] / cost[name] / requests:.0f} % by that",
        )

    share("GetCallerIdentity, of nothing", "identity", 70)
    share("GetCallerIdentity by a user with five policies, of nothing", "user-identity", 60)
    share("SendMessage by a user with five policies, of nothing", "user-send", None)
    share("SendMessage (300 bytes, JSON, os), of nothing", "send", 45)
    share("SendMessage (query protocol, os), of nothing", "send-query", None)
    share("ReceiveMessage + DeleteMessage, pairs a second, of nothing", "receive-delete", 25, requests=2)
    share("SendMessage with disk durability, of os", "send-disk", 40, of="send")
    return samples


def tables(report, options):
    """DynamoDB's hot paths: items of 400 bytes, keys over many partitions."""
    nothing, server = Server("nothing", command="serve-nothing"), Server("tables")
    modes = ["put", "put-indexed", "get", "update", "put-batch", "query", "put-together"]
    steps = [("nothing", lambda _: nothing.load("send", seconds=options.seconds))] + [
        (mode, lambda number, mode=mode: server.load(mode, table=f"{mode}-{number}", seconds=options.seconds))
        for mode in modes
    ]
    samples = rounds_of(steps, options.rounds)
    rate = {name: median(taken, "per_second") for name, taken in samples.items()}
    cost = {name: median(taken, "server_us") for name, taken in samples.items()}
    for what, mode, target in (
        ("PutItem, of nothing", "put", 45),
        ("GetItem, of nothing", "get", 60),
        ("UpdateItem with a condition, of nothing", "update", 35),
        ("TransactWriteItems of 4, of nothing", "put-together", 20),
    ):
        note = f"{rate[mode]:.0f}/s; {cost[mode]:.1f} µs of processor"
        report.add(what, 100 * rate[mode] / rate["nothing"], "%", target, note=note)
    report.add("BatchWriteItem of 25: items a second over PutItem's", 25 * rate["put-batch"] / rate["put"], "x", 8)
    report.add("Query of 100 items", rate["query"], "/s", 12_000)
    report.add(
        "PutItem with a global index over one without", cost["put-indexed"] / cost["put"], "x", 1.6, at_most=True
    )
    for running in (nothing, server):
        running.stop()
    return samples


def listing_steps(server, bucket, count, seconds):
    """A thousand keys from the middle of a bucket, and the first thousand of its folders, one list after another."""
    return [
        (
            mode.removeprefix("object-"),
            lambda _, mode=mode: server.load(mode, bucket=bucket, items=count, connections=1, seconds=seconds),
        )
        for mode in ("object-list", "object-list-folders")
    ]


def report_lists(report, samples, count):
    for mode, what in (("list", "keys"), ("list-folders", "folders, by a delimiter,")):
        took_ms = median(samples[mode], "p50_us") / 1_000
        report.add(f"ListObjectsV2 of 1,000 {what} among {count:,}, median", took_ms, "ms", 10, at_most=True)


def memory_of_uploads():
    """How much a server grows by uploads that are all under way at once, for each."""
    server = Server("uploads", strict=False)
    server.ask("s3", "PUT", "/uploads", None)
    before, most, uploads = memory_mb(server.process.pid)[1], 0, []
    for number in range(CONNECTIONS):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.putrequest("PUT", f"/uploads/{number}", skip_accept_encoding=True)
        for name, value in {**unsigned("s3"), "Content-Length": UPLOAD_PIECE * UPLOAD_PIECES}.items():
            connection.putheader(name, value)
        connection.endheaders()
        uploads.append(connection)
    for _ in range(UPLOAD_PIECES):
        for connection in uploads:
            connection.send(bytes(UPLOAD_PIECE))
        most = max(most, memory_mb(server.process.pid)[1])
    if any(connection.getresponse().status != 200 for connection in uploads):
        raise SystemExit("bench: an upload was refused")
    server.stop()
    return (most - before) / CONNECTIONS


def objects(report, options):
    """S3: small objects; long ones, beside the bare hashing and sealing of the same bytes; a list of a long bucket."""
    nothing, server = Server("nothing", command="serve-nothing"), Server("objects")
    long = {"object_bytes": LONG_OBJECT, "keys": 1, "connections": 1}
    server.load("object-fill", bucket="listed", object_bytes=16, count=options.listed)
    steps = [
        ("nothing", lambda _: nothing.load("send", seconds=options.seconds)),
        ("object-put", lambda number: server.load("object-put", bucket=f"put-{number}", seconds=options.seconds)),
        ("object-get", lambda number: server.load("object-get", bucket=f"get-{number}", seconds=options.seconds)),
        ("raw-put", lambda _: server.load("raw-put", object_bytes=LONG_OBJECT, seconds=options.seconds)),
        ("long-put", lambda _: server.load("object-put", bucket="long", seconds=options.seconds, **long)),
        ("raw-get", lambda _: server.load("raw-get", object_bytes=LONG_OBJECT, seconds=options.seconds)),
        ("long-get", lambda _: server.load("object-get", bucket="long", seconds=options.seconds, **long)),
        *listing_steps(server, "listed", options.listed, options.seconds),
    ]
    samples = rounds_of(steps, options.rounds)
    rate = {name: median(taken, "per_second") for name, taken in samples.items()}
    cost = {name: median(taken, "server_us") for name, taken in samples.items()}
    for what, mode, target in (("GetObject of 1 KB", "object-get", 60), ("PutObject of 1 KB", "object-put", 40)):
        note = f"{rate[mode]:.0f}/s; {cost[mode]:.1f} µs of processor"
        report.add(f"{what}, of nothing", 100 * rate[mode] / rate["nothing"], "%", target, note=note)
    # By processor time: what others take of the machine then counts for neither.
    for what, mode, target in (("MD5, SHA-256 and AES", "put", 70), ("AES", "get", 60)):
        note = f"{cost[f'long-{mode}'] / 1e3:.0f} ms of processor over {cost[f'raw-{mode}'] / 1e3:.0f} ms"
        share = 100 * cost[f"raw-{mode}"] / cost[f"long-{mode}"]
        report.add(f"{mode.upper()} of 64 MB, of bare {what}", share, "%", target, note=note)
    report_lists(report, samples, options.listed)
    report.add("resident memory after that", memory_mb(server.process.pid)[0], "MB", 300, at_most=True)
    report.add(f"memory of each of {CONNECTIONS} uploads at once", memory_of_uploads(), "MB", 1, at_most=True)
    for running in (nothing, server):
        running.stop()
    return samples


def keys(report, options):
    """KMS's hot paths, and what encryption costs a queue."""
    nothing, server = Server("nothing", command="serve-nothing"), Server("keys")
    seconds = options.seconds
    steps = [
        ("nothing", lambda _: nothing.load("send", seconds=seconds)),
        ("encrypt", lambda _: server.load("encrypt", seconds=seconds)),
        ("data-key", lambda _: server.load("data-key", seconds=seconds)),
        ("send-plain", lambda number: server.load("send-plain", queue=f"plain-{number}", seconds=seconds)),
        ("send-managed", lambda number: server.load("send", queue=f"managed-{number}", seconds=seconds)),
        ("send-kms", lambda number: server.load("send-kms", queue=f"kms-{number}", seconds=seconds)),
    ]
    samples = rounds_of(steps, options.rounds)
    rate = {name: median(taken, "per_second") for name, taken in samples.items()}
    cost = {name: median(taken, "server_us") for name, taken in samples.items()}
    for what, mode in (("KMS Encrypt (1 KB), of nothing", "encrypt"), ("GenerateDataKey, of nothing", "data-key")):
        note = f"{rate[mode]:.0f}/s; {cost[mode]:.1f} µs of processor"
        report.add(what, 100 * rate[mode] / rate["nothing"], "%", 60, note=note)
    for what, mode in (("SQS's own key", "send-managed"), ("a KMS key", "send-kms")):
        report.add(
            f"SendMessage to a queue with {what} over one without",
            cost[mode] / cost["send-plain"],
            "x",
            1.2,
            at_most=True,
            note=f"{cost[mode]:.1f} µs of processor over {cost['send-plain']:.1f} µs",
        )
    for running in (nothing, server):
        running.stop()
    return samples


def secrets(report, options):
    """A secret of 300 bytes, opened by KMS each time; a parameter of the same size."""
    nothing, server = Server("nothing", command="serve-nothing"), Server("secrets")
    steps = [("nothing", lambda _: nothing.load("send", seconds=options.seconds))] + [
        (mode, lambda _, mode=mode: server.load(mode, seconds=options.seconds))
        for mode in ("get-secret", "get-parameter")
    ]
    samples = rounds_of(steps, options.rounds)
    rate = {name: median(taken, "per_second") for name, taken in samples.items()}
    cost = {name: median(taken, "server_us") for name, taken in samples.items()}
    for what, mode, target in (
        ("GetSecretValue, of nothing", "get-secret", 60),
        ("GetParameter, of nothing", "get-parameter", 65),
    ):
        note = f"{rate[mode]:.0f}/s; {cost[mode]:.1f} µs of processor"
        report.add(what, 100 * rate[mode] / rate["nothing"], "%", target, note=note)
    for running in (nothing, server):
        running.stop()
    return samples


def logs(report, options):
    """PutLogEvents in batches of a thousand lines of 100 bytes, against the same bytes sent to nobody."""
    nothing, server = Server("nothing", command="serve-nothing"), Server("logs")
    steps = [
        (name, lambda _, running=running: running.load("put-logs", connections=8, seconds=options.seconds))
        for name, running in (("nothing", nothing), ("put-logs", server))
    ]
    samples = rounds_of(steps, options.rounds)
    rate = {name: LOG_EVENTS_PER_BATCH * median(taken, "per_second") for name, taken in samples.items()}
    note = f"{rate['nothing']:.0f}/s are taken by nobody; {median(samples['put-logs'], 'server_us'):.0f} µs a batch"
    report.add("PutLogEvents, events", rate["put-logs"], "/s", 200_000, note=note)
    for running in (nothing, server):
        running.stop()
    samples["query"] = count_events(report, options)
    return samples


def count_events(report, options):
    """One query of Insights that counts all events by a field that it finds in their text."""
    server = FunctionServer("query")
    batch_lines, batches = 10_000, max(1, options.events // 10_000)
    group = {"logGroupName": "/bench/query"}

    def ask(operation, members):
        return json.loads(server.ask("logs", "POST", "/", json.dumps(members), f"Logs_20140328.{operation}") or "{}")

    ask("CreateLogGroup", group)
    ask("CreateLogStream", {**group, "logStreamName": "s"})
    began_ms = int(time.time() * 1_000)
    for _ in range(batches):
        now_ms = int(time.time() * 1_000)
        events = [
            {"timestamp": now_ms, "message": f'{{"level": "{"ERROR" if line % 10 == 0 else "INFO"}", "id": {line}}}'}
            for line in range(batch_lines)
        ]
        ask("PutLogEvents", {**group, "logStreamName": "s", "logEvents": events})
    began = time.perf_counter()
    span = {"startTime": began_ms // 1_000 - 60, "endTime": int(time.time()) + 60}
    query = ask("StartQuery", {**group, **span, "queryString": "stats count(*) as n by level"})
    answer = {"status": "Running"}
    while answer["status"] in ("Scheduled", "Running"):
        time.sleep(0.01)
        answer = ask("GetQueryResults", query)
    taken = time.perf_counter() - began
    server.stop()
    counted = sum(int(cell["value"]) for row in answer["results"] for cell in row if cell["field"] == "n")
    if counted != batches * batch_lines:
        raise SystemExit(f"bench: the query counted {counted} of {batches * batch_lines} events")
    report.add(f"{counted:,} events counted by a field of theirs", taken, "s", 3, at_most=True)
    return {"seconds": taken, "events": counted}


def depth(report, options):
    """Whether a deep queue costs more: send, receive and delete in turn, so that its depth stays."""
    server = Server("depth")
    for queue, messages in (("shallow", 1_000), ("deep", options.deep)):
        server.load("fill", queue=queue, count=messages // 10, body_bytes=100)
    steps = [
        (queue, lambda _, queue=queue: server.load("cycle", queue=queue, seconds=options.seconds))
        for queue in ("shallow", "deep")
    ]
    samples = rounds_of(steps, options.rounds)
    shallow, deep = (median(samples[name], "server_us") for name in ("shallow", "deep"))
    report.add(
        f"cost of an operation, {options.deep:,} messages over 1,000",
        deep / shallow,
        "x",
        1.5,
        at_most=True,
        note=f"{deep:.1f} µs over {shallow:.1f} µs",
    )
    report.add("resident memory after that", memory_mb(server.process.pid)[0], "MB")
    server.stop()
    return samples


def growth(report, options):
    """Whether a table of many items costs more than one of few, and how long a start takes then."""
    server = Server("growth")
    sizes = {"few": 10_000, "many": options.items}
    for table, items in sizes.items():
        server.load("fill-table", table=table, count=items // 25)
        print(f"  {table}: {items:,} items, {memory_mb(server.process.pid)[0]:.0f} MB", flush=True)
    steps = [
        (
            f"{mode} {table}",
            lambda _, mode=mode, table=table, items=items: server.load(
                mode, table=table, items=items, seconds=options.seconds
            ),
        )
        for mode in ("put", "get")
        for table, items in sizes.items()
    ]
    samples = rounds_of(steps, options.rounds)
    for mode, name in (("put", "PutItem"), ("get", "GetItem")):
        few, many = (median(samples[f"{mode} {table}"], "server_us") for table in sizes)
        note = f"{many:.1f} µs of processor over {few:.1f}"
        report.add(f"{name} in {options.items:,} items over 10,000", many / few, "x", 1.43, at_most=True, note=note)
    report.add("resident memory after that", memory_mb(server.process.pid)[0], "MB", 1_000, at_most=True)
    server.stop()
    began = time.perf_counter()
    server = Server("growth", keep=True)
    report.add("start to Ready. then", time.perf_counter() - began, "s", 1, at_most=True)
    server.stop()
    return samples


def objects_growth(report, options):
    """Whether a bucket of many objects costs more than one of few; lists; and that it expires without disturbing."""
    server = Server("objects-growth", strict=False)
    server.credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    sizes = {"few": 10_000, "many": options.listed_long}
    for bucket, count in sizes.items():
        server.load("object-fill", bucket=bucket, object_bytes=16, count=count)
        print(f"  {bucket}: {count:,} objects, {memory_mb(server.process.pid)[0]:.0f} MB", flush=True)
    steps = [
        (
            f"{mode} {bucket}",
            lambda _, mode=mode, bucket=bucket, count=count: server.load(
                f"object-{mode}", bucket=bucket, items=count, object_bytes=16, seconds=options.seconds
            ),
        )
        for mode in ("put", "get")
        for bucket, count in sizes.items()
    ] + listing_steps(server, "many", sizes["many"], options.seconds)
    samples = rounds_of(steps, options.rounds)
    for mode, name in (("put", "PutObject"), ("get", "GetObject")):
        few, many = (median(samples[f"{mode} {bucket}"], "server_us") for bucket in sizes)
        note = f"{many:.1f} µs of processor over {few:.1f}"
        report.add(f"{name} among {sizes['many']:,} over 10,000", many / few, "x", 1.43, at_most=True, note=note)
    report_lists(report, samples, sizes["many"])
    report.add("resident memory after that", memory_mb(server.process.pid)[0], "MB", 300, at_most=True)
    samples["expiring"] = [expire(report, server, options)]
    server.stop()
    began = time.perf_counter()
    server = Server("objects-growth", keep=True)
    report.add("start to Ready. then", time.perf_counter() - began, "s", 1, at_most=True)
    server.stop()
    return samples


def expire(report, server, options):
    """Lets the long bucket expire while another one is read; how long its readers wait then, over before."""

    def reading():
        return server.load("object-get", bucket="few", items=10_000, connections=8, seconds=options.seconds)

    calm = reading()
    rule = "<Rule><ID>all</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
    server.ask("s3", "PUT", "/many?lifecycle", body, headers={"Content-MD5": content_md5(body)})
    began = time.monotonic()
    # Answered when all that falls due is done.
    night = threading.Thread(
        target=server.ask, args=("s3", "POST", "/_virga/clock/advance", json.dumps({"by_ms": 3 * 86_400_000}))
    )
    night.start()
    busy = reading()
    while night.is_alive():
        busy = max(busy, reading(), key=lambda sample: sample["p99_us"])
    took_s = time.monotonic() - began
    if b"<Key>" in server.ask("s3", "GET", "/many?list-type=2&max-keys=1", None):
        raise SystemExit("bench: the bucket did not expire")
    note = f"{busy['p99_us']} µs over {calm['p99_us']}; all {options.listed_long:,} were gone after {took_s:.0f} s"
    report.add(
        "p99 of GetObject while a bucket expires", busy["p99_us"] / calm["p99_us"], "x", 5, at_most=True, note=note
    )
    return busy


def content_md5(text):
    return base64.b64encode(hashlib.md5(text.encode()).digest()).decode()


# --- memory and time ------------------------------------------------------------------------------------------------


def parked(report, options):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server("parked")
    time.sleep(1)
    before = memory_mb(server.process.pid)[0]
    environment = {**os.environ, **server.credentials}
    command = [BUILD / "virga_bench", "park", "--port", server.port, "--connections", PARKED, "--seconds", 12]
    waiting = subprocess.Popen(pinned(1, command), env=environment, stdout=subprocess.PIPE)
    most = before
    while waiting.poll() is None:
        most = max(most, memory_mb(server.process.pid)[0])
        time.sleep(0.1)
    answered = json.loads(waiting.stdout.read())["requests"]
    report.add(
        f"{PARKED:,} parked long polls: growth of resident memory",
        most - before,
        "MB",
        100,
        at_most=True,
        note=f"{before:.0f} to {most:.0f} MB; {answered} answered too early",
    )
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return {"before": before, "most": most}


def start(report, options):
    def start_ms(keep):
        began = time.perf_counter()
        server = Server("start", keep=keep)
        took = (time.perf_counter() - began) * 1_000
        server.stop()
        return took

    fresh = [start_ms(keep=False) for _ in range(20)]
    again = [start_ms(keep=True) for _ in range(20)]
    server = Server("start")
    time.sleep(1)
    resident, anonymous = memory_mb(server.process.pid)
    server.stop()
    report.add("start to Ready., new data folder, median of 20", statistics.median(fresh), "ms", 50, at_most=True)
    report.add("start to Ready., existing data folder, median of 20", statistics.median(again), "ms", 50, at_most=True)
    report.add(
        "idle resident memory", resident, "MB", 40, at_most=True, note=f"{anonymous:.1f} MB without the file's pages"
    )
    report.add("size of the stripped binary", (BUILD / "virga").stat().st_size / 2**20, "MB", 40, at_most=True)
    return {"fresh_ms": fresh, "again_ms": again}


# --- functions --------------------------------------------------------------------------------------------------------


BASIC_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


class FunctionServer(Server):
    """A server without --strict, asked by unsigned requests where no load is measured."""

    def __init__(self, name, *options):
        super().__init__(name, *options, strict=False, cores=None)  # its functions are where it is
        self.credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def make_function(self, name, runtime, files):
        trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}}
        trust["Statement"]["Action"] = "sts:AssumeRole"
        form = {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": name}
        self.ask("iam", "POST", "/", urllib.parse.urlencode({**form, "AssumeRolePolicyDocument": json.dumps(trust)}))
        form = {"Action": "AttachRolePolicy", "Version": "2010-05-08", "RoleName": name, "PolicyArn": BASIC_POLICY}
        self.ask("iam", "POST", "/", urllib.parse.urlencode(form))
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            for path, content in files.items():
                info = zipfile.ZipInfo(path)
                info.external_attr = 0o100755 << 16
                zipped.writestr(info, content)
        function = {
            "FunctionName": name,
            "Runtime": runtime,
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::000000000000:role/{name}",
            "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()},
            "MemorySize": 512,
        }
        path = "/2015-03-31/functions"
        self.ask("lambda", "POST", path, json.dumps(function))
        while b'"Active"' not in self.ask("lambda", "GET", f"{path}/{name}/configuration", None):
            pass

    def invoke(self, name):
        began = time.perf_counter()
        self.ask("lambda", "POST", f"/2015-03-31/functions/{name}/invocations", "{}")
        return (time.perf_counter() - began) * 1_000

    def renew(self, name, number):
        """Its next invocation is a cold start."""
        settings = json.dumps({"Description": str(number)})
        path = f"/2015-03-31/functions/{name}/configuration"
        self.ask("lambda", "PUT", path, settings)
        while b'"LastUpdateStatus":"InProgress"' in self.ask("lambda", "GET", path, None):
            pass


def resident_of_children(process):
    """Memory of a server's descendants, in MB."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    mine, grown = {process}, True
    while grown:
        grown = {child for child, parent in parents.items() if parent in mine} - mine
        mine |= grown
    return sum(memory_mb(each)[1] for each in mine - {process})


def cold_starts(server, name):
    """Milliseconds of cold starts, each after a pause in which a spare may get ready."""
    cold = []
    for number in range(20):
        server.renew(name, number)
        time.sleep(0.3)
        cold.append(server.invoke(name))
    return cold


def functions(report, options):
    """Environments of a bootstrap in C and of Python: how often, how late, how cold."""
    DATA.mkdir(parents=True, exist_ok=True)
    bootstrap = DATA / "bootstrap"
    source = ROOT / "tests/functions/bootstrap.c"
    subprocess.run(["cc", "-O2", "-static", "-o", bootstrap, source], check=True)
    version = f"python3.{sys.version_info.minor}"
    server = FunctionServer("functions", "--lambda-runtimes", "nearest")
    server.make_function("bootstrap", "provided.al2023", {"bootstrap": bootstrap.read_bytes()})
    server.make_function("python", version, {"index.py": "def handler(event, context):\n    return event\n"})
    details = {}
    for name, target in (("bootstrap", 8_000), ("python", 3_000)):
        load = {"function": name, "seconds": options.seconds}
        step = (name, lambda _, load=load: server.load("invoke", connections=8, **load))
        many = rounds_of([step], options.rounds)[name]
        one = server.load("invoke", connections=1, **load)
        cold = cold_starts(server, name)
        report.add(f"{name}: empty invocations, 8 connections", median(many, "per_second"), "/s", target)
        report.add(f"{name}: one after another, median", one["p50_us"] / 1_000, "ms", 1, at_most=True)
        goal = 15 if name == "python" else None
        report.add(f"{name}: cold start, request to answer, median", statistics.median(cold), "ms", goal, at_most=True)
        details[name] = {"many": many, "one": one, "cold_ms": cold}
    if shutil.which("node"):
        server.make_function("node", "nodejs22.x", {"index.js": "exports.handler = async (event) => event;\n"})
        details["node"] = {"cold_ms": cold_starts(server, "node")}
        cold = statistics.median(details["node"]["cold_ms"])
        report.add("node: cold start, request to answer, median", cold, "ms", 25, at_most=True)
    bare = []
    for _ in range(20):
        began = time.perf_counter()
        subprocess.run([shutil.which(version) or sys.executable, "-c", "import json, socket"], check=True)
        bare.append((time.perf_counter() - began) * 1_000)
    report.add("the bare interpreter with json and socket, median", statistics.median(bare), "ms")
    report.add("memory of what functions left idle", resident_of_children(server.process.pid), "MB")
    server.stop()
    return {**details, "bare_ms": bare}


HAND_OVER = """import time
def handler(event, context):
    for record in event["Records"]:
        print("HANDOVER", time.time() * 1000 - int(record["attributes"]["SentTimestamp"]))
"""


def sources(report, options):
    """From SendMessage to the handler of a warm function, by the clock that both go by; whole milliseconds of it."""
    server = FunctionServer("sources", "--lambda-runtimes", "nearest")
    server.make_function("sources", f"python3.{sys.version_info.minor}", {"index.py": HAND_OVER})
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}, "Version": "2012-10-17"}
    form = {"Action": "PutRolePolicy", "Version": "2010-05-08", "RoleName": "sources", "PolicyName": "all"}
    server.ask("iam", "POST", "/", urllib.parse.urlencode({**form, "PolicyDocument": json.dumps(policy)}))
    queue = f"http://127.0.0.1:{server.port}/000000000000/sources"
    server.ask("sqs", "POST", "/", json.dumps({"QueueName": "sources"}), "AmazonSQS.CreateQueue")
    mapping = {"FunctionName": "sources", "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:sources"}
    server.ask("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps(mapping))
    messages = 220
    for number in range(messages):
        body = json.dumps({"QueueUrl": queue, "MessageBody": str(number)})
        server.ask("sqs", "POST", "/", body, "AmazonSQS.SendMessage")
        time.sleep(0.02)
    times, until = [], time.monotonic() + 30
    query = {"logGroupName": "/aws/lambda/sources", "filterPattern": "HANDOVER", "limit": 1_000}
    while len(times) < messages and time.monotonic() < until:
        answer = json.loads(server.ask("logs", "POST", "/", json.dumps(query), "Logs_20140328.FilterLogEvents"))
        times = [float(event["message"].split()[1]) for event in answer["events"]]
    server.stop()
    warm = times[20:]
    report.add("a message of SQS to the handler, median", statistics.median(warm), "ms", 5, at_most=True)
    return {"hand_over_ms": times}


def machine():
    info = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown"
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory_gb:.0f} GiB, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES + LONG_NAMES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--deep", type=int, default=1_000_000, help="messages in the deep queue")
    parser.add_argument("--listed", type=int, default=1_000_000, help="objects in the listed bucket")
    parser.add_argument("--listed-long", type=int, default=10_000_000, help="objects in the bucket of objects-growth")
    parser.add_argument("--items", type=int, default=10_000_000, help="items in the big table")
    parser.add_argument("--events", type=int, default=10_000_000, help="log events that a query counts")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES + LONG_NAMES):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES + LONG_NAMES)}")
    DATA.mkdir(parents=True, exist_ok=True)
    report, details = Report(), {}
    for name in options.names or NAMES:
        print(f"{name} …", flush=True)
        details[name] = globals()[name.replace("-", "_")](report, options)
    print(f"\n{time.strftime('%Y-%m-%d')}, {machine()}")
    report.print()
    result = {"date": time.strftime("%Y-%m-%dT%H:%M:%S"), "machine": machine(), "rows": report.rows, "details": details}
    (ROOT / "build/bench.json").write_text(json.dumps(result, indent=1) + "\n")
    shutil.rmtree(DATA, ignore_errors=True)
    sys.exit(1 if options.check and any(row["met"] is False for row in report.rows) else 0)


if __name__ == "__main__":
    main()
