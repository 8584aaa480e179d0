"""What runs functions: interpreters, environments and their APIs. LAM.11-14, 23, 27-30, 34, 39, 51, LAMY."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from test_invoke import Cloud  # noqa: E402
from virga import BINARY, Virga  # noqa: E402

PROGRAM = 0o100755 << 16
DEADLINE_SECONDS = 30


@pytest.fixture(scope="module")
def cloud():
    with Virga("--lambda-runtimes", "nearest") as virga:
        yield Cloud(virga)


def archive(files):
    """A zip; files whose names end in "!" are programs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in files.items():
            info = zipfile.ZipInfo(name.rstrip("!"))
            info.external_attr = PROGRAM if name.endswith("!") else 0o100644 << 16
            zipped.writestr(info, content if isinstance(content, bytes) else textwrap.dedent(content))
    return out.getvalue()


def function(cloud, files, **settings):
    return cloud.function("", Code={"ZipFile": archive(files)}, **settings)


def invoke(cloud, name, event=None, **more):
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail", **more)
    answer["Payload"] = json.loads(answer["Payload"].read())
    answer["Log"] = base64.b64decode(answer.get("LogResult", "")).decode()
    return answer


def await_log(cloud, name, text):
    """The messages of a function, once one of them holds the text."""
    logs = cloud.client("logs")
    ends = time.monotonic() + DEADLINE_SECONDS
    messages = []
    while time.monotonic() < ends:
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        messages = [event["message"] for event in events]
        if any(text in message for message in messages):
            return messages
    raise AssertionError(f"{text!r} is not in {messages}")


def test_python_has_environment_and_context(cloud):
    name = cloud.function(
        """
        import os
        def handler(event, context):
            return {"environment": dict(os.environ), "left": context.get_remaining_time_in_millis(),
                    "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn}
        """,
        Environment={"Variables": {"MINE": "yes"}},
        MemorySize=256,
    )
    answer = invoke(cloud, name)["Payload"]
    environment = answer["environment"]
    assert environment["MINE"] == "yes"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256" == answer["memory"]
    assert environment["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{name}"
    assert environment["AWS_REGION"] == "us-east-1"
    assert environment["TZ"] == ":UTC"
    assert environment["_HANDLER"] == "index.handler"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "VIRGA_LAYERS" not in environment
    assert 0 < answer["left"] <= 30_000
    assert answer["arn"].endswith(f":function:{name}")


def test_functions_call_the_cloud_as_their_role(cloud):
    name = cloud.function(
        """
        def handler(event, context):
            try:
                import boto3
            except ImportError:
                return None
            return boto3.client("sts").get_caller_identity()["Arn"]
        """,
        MemorySize=512,
    )
    arn = invoke(cloud, name)["Payload"]
    if arn is None:
        pytest.skip("the interpreter has no boto3")
    assert ":assumed-role/" in arn and arn.endswith(f"/{name}")


def test_the_tail_of_the_log_and_cloudwatch_have_the_same_lines(cloud):
    name = cloud.function(
        """
        import logging
        logging.getLogger().setLevel("INFO")
        def handler(event, context):
            print("printed")
            logging.info("two\\nlines")
        """
    )
    answer = invoke(cloud, name)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST\nprinted\n[INFO]\t" in answer["Log"]
    assert f"\t{request_id}\ttwo\nlines\nEND RequestId: {request_id}\nREPORT RequestId: {request_id}\t" in answer["Log"]
    messages = await_log(cloud, name, "REPORT")
    assert messages[0].startswith("INIT_START Runtime Version: python:3.")
    assert any(message.endswith("two\nlines") or "two\nlines" in message for message in messages)
    assert "Init Duration: " in messages[-1]


def test_json_logs(cloud):
    name = cloud.function(
        """
        import logging
        log = logging.getLogger("mine")
        def handler(event, context):
            log.debug("hidden")
            log.warning("shown", extra={"more": 1})
        """,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"},
    )
    invoke(cloud, name)
    lines = [json.loads(message) for message in await_log(cloud, name, "platform.report")]
    shown = [line for line in lines if line.get("message") == "shown"]
    assert len(shown) == 1 and shown[0]["level"] == "WARNING" and shown[0]["more"] == 1 and shown[0]["requestId"]
    assert not any(line.get("message") == "hidden" for line in lines)
    assert [line["type"] for line in lines if "type" in line] == [
        "platform.initStart",
        "platform.start",
        "platform.report",
    ]


def test_layers_cover_each_other_and_are_found(cloud):
    functions = cloud.client("lambda")
    arns = []
    for files in ({"python/shared.py": "value = 1", "text": "one"}, {"python/other.py": "value = 2", "text": "two"}):
        published = functions.publish_layer_version(
            LayerName=f"layer{len(arns)}", Content={"ZipFile": archive(files)}
        )
        arns.append(published["LayerVersionArn"])
    name = cloud.function(
        """
        import os, shared, other
        def handler(event, context):
            return [shared.value, other.value, os.path.dirname(os.path.dirname(shared.__file__))]
        """,
        Layers=arns,
    )
    answer = invoke(cloud, name)["Payload"]
    assert answer[:2] == [1, 2]


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_node_finds_modules_in_layers_and_code(cloud):
    functions = cloud.client("lambda")
    content = {"ZipFile": archive({"nodejs/node_modules/far/index.js": "module.exports = 'far';"})}
    layer = functions.publish_layer_version(LayerName="modules", Content=content)["LayerVersionArn"]
    name = function(
        cloud,
        {
            "index.js": "const near = require('near'), far = require('far'); exports.handler = async () => near + far;",
            "node_modules/near/index.js": "module.exports = 'near';",
        },
        Runtime="nodejs20.x",
        Layers=[layer],
    )
    assert invoke(cloud, name)["Payload"] == "nearfar"
    imports = "import near from 'near'; import far from 'far'; export const handler = async () => near + far;"
    files = {"index.mjs": imports, "node_modules/near/index.js": "module.exports = 'near';"}
    name = function(cloud, files, Runtime="nodejs20.x", Layers=[layer])
    assert invoke(cloud, name)["Payload"] == "nearfar"


def compile_bootstrap(folder):
    """A bootstrap in C that answers what it is asked."""
    source = Path(__file__).resolve().parent / "bootstrap.c"
    program = folder / "bootstrap"
    subprocess.run(["cc", "-O2", "-static", "-o", program, source], check=True)
    return program.read_bytes()


@pytest.mark.skipif(not shutil.which("cc"), reason="no compiler on this machine")
def test_a_bootstrap_of_ones_own(cloud, tmp_path):
    name = function(cloud, {"bootstrap!": compile_bootstrap(tmp_path)}, Runtime="provided.al2023")
    for event in (1, {"a": [None]}, "x" * 100_000):
        assert invoke(cloud, name, event)["Payload"] == event


def test_an_extension_hears_of_every_invocation_and_of_the_end(cloud):
    extension = """
    #!/usr/bin/env python3
    import json, os, sys, urllib.request
    api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"
    body = json.dumps({"events": ["INVOKE", "SHUTDOWN"]}).encode()
    ask = urllib.request.Request(api + "register", body, {"Lambda-Extension-Name": os.path.basename(__file__)})
    with urllib.request.urlopen(ask) as answer:
        headers = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    while True:
        with urllib.request.urlopen(urllib.request.Request(api + "event/next", headers=headers)) as answer:
            event = json.load(answer)
        print("extension heard", event["eventType"], event.get("requestId", ""), flush=True)
        if event["eventType"] == "SHUTDOWN":
            break
    """
    functions = cloud.client("lambda")
    text = textwrap.dedent(extension).lstrip()
    layer = functions.publish_layer_version(
        LayerName="listener", Content={"ZipFile": archive({"extensions/listener!": text.encode()})}
    )["LayerVersionArn"]
    name = cloud.function("def handler(event, context):\n    return 5\n", Layers=[layer])
    answer = invoke(cloud, name)
    assert answer["Payload"] == 5
    await_log(cloud, name, "extension heard INVOKE " + answer["ResponseMetadata"]["RequestId"])
    functions.delete_function(FunctionName=name)
    await_log(cloud, name, "extension heard SHUTDOWN")


def test_a_thousand_at_once(cloud):
    name = cloud.function("import time\ndef handler(event, context):\n    return event\n", MemorySize=128)
    client = cloud.client("lambda")

    def one(number):
        return json.load(client.invoke(FunctionName=name, Payload=json.dumps(number))["Payload"])

    with ThreadPoolExecutor(50) as pool:
        assert sorted(pool.map(one, range(1_000))) == list(range(1_000))


def test_hot_reload(cloud, tmp_path):
    code = tmp_path / "index.py"
    code.write_text("def handler(event, context):\n    return 'old'\n")
    os.chmod(tmp_path, 0o755)
    try:
        name = cloud.function("", Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})
    except Exception as error:
        pytest.skip(f"code of a local folder is refused: {error}")
    assert invoke(cloud, name)["Payload"] == "old"
    code.write_text("def handler(event, context):\n    return 'new'\n")
    assert invoke(cloud, name)["Payload"] == "new"


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_left_running(tmp_path, how):
    mark = f"left-by-{how}-{os.getpid()}"
    virga = Virga(data=tmp_path / "data")
    virga.start()
    try:
        cloud = Cloud(virga)
        code = "import os\ndef handler(event, context):\n    return os.environ['MARK']\n"
        name = cloud.function(code, Environment={"Variables": {"MARK": mark}})
        assert invoke(cloud, name)["Payload"] == mark
        assert running(mark)
    finally:
        getattr(virga, how)()
    ends = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < ends and running(mark):
        pass
    assert not running(mark)


def running(mark):
    """Processes with the text in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found.append(folder.name)
            except OSError:
                pass
    return found


def test_the_table_of_runtimes():
    table = subprocess.run([BINARY, "runtimes"], capture_output=True, text=True, check=True).stdout
    assert table.startswith("RUNTIME ")
    assert f"python3.{sys.version_info.minor}" in table
