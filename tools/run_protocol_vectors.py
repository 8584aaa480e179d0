#!/usr/bin/env python3
"""Runs botocore's protocol vectors against src/wire, in mirror image.

    run_protocol_vectors.py --botocore DIR [--driver build/dev/protocol_vectors] [--write] [--case ID]

DIR (or the environment's VIRGA_BOTOCORE_SOURCE) is a source tree of botocore; nothing of it is kept here.
  input vectors   the request that a client sends must be read as the parameters the client was given
  output vectors  the answer we write for the result must be read by botocore's own parser as that result, with the
                  vector's status and headers; the same for errors
--write renews docs/conformance/protocols.md. The exit code is 1 when a vector fails that EXCEPTIONS does not name, or
when one that it names passes.
"""

import argparse
import base64
import collections
import copy
import json
import math
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUEST_ID = "01234567-89ab-cdef-0123-456789abcdef"

# Vectors that do not pass, with the reason.
NO_TRACE = "an empty list or map leaves no trace in the request"
COMPRESSED = "the vector has no body to read; compressed bodies are undone before this layer"
FLATTENED = "flattened lists are named after their elements, as botocore reads them and SimpleDB writes them"
EMPTY_PAYLOAD = "an empty payload is read as an empty structure, not as an absent one"
EXCEPTIONS = {
    ("input", "Ec2EmptyQueryLists"): NO_TRACE,
    ("input", "QueryEmptyQueryMaps"): NO_TRACE,
    ("input", "RestJsonHttpPrefixHeadersAreNotPresent"): NO_TRACE,
    ("input", "HttpPrefixHeadersAreNotPresent"): NO_TRACE,
    ("input", "RestJsonOmitsEmptyListQueryValues"): NO_TRACE,
    ("input", "RestJsonHostWithPath"): "client-side behaviour only: the path is part of the client's endpoint",
    ("input", "RestJsonHttpWithEmptyStructurePayload"): EMPTY_PAYLOAD,
    ("input", "RestJsonHttpWithHeadersButNoPayload"): EMPTY_PAYLOAD,
    ("output", "Ec2XmlLists"): FLATTENED,
    ("output", "QueryXmlLists"): FLATTENED,
    ("output", "XmlLists"): FLATTENED,
    ("output", "HttpPrefixHeadersResponse"): "an empty prefix takes every header, our request id among them",
}
for protocol in ("awsJson1_0", "awsJson1_1", "awsQuery", "ec2Query"):
    EXCEPTIONS["input", f"SDKAppliedContentEncoding_{protocol}"] = COMPRESSED
    EXCEPTIONS["input", f"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_{protocol}"] = COMPRESSED
for protocol in ("restJson1", "restXml"):
    EXCEPTIONS["input", f"SDKAppliedContentEncoding_{protocol}"] = COMPRESSED
    EXCEPTIONS["input", f"SDKAppendedGzipAfterProvidedEncoding_{protocol}"] = COMPRESSED


def normal(value):
    """A value without what JSON cannot tell: members without values, special floats, 1 and 1.0."""
    if isinstance(value, dict):
        return {key: normal(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [normal(part) for part in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return int(value) if value == int(value) else value
    return value


class Driver:
    """The protocol_vectors program: one JSON line in, one out."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("protocol_vectors ended: " + json.dumps(question)[:2000])
        return json.loads(line)


def run_input(driver, suite, case, protocol):
    sent = case["serialized"]
    body = sent.get("body", "")
    if "cbor" not in protocol:
        body = base64.b64encode(body.encode()).decode()
    request = {
        "method": sent.get("method", case["given"]["http"]["method"]),
        "uri": sent["uri"],
        "headers": sent.get("headers", {}),
        "body": body,
    }
    answer = driver.ask(service=suite, operation=case["given"], request=request)
    if "failed" in answer:
        return answer["failed"]
    actual, expected = normal(answer["params"]), normal(case["params"])
    # What the client fills in by itself cannot be told from what it was given.
    given = suite["shapes"].get(case["given"].get("input", {}).get("shape"), {"members": {}})
    for name, member in given.get("members", {}).items():
        if member.get("idempotencyToken") and name not in expected:
            actual.pop(name, None)
    drop_bound_parameters(suite, given, actual, expected)
    return None if actual == expected else f"read {json.dumps(actual)}, wanted {json.dumps(expected)}"


def drop_bound_parameters(suite, given, actual, expected):
    """The vectors disagree whether a map of parameters holds those with members of their own; ours does not."""
    bound = {
        member.get("locationName", name)
        for name, member in given.get("members", {}).items()
        if member.get("location") == "querystring" and suite["shapes"][member["shape"]]["type"] != "map"
    }
    for params in (actual, expected):
        for name, member in given.get("members", {}).items():
            if member.get("location") == "querystring" and isinstance(params.get(name), dict):
                rest = {key: part for key, part in params[name].items() if key not in bound}
                params.pop(name)
                if rest:
                    params[name] = rest


class Parsers:
    """botocore's own reading of answers."""

    def __init__(self):
        from botocore import parsers
        from botocore.awsrequest import HeadersDict
        from botocore.eventstream import EventStream
        from botocore.model import NoShapeFoundError, OperationModel, ServiceModel
        from botocore.utils import parse_timestamp

        self.headers_dict, self.stream, self.no_shape = HeadersDict, EventStream, NoShapeFoundError
        self.operation_model, self.service_model = OperationModel, ServiceModel
        self.timestamp = lambda value: self.seconds(parse_timestamp(value))
        self.by_protocol = {
            "ec2": parsers.EC2QueryParser,
            "query": parsers.QueryParser,
            "json": parsers.JSONParser,
            "rest-json": parsers.RestJSONParser,
            "rest-xml": parsers.RestXMLParser,
            "smithy-rpc-v2-cbor": parsers.RpcV2CBORParser,
        }

    @staticmethod
    def seconds(time):
        import datetime

        return (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()

    def read(self, suite, case, answer):
        description = copy.deepcopy(suite)
        name = case["given"].get("name", "OperationName")
        description["operations"] = {name: copy.deepcopy(case)}
        service = self.service_model(description)
        operation = self.operation_model(copy.deepcopy(case["given"]), service)
        protocol = service.metadata["protocol"]
        parser = self.by_protocol[protocol](timestamp_parser=self.timestamp)
        body = base64.b64decode(answer["body"])
        response = {
            "status_code": answer["status"],
            "headers": self.headers_dict(answer["headers"]),
            "body": body,
            "context": {"operation_name": name},
        }
        if operation.has_event_stream_output:

            class Raw:
                def stream(self):
                    yield body

            response["body"] = Raw()
        shape = operation.output_shape
        if protocol == "query" and shape and shape.members:
            shape.serialization["resultWrapper"] = f"{name}Result"
        parsed = parser.parse(response, shape)
        if "error" in case:
            try:
                error_shape = service.shape_for_error_code(parsed.get("Error", {}).get("Code"))
                parsed.update(parser.parse(response, error_shape))
            except self.no_shape:
                pass
        return {key: list(value) if isinstance(value, self.stream) else value for key, value in parsed.items()}


def same_body(answer, expected, protocol):
    """Whether two bodies say the same, for vectors that botocore itself cannot read."""
    actual = base64.b64decode(answer["body"]).decode()
    if not actual or not expected:
        return actual == expected
    if "json" in protocol:
        return json.loads(actual) == json.loads(expected)
    import xml.etree.ElementTree as ElementTree

    return ElementTree.canonicalize(actual, strip_text=True) == ElementTree.canonicalize(expected, strip_text=True)


def run_output(driver, parsers, suite, case, ignored):
    if "error" in case:
        question = {
            "error": {
                "code": case.get("errorCode", ""),
                "message": case.get("errorMessage", ""),
                "details": case["error"],
            }
        }
    else:
        question = {"result": case["result"]}
    answer = driver.ask(service=suite, operation=case["given"], **question)
    protocol, body = suite["metadata"]["protocol"], case["response"].get("body", "")
    if ignored and "cbor" not in protocol and same_body(answer, body, protocol):
        if answer["status"] != case["response"]["status_code"]:
            return f"status {answer['status']}, wanted {case['response']['status_code']}"
        return compare_headers(answer, case["response"].get("headers", {}))
    parsed = parsers.read(suite, case, answer)
    metadata = parsed.pop("ResponseMetadata", {})
    parsed = normal(parsed)
    if "error" in case:
        parsed["Error"] = {key: parsed.get("Error", {}).get(key, "") for key in ("Code", "Message")}
        given = {"Code": case.get("errorCode", ""), "Message": case.get("errorMessage", "")}
        expected = {"Error": given, **case["error"]}
    else:
        expected = case["result"]
    expected = normal(expected)
    if parsed != expected:
        return f"read back {json.dumps(parsed)}, wanted {json.dumps(expected)}, from {answer}"
    if answer["status"] != case["response"]["status_code"]:
        return f"status {answer['status']}, wanted {case['response']['status_code']}"
    # Of an answer to an operation without output, botocore's CBOR parser reads nothing at all.
    reads_id = "output" in case["given"] or "error" in case or suite["metadata"]["protocol"] != "smithy-rpc-v2-cbor"
    if reads_id and metadata.get("RequestId") != REQUEST_ID:
        return f"request id {metadata.get('RequestId')}"
    return compare_headers(answer, case["response"].get("headers", {}))


def compare_headers(answer, expected):
    """Modelled headers; the type of the content is AWS's, which the vectors do not always follow."""
    actual = {name.lower(): text for name, text in answer["headers"].items()}
    for name, text in expected.items():
        if name.lower() in ("content-type", "content-length", "x-amzn-requestid", "x-amzn-errortype", "x-amz-target"):
            continue
        if actual.get(name.lower(), "").replace(", ", ",") != text.replace(", ", ","):
            return f"header {name}: {actual.get(name.lower())!r}, wanted {text!r}"
    return None


def ignored_cases(folder):
    """Cases that botocore itself does not pass, by direction and id."""
    found = set()
    for protocol in json.loads((folder / "protocol-tests-ignore-list.json").read_text())["protocols"].values():
        for direction, names in protocol.items():
            found.update((direction, name) for name in names.get("cases", []))
    return found


def cases_of(folder):
    for direction in ("input", "output"):
        for file in sorted((folder / direction).glob("*.json")):
            for number, suite in enumerate(json.loads(file.read_text(encoding="utf-8"))):
                cases = suite.pop("cases")
                for index, case in enumerate(cases):
                    yield direction, file.stem, case.get("id") or f"{number}:{index}", suite, case


def table(counts, failures):
    lines = [
        "# Protocol conformance",
        "",
        "How `src/wire` reads and writes botocore's protocol vectors (`tests/unit/protocols` of its source), in",
        "mirror image: input vectors are requests to read, output vectors results to write. Generated by",
        "`tools/run_protocol_vectors.py --write`.",
        "",
        "| vectors | direction | cases | pass | exceptions |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    total = collections.Counter()
    for (direction, stem), count in sorted(counts.items(), key=lambda item: (item[0][1], item[0][0])):
        lines.append(f"| {stem} | {direction} | {count['all']} | {count['pass']} | {count['all'] - count['pass']} |")
        total.update(count)
    lines += [
        f"| all | | {total['all']} | {total['pass']} | {total['all'] - total['pass']} |",
        "",
        "## Exceptions",
        "",
        "| vector | direction | case | reason |",
        "| --- | --- | --- | --- |",
    ]
    for direction, stem, name in failures:
        lines.append(f"| {stem} | {direction} | {name} | {EXCEPTIONS.get((direction, name), 'FAILS')} |")
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--botocore", default=os.environ.get("VIRGA_BOTOCORE_SOURCE"), help="botocore's source tree")
    arguments.add_argument("--driver", default=str(ROOT / "build" / "dev" / "protocol_vectors"))
    arguments.add_argument("--write", action="store_true", help="renew docs/conformance/protocols.md")
    arguments.add_argument("--case", help="run only this case, and show what happens")
    options = arguments.parse_args()
    if not options.botocore:
        raise SystemExit("--botocore or VIRGA_BOTOCORE_SOURCE must name a source tree of botocore")
    source = Path(options.botocore)
    sys.path.insert(0, str(source))
    driver, parsers = Driver(options.driver), Parsers()
    counts, failures, wrong = collections.defaultdict(collections.Counter), [], 0
    folder = source / "tests" / "unit" / "protocols"
    ignored = ignored_cases(folder)
    for direction, stem, name, suite, case in cases_of(folder):
        if options.case and options.case != name:
            continue
        try:
            if direction == "input":
                reason = run_input(driver, suite, case, suite["metadata"]["protocol"])
            else:
                reason = run_output(driver, parsers, suite, case, (direction, name) in ignored)
        except Exception as error:  # botocore could not read the answer
            reason = f"{type(error).__name__}: {error}"
        counts[direction, stem]["all"] += 1
        counts[direction, stem]["pass"] += reason is None
        is_excused = (direction, name) in EXCEPTIONS
        if reason:
            failures.append((direction, stem, name))
        if bool(reason) != is_excused:
            wrong += 1
            print(f"{stem} {direction} {name}: {reason or 'passes, but is listed as an exception'}")
    # An exception listed with its reason counts as left out.
    total = sum(c["all"] for c in counts.values())
    excused = len(failures) - sum(1 for direction, _, name in failures if (direction, name) not in EXCEPTIONS)
    print(f"{total - excused - wrong} passed, {wrong} failed, {excused} skipped")
    if options.write:
        (ROOT / "docs" / "conformance" / "protocols.md").write_text(table(counts, failures))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
