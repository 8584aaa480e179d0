"""Interpreters that are started ahead: what a function finds in one is what it finds in a fresh one. LAM.12, 27."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from test_invoke import RUNTIME, Cloud  # noqa: E402
from test_runtimes import archive, await_log, function, invoke  # noqa: E402
from virga import Virga  # noqa: E402

DEADLINE_SECONDS = 30
LOOK_AROUND = """
    import json, os, resource, sys
    def handler(event, context):
        started = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        up = float(open("/proc/uptime").read().split()[0])
        return {
            "age": up - started,
            "variables": dict(os.environ),
            "folder": os.getcwd(),
            "path": sys.path,
            "arguments": sys.argv,
            "mounts": sorted(line.split()[4] for line in open("/proc/self/mountinfo")),
            "limits": [resource.getrlimit(each) for each in range(16)],
            "storage": os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize,
            "descriptors": sorted(os.listdir("/proc/self/fd"))[:3],
            "input": os.readlink("/proc/self/fd/0"),
            "code": sorted(os.listdir("/var/task")),
            "root": sorted(os.listdir("/")),
            "user": os.getuid() > 0,
            "writable": os.access("/var/task", os.W_OK),
        }
"""


@pytest.fixture(scope="module")
def cloud():
    with Virga("--lambda-runtimes", "nearest", "--isolation", "isolated") as virga:
        yield Cloud(virga)


@pytest.fixture(scope="module")
def without():
    with Virga("--lambda-runtimes", "nearest", "--isolation", "isolated", "--lambda-spares", "0") as virga:
        yield Cloud(virga)


def spared(cloud, make, *arguments, **settings):
    """The answer of a new function that was run by a spare: one of its form is there soon after another function."""
    ends = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < ends:
        name = make(*arguments, **settings)
        began = time.monotonic()
        answer = invoke(cloud, name)
        if "FunctionError" in answer or answer["Payload"]["age"] > time.monotonic() - began + 0.1:
            return answer
    raise AssertionError("no spare was used")


def test_it_is_as_a_fresh_one(cloud, without):
    variables = {"Variables": {"MINE": "yes", "PATH": "/usr/bin:/bin", "EMPTY": ""}}
    settings = {"MemorySize": 256, "Environment": variables}
    fresh = invoke(without, without.function(LOOK_AROUND, **settings))["Payload"]
    found = spared(cloud, cloud.function, LOOK_AROUND, **settings)["Payload"]
    own = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME"}
    own |= {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_ENDPOINT_URL"}
    own |= {"_X_AMZN_TRACE_ID"}
    for each in (fresh, found):
        del each["age"]
        assert own <= set(each["variables"])
        each["variables"] = {name: value for name, value in each["variables"].items() if name not in own}
    assert set(found["root"]) - set(fresh["root"]) <= {"opt"}  # which is empty
    del fresh["root"], found["root"]
    assert found == fresh


def test_layers_and_their_libraries_are_found(cloud):
    if not shutil.which("cc"):
        pytest.skip("no compiler on this machine")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "libfar.so"
        (Path(folder) / "far.c").write_text("int far_number(void) { return 42; }\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(folder) / "far.c"], check=True)
        content = {"ZipFile": archive({"lib/libfar.so": library.read_bytes(), "python/near.py": "number = 7"})}
    layer = cloud.client("lambda").publish_layer_version(LayerName="far", Content=content)["LayerVersionArn"]
    far = '"far": __import__("ctypes").CDLL("libfar.so").far_number()'
    code = LOOK_AROUND.replace('"age":', far + ', "near": __import__("near").number, "age":')
    answer = spared(cloud, cloud.function, code, Layers=[layer])["Payload"]
    assert (answer["far"], answer["near"]) == (42, 7)


def test_the_memory_is_limited(cloud):
    greedy = """
        import os
        def handler(event, context):
            if event:
                kept = [os.urandom(1 << 20) for _ in range(400)]
            started = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
            return {"age": float(open("/proc/uptime").read().split()[0]) - started}
    """
    names = []

    def make(code, **settings):
        names.append(cloud.function(code, **settings))
        return names[-1]

    spared(cloud, make, greedy, MemorySize=128)
    answer = invoke(cloud, names[-1], 1)
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in answer["Payload"]["errorMessage"]


def test_what_an_interpreter_reads_at_its_start_is_heeded(cloud):
    code = "import sys\ndef handler(event, context):\n    return sys.flags.optimize\n"
    invoke(cloud, cloud.function(code))
    time.sleep(0.5)  # a spare is likely to be there now, and must not be taken
    assert invoke(cloud, cloud.function(code, Environment={"Variables": {"PYTHONOPTIMIZE": "2"}}))["Payload"] == 2


def test_logging_is_set_up(cloud):
    code = LOOK_AROUND.replace("import json", "import logging, json").replace(
        "def handler(event, context):", "def handler(event, context):\n        logging.warning('two\\nlines')"
    )
    names = []

    def make(*arguments, **settings):
        names.append(cloud.function(*arguments, **settings))
        return names[-1]

    settings = {"LoggingConfig": {"LogFormat": "JSON"}}
    spared(cloud, make, code, **settings)
    lines = [json.loads(line) for line in await_log(cloud, names[-1], "platform.report") if line.startswith("{")]
    assert "two\nlines" in [line.get("message") for line in lines]


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_node_is_as_a_fresh_one(cloud, without):
    code = """
        const fs = require("fs"), os = require("os"), v8 = require("v8");
        exports.handler = async () => {
          const stat = fs.readFileSync("/proc/self/stat", "utf8");
          const started = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) / 100;
          return {
            age: Number(fs.readFileSync("/proc/uptime", "utf8").split(" ")[0]) - started,
            names: Object.keys(process.env).sort(), folder: process.cwd(), arguments: process.argv,
            input: fs.readlinkSync("/proc/self/fd/0"), code: fs.readdirSync("/var/task"),
            heap: v8.getHeapStatistics().heap_size_limit, main: require.main === undefined,
          };
        };
    """
    settings = {"Runtime": "nodejs20.x", "MemorySize": 512, "Environment": {"Variables": {"MINE": "yes"}}}
    fresh = invoke(without, function(without, {"index.js": code}, **settings))["Payload"]
    found = spared(cloud, function, cloud, {"index.js": code}, **settings)["Payload"]
    del fresh["age"], found["age"]
    assert found == fresh


def test_an_error_at_import_is_told(cloud):
    for _ in range(2):
        name = cloud.function("raise ValueError('no start')")
        answer = invoke(cloud, name)
        assert answer["Payload"]["errorMessage"] == "no start"
        invoke(cloud, cloud.function("def handler(event, context):\n    return 1\n", Runtime=RUNTIME))
        time.sleep(0.5)  # the next one is likely to be a spare, and makes no difference
