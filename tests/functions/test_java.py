"""Java functions, run by AWS's own client: its forms of handlers, context, errors and log. LAM.11, 27."""

import json
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sdk"))
sys.path.insert(0, str(ROOT / "tools"))
import fetch_models  # noqa: E402
from test_invoke import Cloud  # noqa: E402
from test_runtimes import archive, await_log, invoke  # noqa: E402
from virga import Virga  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which("javac"), reason="no javac on this machine")

SOURCES = {
    "example/Greeter.java": """
        package example;
        import com.amazonaws.services.lambda.runtime.Context;
        import com.amazonaws.services.lambda.runtime.RequestHandler;
        import java.util.Map;
        public class Greeter implements RequestHandler<Map<String, Object>, Map<String, Object>> {
            @Override
            public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
                context.getLogger().log("one\\ntwo");
                System.out.println("printed");
                return Map.of(
                    "hello", event.get("name"),
                    "id", context.getAwsRequestId(),
                    "function", context.getFunctionName(),
                    "memory", context.getMemoryLimitInMB(),
                    "arn", context.getInvokedFunctionArn(),
                    "left", context.getRemainingTimeInMillis(),
                    "environment", System.getenv("AWS_EXECUTION_ENV"));
            }
        }
    """,
    "example/Stream.java": """
        package example;
        import com.amazonaws.services.lambda.runtime.Context;
        import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
        import java.io.*;
        public class Stream implements RequestStreamHandler {
            @Override
            public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
                in.transferTo(out);
            }
        }
    """,
    "example/Order.java": """
        package example;
        public class Order {
            private String item;
            private int count;
            public String getItem() { return item; }
            public void setItem(String item) { this.item = item; }
            public int getCount() { return count; }
            public void setCount(int count) { this.count = count; }
        }
    """,
    "example/Shop.java": """
        package example;
        import java.nio.file.*;
        import java.util.*;
        public class Shop {
            public Order twice(Order order) {
                order.setCount(order.getCount() * 2);
                return order;
            }
            public String fail(Order order) {
                throw new IllegalStateException("sold out");
            }
            public String write(String text) throws Exception {
                Path file = Files.createTempFile("shop", ".txt");
                Files.writeString(file, text);
                return Files.readString(file);
            }
            public List<Integer> fill(Integer megabytes) {
                List<byte[]> kept = new ArrayList<>();
                while (true) kept.add(new byte[1 << 20]);
            }
        }
    """,
    "example/Broken.java": """
        package example;
        public class Broken {
            public Broken() { throw new RuntimeException("no start"); }
            public String handle(String event) { return event; }
        }
    """,
}


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """The compiled example, as the files of a package."""
    folder = tmp_path_factory.mktemp("java")
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    core = fetch_models.find("com.amazonaws:aws-lambda-java-core")
    names = [str(folder / name) for name in SOURCES]
    subprocess.run(["javac", "--release", "11", "-cp", core, "-d", folder / "out", *names], check=True)
    return {str(file.relative_to(folder / "out")): file.read_bytes() for file in (folder / "out").rglob("*.class")}


@pytest.fixture(scope="module", params=["isolated", "process"])
def cloud(request):
    try:
        with Virga("--lambda-runtimes", "nearest", "--isolation", request.param) as virga:
            yield Cloud(virga)
    except AssertionError as problem:
        pytest.skip(f"there is no tier {request.param}: {problem}")


@pytest.fixture
def function(cloud, classes):
    def make(handler, files=None, **settings):
        code = {"ZipFile": archive(files or classes)}
        settings = {"Runtime": "java17", "MemorySize": 512, "Handler": handler, "Code": code, **settings}
        return cloud.function("", **settings)

    return make


def test_a_request_handler_has_its_context(cloud, function):
    name = function("example.Greeter::handleRequest")
    answer = invoke(cloud, name, {"name": "Ada"})
    said = answer["Payload"]
    assert said["hello"] == "Ada"
    assert said["id"] == answer["ResponseMetadata"]["RequestId"]
    assert (said["function"], said["memory"]) == (name, 512)
    assert said["arn"].endswith(f":function:{name}")
    assert 0 < said["left"] <= 30_000
    assert said["environment"] == "AWS_Lambda_java17"
    assert "\none\ntwo\nprinted\nEND RequestId: " in answer["Log"]
    messages = await_log(cloud, name, "REPORT")
    assert "one\ntwo" in [message.rstrip("\n") for message in messages]  # one event
    assert messages[0].startswith("INIT_START Runtime Version: java:")


def test_the_method_need_not_be_named(cloud, function):
    assert invoke(cloud, function("example.Greeter"), {"name": "Bo"})["Payload"]["hello"] == "Bo"


def test_a_stream_handler_has_bytes(cloud, function):
    event = {"umlaut": "ä", "long": "x" * 100_000}
    assert invoke(cloud, function("example.Stream::handleRequest"), event)["Payload"] == event


def test_a_method_has_objects(cloud, function):
    order = invoke(cloud, function("example.Shop::twice"), {"item": "tea", "count": 2})["Payload"]
    assert order == {"item": "tea", "count": 4}


def test_an_exception_is_told(cloud, function):
    answer = invoke(cloud, function("example.Shop::fail"), {})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorMessage"] == "sold out"
    assert answer["Payload"]["errorType"] == "java.lang.IllegalStateException"
    assert answer["Payload"]["stackTrace"][0].startswith("example.Shop.fail(")
    assert "sold out: java.lang.IllegalStateException\njava.lang.IllegalStateException: sold out\n" in answer["Log"]


def test_a_class_that_is_not_there_or_cannot_be_made(cloud, function):
    absent = invoke(cloud, function("example.Absent::handle"), {})
    assert absent["Payload"]["errorType"] == "java.lang.ClassNotFoundException"
    assert absent["Payload"]["errorMessage"] == "Class not found: example.Absent"
    broken = invoke(cloud, function("example.Broken::handle"), "x")
    assert broken["FunctionError"] == "Unhandled"
    assert broken["Payload"]["errorMessage"] == "no start"


def test_temporary_files(cloud, function):
    assert invoke(cloud, function("example.Shop::write"), "kept")["Payload"] == "kept"


def test_the_heap_is_less_than_the_memory(cloud, function):
    answer = invoke(cloud, function("example.Shop::fill", MemorySize=256), 1)
    assert answer["Payload"]["errorType"] == "java.lang.OutOfMemoryError"


def test_classes_in_jars_and_layers(cloud, function, classes, tmp_path):
    jar = tmp_path / "order.jar"
    with zipfile.ZipFile(jar, "w") as zipped:
        zipped.writestr("example/Order.class", classes["example/Order.class"])
    code = {"lib/shop.jar": None}
    shop = tmp_path / "shop.jar"
    with zipfile.ZipFile(shop, "w") as zipped:
        zipped.writestr("example/Shop.class", classes["example/Shop.class"])
    code["lib/shop.jar"] = shop.read_bytes()
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="order", Content={"ZipFile": archive({"java/lib/order.jar": jar.read_bytes()})}
    )["LayerVersionArn"]
    name = function("example.Shop::twice", code, Layers=[layer])
    assert invoke(cloud, name, {"item": "tea", "count": 1})["Payload"]["count"] == 2


def test_json_logs(cloud, function):
    name = function("example.Greeter", LoggingConfig={"LogFormat": "JSON"})
    invoke(cloud, name, {"name": "Ada"})
    lines = [json.loads(line) for line in await_log(cloud, name, "platform.report") if line.startswith("{")]
    assert "one\ntwo" in [line.get("message") for line in lines]


def test_the_newest_java_of_this_machine(cloud, function):
    # Whichever it is: its warnings of what the client does are not in the log.
    name = function("example.Greeter", Runtime="java25")
    answer = invoke(cloud, name, {"name": "Ada"})
    assert answer["Payload"]["hello"] == "Ada"
    assert "WARNING" not in answer["Log"]
