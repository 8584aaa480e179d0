"""Functions at the limits of payloads, time and number. LAM.15-17, 23, 24, 30."""

import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from test_invoke import Cloud  # noqa: E402
from test_runtimes import await_log, compile_bootstrap, function, invoke, running  # noqa: E402
from virga import Virga  # noqa: E402

DEADLINE_SECONDS = 30
WHOLE_BYTES_MAX = 6_291_556
STREAM = """
    exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      const piece = Buffer.alloc(1 << 20, "x");
      for (let sent = 0; sent < event.megabytes; ++sent)
        if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
      stream.end();
    });
"""


@pytest.fixture(scope="module")
def cloud():
    with Virga("--lambda-runtimes", "nearest") as virga:
        yield Cloud(virga)


def test_the_largest_answer_and_one_byte_more(cloud):
    # Two bytes of it are the quotes of JSON.
    name = cloud.function("def handler(event, context):\n    return 'x' * (event - 2)\n", MemorySize=512)
    whole = cloud.client("lambda").invoke(FunctionName=name, Payload=str(WHOLE_BYTES_MAX))
    assert "FunctionError" not in whole
    assert len(whole["Payload"].read()) == WHOLE_BYTES_MAX
    more = invoke(cloud, name, WHOLE_BYTES_MAX + 1)
    assert more["FunctionError"] == "Unhandled"
    assert more["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"
    assert invoke(cloud, name, 5)["Payload"] == "xxx"  # and it goes on


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_a_streamed_answer_of_20_megabytes(cloud):
    name = function(cloud, {"index.js": STREAM}, Runtime="nodejs20.x", MemorySize=512)
    payload = json.dumps({"megabytes": 20})
    answer = cloud.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=payload)
    size, end = 0, None
    for event in answer["EventStream"]:
        size += len(event.get("PayloadChunk", {}).get("Payload", b""))
        end = event.get("InvokeComplete", end)
    assert size == 20 << 20
    assert end is not None and "ErrorCode" not in end


def resident_mb(process):
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("it has no memory")


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_a_stream_that_nobody_reads_holds_its_function_up(cloud):
    name = function(cloud, {"index.js": STREAM}, Runtime="nodejs20.x", MemorySize=512, Timeout=60)
    cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"megabytes": 1}))["Payload"].read()
    before = resident_mb(cloud.virga.process.pid)
    payload = json.dumps({"megabytes": 64})
    answer = cloud.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=payload)
    events = iter(answer["EventStream"])
    first = next(events)
    time.sleep(2)  # the function could send all of it by now
    assert resident_mb(cloud.virga.process.pid) - before < 30
    size = len(first["PayloadChunk"]["Payload"])
    size += sum(len(event.get("PayloadChunk", {}).get("Payload", b"")) for event in events)
    assert size == 64 << 20


@pytest.mark.skipif(not shutil.which("cc"), reason="no compiler on this machine")
def test_a_thousand_at_the_same_time(cloud, tmp_path):
    """So many clients ask at once; each answer is its own."""
    code = {"bootstrap!": compile_bootstrap(tmp_path)}
    name = function(cloud, code, Runtime="provided.al2023", MemorySize=128)
    config = Config(retries={"max_attempts": 0}, read_timeout=120, max_pool_connections=1_000)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("lambda", endpoint_url=cloud.virga.endpoint, config=config, **keys)

    def one(number):
        return json.load(client.invoke(FunctionName=name, Payload=json.dumps(number))["Payload"])

    threading.stack_size(256 * 1024)
    try:
        with ThreadPoolExecutor(1_000) as pool:
            assert sorted(pool.map(one, range(1_000))) == list(range(1_000))
    finally:
        threading.stack_size(0)


def test_fifteen_minutes_by_the_clock_of_the_cloud(cloud):
    name = cloud.function("import time\ndef handler(event, context):\n    time.sleep(event)\n", Timeout=900)
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(invoke(cloud, name, 3_600)))
    waiter.start()
    await_log(cloud, name, "START RequestId")
    cloud.virga.advance(14 * 60)
    assert waiter.is_alive()
    cloud.virga.advance(2 * 60)
    waiter.join(DEADLINE_SECONDS)
    assert answers and answers[0]["Payload"]["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 900.00 seconds" in answers[0]["Payload"]["errorMessage"]


def test_environments_of_before_a_change_end_at_once(cloud):
    mark = f"superseded-{time.monotonic()}"
    code = "import os\ndef handler(event, context):\n    return os.environ['MARK']\n"
    # What an interpreter reads at its start is in its environment, as it is not in that of a spare.
    variables = {"MARK": mark, "PYTHONHASHSEED": "0"}
    name = cloud.function(code, Environment={"Variables": variables})
    assert invoke(cloud, name)["Payload"] == mark
    assert len(running(mark)) == 1
    cloud.client("lambda").update_function_configuration(FunctionName=name, Description="changed")
    ends = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < ends and running(mark):
        time.sleep(0.05)
    assert not running(mark)
