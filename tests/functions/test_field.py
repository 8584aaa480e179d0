"""Functions of the field, with packages as they are published. LAM.11, 13, 14, 27-30, 51."""

import json
import os
import shutil
import sys
import textwrap
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from packages import fetched, files_below, node_packages, python_packages  # noqa: E402
from test_invoke import Cloud  # noqa: E402
from test_runtimes import archive, await_log, function, invoke  # noqa: E402
from virga import Virga  # noqa: E402

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
POWERTOOLS = ("aws-lambda-powertools[tracer]==3.37.0", "boto3==1.40.0")
NODE_POWERTOOLS = (
    "@aws-lambda-powertools/logger@2.35.0",
    "@aws-lambda-powertools/metrics@2.35.0",
    "@aws-lambda-powertools/tracer@2.35.0",
    "@aws-lambda-powertools/idempotency@2.35.0",
    "@aws-sdk/client-dynamodb@3.967.0",
    "@aws-sdk/lib-dynamodb@3.967.0",
)


@pytest.fixture(scope="module")
def cloud():
    with Virga("--lambda-runtimes", "nearest") as virga:
        yield Cloud(virga)


def layer(cloud, files):
    """The ARN of a layer; what is too large for a request goes by S3."""
    content = archive(files)
    s3 = cloud.client("s3")
    bucket = f"layers-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="layer.zip", Body=content)
    where = {"S3Bucket": bucket, "S3Key": "layer.zip"}
    return cloud.client("lambda").publish_layer_version(LayerName=bucket, Content=where)["LayerVersionArn"]


def idempotency_table(cloud):
    name = f"idempotency-{uuid.uuid4().hex}"
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def check_powertools(cloud, name, table):
    """Two invocations of one order are one payment; log and metrics are lines of JSON."""
    first = invoke(cloud, name, {"order": "a", "amount": 3})
    assert "FunctionError" not in first, first["Payload"]
    again = invoke(cloud, name, {"order": "a", "amount": 3})
    other = invoke(cloud, name, {"order": "b", "amount": 3})
    assert first["Payload"] == again["Payload"]
    assert first["Payload"]["payment"] != other["Payload"]["payment"]
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    assert sorted(item["status"]["S"] for item in items) == ["COMPLETED", "COMPLETED"]
    lines = [json.loads(line) for line in first["Log"].splitlines() if line.startswith("{")]
    said = next(line for line in lines if line.get("message") == "paying")
    assert (said["service"], said["level"], said["cold_start"]) == ("shop", "INFO", True)
    assert said["function_request_id"] == first["ResponseMetadata"]["RequestId"]
    metrics = next(line for line in lines if "_aws" in line and "Payments" in line)
    assert metrics["Payments"] in (1, [1], [1.0])
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"


def powertools_settings(table):
    variables = {"POWERTOOLS_SERVICE_NAME": "shop", "POWERTOOLS_METRICS_NAMESPACE": "Shop", "TABLE": table}
    return {"MemorySize": 512, "Timeout": 60, "Environment": {"Variables": variables}}


def test_powertools_for_python(cloud):
    code = """
        import os, uuid
        from aws_lambda_powertools import Logger, Metrics, Tracer
        from aws_lambda_powertools.metrics import MetricUnit
        from aws_lambda_powertools.utilities.idempotency import (
            DynamoDBPersistenceLayer, IdempotencyConfig, idempotent)

        logger, metrics, tracer = Logger(), Metrics(), Tracer()
        store = DynamoDBPersistenceLayer(table_name=os.environ["TABLE"])

        @tracer.capture_method
        def pay(order):
            metrics.add_metric(name="Payments", unit=MetricUnit.Count, value=1)
            return {"payment": str(uuid.uuid4()), "order": order}

        @logger.inject_lambda_context
        @tracer.capture_lambda_handler
        @metrics.log_metrics
        @idempotent(persistence_store=store, config=IdempotencyConfig(event_key_jmespath="order"))
        def handler(event, context):
            logger.info("paying", extra={"amount": event["amount"]})
            return pay(event["order"])
    """
    table = idempotency_table(cloud)
    arn = layer(cloud, files_below(python_packages(*POWERTOOLS), "python/"))
    check_powertools(cloud, cloud.function(code, Layers=[arn], **powertools_settings(table)), table)


@needs_node
def test_powertools_for_typescript(cloud):
    code = """
        const { randomUUID } = require("node:crypto");
        const { Logger } = require("@aws-lambda-powertools/logger");
        const { Metrics, MetricUnit } = require("@aws-lambda-powertools/metrics");
        const { Tracer } = require("@aws-lambda-powertools/tracer");
        const { IdempotencyConfig, makeIdempotent } = require("@aws-lambda-powertools/idempotency");
        const { DynamoDBPersistenceLayer } = require("@aws-lambda-powertools/idempotency/dynamodb");

        const logger = new Logger(), metrics = new Metrics(), tracer = new Tracer();
        const pay = async (event) => {
          metrics.addMetric("Payments", MetricUnit.Count, 1);
          return { payment: randomUUID(), order: event.order };
        };
        const payOnce = makeIdempotent(pay, {
          persistenceStore: new DynamoDBPersistenceLayer({ tableName: process.env.TABLE }),
          config: new IdempotencyConfig({ eventKeyJmesPath: "order" }),
        });
        exports.handler = async (event, context) => {
          logger.addContext(context);
          tracer.annotateColdStart();
          logger.info("paying", { amount: event.amount });
          try {
            return await payOnce(event, context);
          } finally {
            metrics.publishStoredMetrics();
          }
        };
    """
    table = idempotency_table(cloud)
    arn = layer(cloud, files_below(node_packages(*NODE_POWERTOOLS) / "node_modules", "nodejs/node_modules/"))
    settings = {"Runtime": "nodejs20.x", "Layers": [arn], **powertools_settings(table)}
    check_powertools(cloud, function(cloud, {"index.js": code}, **settings), table)


@needs_node
def test_an_es_module_with_the_sdk(cloud):
    code = """
        import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
        const client = new DynamoDBClient({});
        const { TableNames } = await client.send(new ListTablesCommand({}));
        export const handler = async ({ table }) => TableNames.includes(table);
    """
    table = idempotency_table(cloud)
    packages = node_packages(*NODE_POWERTOOLS) / "node_modules"
    files = {"index.mjs": textwrap.dedent(code), **files_below(packages, "node_modules/")}
    name = function_by_s3(cloud, files, Runtime="nodejs20.x", MemorySize=512, Timeout=60)
    assert invoke(cloud, name, {"table": table})["Payload"] is True


def function_by_s3(cloud, files, **settings):
    s3 = cloud.client("s3")
    bucket = f"code-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=archive(files))
    return cloud.function("", Code={"S3Bucket": bucket, "S3Key": "code.zip"}, **settings)


def test_numpy_from_a_layer(cloud):
    code = """
        import numpy
        def handler(event, context):
            matrix = numpy.arange(9).reshape(3, 3)
            return {"product": (matrix @ matrix).tolist(), "from": numpy.__file__}
    """
    arn = layer(cloud, files_below(python_packages("numpy==2.2.6"), "python/"))
    answer = invoke(cloud, cloud.function(code, Layers=[arn], MemorySize=512, Timeout=60))["Payload"]
    assert answer["product"] == [[15, 18, 21], [42, 54, 66], [69, 90, 111]]
    assert "/python/numpy/" in answer["from"]


@pytest.mark.skipif(not shutil.which("go"), reason="no go on this machine")
def test_go_with_the_library_of_aws(cloud):
    code = """
        package main

        import (
            "context"

            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-lambda-go/lambdacontext"
        )

        type Event struct{ Name string `json:"name"` }
        type Answer struct{ Hello, Request, Function string }

        func handle(ctx context.Context, event Event) (Answer, error) {
            about, _ := lambdacontext.FromContext(ctx)
            return Answer{event.Name, about.AwsRequestID, lambdacontext.FunctionName}, nil
        }

        func main() { lambda.Start(handle) }
    """
    module = "module field\n\ngo 1.21\n\nrequire github.com/aws/aws-lambda-go v1.49.0\n"
    build = "go build -tags lambda.norpc -trimpath -ldflags '-s -w' -o bootstrap ."
    script = f"printf %s \"$MODULE\" > go.mod; printf %s \"$CODE\" > main.go; go mod tidy && {build}"
    environment = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "MODULE": module, "CODE": textwrap.dedent(code)}
    folder = fetched("go", (module, code), ["sh", "-c", script], environment)
    files = {"bootstrap!": (folder / "bootstrap").read_bytes()}
    name = function(cloud, files, Runtime="provided.al2023", MemorySize=128)
    answer = invoke(cloud, name, {"name": "Ada"})
    request = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"] == {"Hello": "Ada", "Request": request, "Function": name}


def test_the_official_client_for_python_as_a_bootstrap(cloud):
    """AWS's own runtime interface client, in a function that brings it along."""
    bootstrap = f"#!/bin/sh\nexec {os.path.realpath(sys.executable)} -m awslambdaric index.handler\n"
    code = """
        import logging
        def handler(event, context):
            print("printed")
            logging.warning("logged")
            if event == "fail":
                raise ValueError("no")
            return {"event": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis()}
    """
    files = {"bootstrap!": bootstrap.encode(), "index.py": code, **files_below(python_packages("awslambdaric==4.2.2"))}
    name = function(cloud, files, Runtime="provided.al2023", MemorySize=256)
    answer = invoke(cloud, name, {"a": 1})
    said = answer["Payload"]
    assert (said["event"], said["id"]) == ({"a": 1}, answer["ResponseMetadata"]["RequestId"])
    assert 0 < said["left"] <= 30_000
    assert "printed" in answer["Log"] and "logged" in answer["Log"]
    failed = invoke(cloud, name, "fail")
    assert failed["FunctionError"] == "Unhandled"
    assert (failed["Payload"]["errorType"], failed["Payload"]["errorMessage"]) == ("ValueError", "no")
    assert invoke(cloud, name, 2)["Payload"]["event"] == 2


EXTENSION = """
    #!/usr/bin/env python3
    # Takes telemetry as a vendor's agent does: a listener of its own, a subscription, a flush at the end.
    import http.server, json, os, sys, threading, time, urllib.request
    api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
    taken = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            taken.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
        def log_message(self, *arguments):
            pass

    def ask(path, body=None, method="GET", **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(api + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.headers, answer.read()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = {"Lambda-Extension-Name": os.path.basename(__file__)}
    head, _ = ask("/2020-01-01/extension/register", {"events": ["INVOKE", "SHUTDOWN"]}, "POST", **name)
    me = {"Lambda-Extension-Identifier": head["Lambda-Extension-Identifier"]}
    ask("/2022-07-01/telemetry", {
        "schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"],
        "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
        "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{server.server_port}"},
    }, "PUT", **me)
    while True:
        event = json.loads(ask("/2020-01-01/extension/event/next", **me)[1])
        if event["eventType"] == "SHUTDOWN":
            break
    # What is on its way still comes, for two seconds.
    for _ in range(150):
        if sum(each["type"] == "platform.report" for each in taken) >= 3:
            break
        time.sleep(0.01)
    types = sorted({each["type"] for each in taken})
    lines = [each["record"] for each in taken if each["type"] == "function"]
    print("agent saw", json.dumps({"types": types, "lines": lines}), flush=True)
"""


def test_an_agent_that_takes_telemetry(cloud):
    text = textwrap.dedent(EXTENSION).lstrip()
    arn = layer(cloud, {"extensions/agent!": text.encode()})
    name = cloud.function("def handler(event, context):\n    print('work', event)\n    return event\n", Layers=[arn])
    for number in range(3):
        assert invoke(cloud, name, number)["Payload"] == number
    cloud.client("lambda").delete_function(FunctionName=name)
    message = next(each for each in await_log(cloud, name, "agent saw") if "agent saw" in each)
    seen = json.loads(message.split("agent saw ")[1])
    assert {"platform.start", "platform.runtimeDone", "platform.report"} <= set(seen["types"])
    assert [line.strip() for line in seen["lines"]][:2] == ["work 0", "work 1"]
