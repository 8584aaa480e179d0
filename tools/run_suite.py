#!/usr/bin/env python3
"""Runs a test suite that others wrote for AWS or for another emulator against Virga, and compares with what we expect.

    run_suite.py moto --checkout DIR                    the parts of the suite that Virga has the services for
    run_suite.py moto --checkout DIR -k fifo            some of them
    run_suite.py moto --checkout DIR --write            renews docs/conformance/moto.md, too

DIR is a checkout of the suite's repository, outside this tree: none of its code belongs here. The Python that runs
this program runs the suite, so it needs the suite's packages: moto[server] and freezegun for moto, pytest-xdist for
ministack, what its requirements.txt says for s3-tests, boto3 and pytest for all but floci-node and dynalite, which need
`npm install` in their folder.

docs/conformance/SUITE_reasons.json says why tests may fail: {reason: [test, …]}; * stands for anything. AWS's
documentation decides who is right. A failure without a reason fails the run, as does a reason for a test that passes.
"""
import argparse
import collections
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "conformance"
SUITE_SECONDS_MAX = 3600


@dataclasses.dataclass(frozen=True)
class Suite:
    """How to run one suite."""
    repository: str
    folder: str  # in the checkout, to run in
    command: tuple  # {report} is where the JUnit report goes
    tests: tuple  # those that are run, for the page
    environment: dict  # {endpoint} is Virga's address
    filter: str = "-k"  # the option that takes the -k expression
    options: tuple = ()  # to start Virga with
    prepare: object = None  # (endpoint, folder) -> further environment, called when Virga runs


PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "--color=no", "--tb=short", "-p", "no:cacheprovider"),
    *("-p", "suite_plugin", "--junitxml={report}"),
)

# The suites' functions are of the newest runtimes, whatever this machine has.
NEAREST = ("--lambda-runtimes=nearest",)

# The execution roles of MiniStack's tests, each as account/name.
MINISTACK_ROLES = ",".join(
    [f"000000000000/{name}" for name in ("lambda-role", "test-role", "test", "r", "role", "CWLtoKinesis")]
    + ["000000000001/lambda-role", "123456789012/lambda-role"]
)

# What is about Ceph alone, or needs what AWS's S3 does not have.
S3_TESTS = " and ".join(
    f"not {mark}" for mark in (
        "fails_on_aws", "bucket_logging", "cloud_transition", "cloud_restore", "iam_tenant", "webidentity_test",
        "appendobject", "s3select", "test_of_sts", "iam_account",
    )
)


def prepare_s3_tests(endpoint, folder):
    """Accounts with a key of their root each, in the suite's configuration file."""
    import boto3
    address = endpoint.removeprefix("http://")
    host, port = address.rsplit(":", 1)
    lines = ["[DEFAULT]", f"host = {host}", f"port = {port}", "is_secure = False", "ssl_verify = False",
             "[fixtures]", "bucket prefix = s3-tests-{random}-"]
    for section, account in (("s3 main", "111111111111"), ("s3 alt", "222222222222"), ("s3 tenant", "333333333333"),
                             ("iam", "444444444444"), ("iam root", "555555555555"), ("iam alt root", "666666666666")):
        session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="any", region_name="us-east-1")
        key = session.client("iam", endpoint_url=endpoint).create_access_key()["AccessKey"]
        owner = session.client("s3", endpoint_url=endpoint).list_buckets()["Owner"]
        lines += [f"[{section}]", f"access_key = {key['AccessKeyId']}", f"secret_key = {key['SecretAccessKey']}",
                  f"user_id = {owner['ID']}", f"display_name = {account}", f"email = {account}@example.com"]
        if section == "s3 main":
            kms = session.client("kms", endpoint_url=endpoint)
            keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
            lines += ["api_name = ", "storage_classes = STANDARD_IA, ONEZONE_IA", "lc_debug_interval = 1",
                      f"kms_keyid = {keys[0]}", f"kms_keyid2 = {keys[1]}"]
        if section == "s3 tenant":
            lines += [f"tenant = {account}"]
    file = folder / "s3tests.conf"
    file.write_text("\n".join(lines) + "\n")
    return {"S3TEST_CONF": str(file)}


SUITES = {
    "s3-tests": Suite(
        repository="ceph/s3-tests",
        folder=".",
        tests=("s3tests/functional",),
        command=(*PYTEST, "-m", S3_TESTS),
        environment={"VIRGA_STUB_OLD_BUCKETS": "1", "VIRGA_TEST_SECONDS_MAX": "120"},
        prepare=prepare_s3_tests,
    ),
    "s3cmd": Suite(
        repository="s3tools/s3cmd",
        folder=".",
        tests=(),
        command=(sys.executable, str(ROOT / "tools" / "suite_s3cmd.py"), "{endpoint}", "{report}"),
        environment={},
    ),
    "moto": Suite(
        repository="getmoto/moto",
        folder=".",
        tests=tuple(
            f"tests/test_{part}"
            for part in (
                *("sqs", "sts", "iam", "organizations", "cloudtrail", "dynamodb", "kms"),
                *("secretsmanager", "ssm", "appconfig", "s3", "logs", "awslambda"),
            )
        ),
        # test_server.py tests moto's server inside of the test's own process.
        command=(*PYTEST, "-m", "not aws_verified", "--ignore-glob=*/test_server.py"),
        environment={
            "TEST_SERVER_MODE": "true",
            "TEST_SERVER_MODE_ENDPOINT": "{endpoint}",
            "MOTO_CALL_RESET_API": "false",
            "VIRGA_RESET_BEFORE_EACH": "test",
            "VIRGA_ROLE_BEFORE_EACH": "test_awslambda",
            "VIRGA_READABLE_ARCHIVES": "1",
            "AWS_ACCESS_KEY_ID": "123456789012",
        },
        options=NEAREST,
    ),
    "ministack": Suite(
        repository="ministackorg/ministack",
        folder=".",
        tests=tuple(
            f"tests/test_{part}.py"
            for part in (
                *("sqs", "sts", "iam", "organizations", "cloudtrail", "kms", "secretsmanager", "ssm", "appconfig"),
                *("dynamodb", "dynamodb_streams", "s3", "cloudwatch_logs", "lambda"),
            )
        ),
        command=PYTEST,
        environment={"MINISTACK_ENDPOINT": "{endpoint}", "PYTHONPATH": ".", "VIRGA_STUB_RECORDING": "1",
                     "VIRGA_RESET_BEFORE_EACH": "test_cloudtrail", "VIRGA_READABLE_ARCHIVES": "1",
                     "VIRGA_ROLES": MINISTACK_ROLES},
        options=NEAREST,
    ),
    "alternator": Suite(
        repository="scylladb/scylladb at 1a717f3014",
        folder=".",
        tests=("test/alternator",),
        command=(
            *PYTEST,
            *("-c", os.devnull, "--rootdir=.", "--confcutdir=test/alternator", "--url={endpoint}"),
            # What is about their own server: its CQL side, metrics, tracing, roles.
            *(
                f"--ignore=test/alternator/test_{part}.py"
                for part in ("cql_rbac", "metrics", "tracing", "scylla", "system_tables", "authorization")
            ),
        ),
        environment={"VIRGA_STUB_CASSANDRA": "1", "PYTHONPATH": "."},
    ),
    "dynalite": Suite(
        repository="architect/dynalite",
        folder=".",
        tests=("test",),
        command=(
            *("npx", "mocha", "--exit", "--require", "should", "-t", "8s"),
            *("--reporter", "xunit", "--reporter-option", "output={report}"),
        ),
        environment={"NODE_OPTIONS": f"--require {ROOT}/tools/suite_dynalite.cjs"},
        filter="-g",
    ),
    "floci-python": Suite(
        repository="floci-io/floci",
        folder="compatibility-tests/sdk-test-python",
        tests=("tests/test_sqs.py", "tests/test_sts.py"),
        command=PYTEST,
        environment={"FLOCI_ENDPOINT": "{endpoint}"},
    ),
    "floci-node": Suite(
        repository="floci-io/floci",
        folder="compatibility-tests/sdk-test-node",
        tests=("tests/sqs.test.ts", "tests/sts.test.ts"),
        command=("npx", "vitest", "run", "--reporter=default", "--reporter=junit", "--outputFile.junit={report}"),
        environment={"FLOCI_ENDPOINT": "{endpoint}"},
        filter="-t",
    ),
}


def run(suite, folder, expression):
    """Runs the suite with a cloud of its own; its JUnit report."""
    from virga import Virga
    with Virga(*suite.options, ephemeral=True) as virga, tempfile.TemporaryDirectory(prefix="virga-suite-") as place:
        report = Path(place) / "report.xml"
        prepared = suite.prepare(virga.endpoint, Path(place)) if suite.prepare else {}
        own = {name: text.format(endpoint=virga.endpoint) for name, text in suite.environment.items()}
        paths = [str(Path(__file__).resolve().parent), own.pop("PYTHONPATH", None)]
        environment = {**virga.environment(), "VIRGA_ENDPOINT": virga.endpoint, **own, **prepared,
                       "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
        command = [part.format(report=report, endpoint=virga.endpoint) for part in suite.command] + list(suite.tests)
        if expression:
            command += [suite.filter, expression]
        subprocess.run(command, cwd=folder, env=environment, check=False, timeout=SUITE_SECONDS_MAX)
        if not report.exists():
            raise SystemExit("the suite did not run")
        return ElementTree.parse(report)


def outcomes_of(report):
    """What became of each test: {test: (passed, failed or skipped, what it said)}."""
    found = {}
    for case in report.iter("testcase"):
        test = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}"
        for kind, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
            part = case.find(kind)
            if part is not None:
                lines = (part.get("message") or part.text or "").strip().splitlines()
                found[test] = outcome, lines[0] if lines else ""
                break
        else:
            found.setdefault(test, ("passed", ""))
    return found


def reasons_of(name):
    """The reasons file, as (pattern, reason) pairs."""
    file = PAGES / f"{name}_reasons.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    return [(pattern, reason) for reason, patterns in known.items() for pattern in patterns]


def reason_for(test, reasons):
    # Brackets are literal in the names of parametrized tests.
    return next((reason for pattern, reason in reasons if fnmatchcase(test, pattern.replace("[", "[[]"))), None)


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def page(name, suite, outcomes, reasons):
    counts = collections.defaultdict(collections.Counter)
    for test, (outcome, _) in outcomes.items():
        counts[test.split("::")[0]][outcome] += 1
    lines = [f"# {name}", "",
             f"The test suite of {suite.repository} ({', '.join(suite.tests)}) run against Virga. Written by",
             f"`tools/run_suite.py {name} --write`; AWS's documentation decides who is right.", "",
             "| file | tests | passed | failed | skipped |", "| --- | ---: | ---: | ---: | ---: |"]
    total = collections.Counter()
    for file, count in sorted(counts.items()):
        total.update(count)
        lines.append(f"| {file} | {count.total()} | {count['passed']} | {count['failed']} | {count['skipped']} |")
    lines.append(f"| **all** | {total.total()} | {total['passed']} | {total['failed']} | {total['skipped']} |")
    for outcome, head in (("failed", "Failures"), ("skipped", "Skipped by the suite")):
        tests = {test: said for test, (result, said) in sorted(outcomes.items()) if result == outcome}
        if tests:
            lines += ["", f"## {head}", "", "| test | reason |", "| --- | --- |"]
            lines += [f"| {cell(test)} | {cell(reason_for(test, reasons) or said)} |" for test, said in tests.items()]
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("suite", choices=SUITES)
    arguments.add_argument("--checkout", required=True, type=Path, help="a checkout of the suite's repository")
    arguments.add_argument("--binary", default=str(ROOT / "build" / "dev" / "virga"))
    arguments.add_argument("--write", action="store_true", help="renew the page in docs/conformance")
    arguments.add_argument("-k", metavar="EXPRESSION", help="run only the tests that match")
    options = arguments.parse_args()
    if options.write and options.k:
        arguments.error("--write needs all tests")
    os.environ["VIRGA_BINARY"] = str(Path(options.binary).resolve())
    sys.path.insert(0, str(ROOT / "tests" / "sdk"))
    suite = SUITES[options.suite]
    outcomes = outcomes_of(run(suite, options.checkout / suite.folder, options.k))
    reasons = reasons_of(options.suite)
    wrong = 0
    for test, (outcome, said) in outcomes.items():
        excused = reason_for(test, reasons)
        if outcome == "failed" and not excused:
            print(f"failed: {test}: {said}")
        elif outcome == "passed" and excused:
            print(f"passes, but has a reason to fail: {test}: {excused}")
        else:
            continue
        wrong += 1
    total = collections.Counter(outcome for outcome, _ in outcomes.values())
    print(f"{len(outcomes)} tests: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped; "
          f"{wrong} not as expected")
    if options.write:
        (PAGES / f"{options.suite}.md").write_text(page(options.suite, suite, outcomes, reasons))
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
