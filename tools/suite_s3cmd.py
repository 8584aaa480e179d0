#!/usr/bin/env python3
"""Runs s3cmd's run-tests.py, for run_suite.py: suite_s3cmd.py ENDPOINT REPORT, in a checkout of s3tools/s3cmd.

Its steps need what the steps before them left, so it stops at the first that fails; here it then goes on with the next
one. It is run in a copy, by a user who may not read everything when it is started by root: that is one of its steps.
"""
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

STEP = re.compile(r"^ *(\d+)  (.*?)\.* +(?:\x1b\[[\d;]*m)(OK|FAIL|SKIP)(.*?)(?:\x1b\[[\d;]*m)", re.MULTILINE)
STEPS_MAX = 200
SECONDS_MAX = 900


def configuration(endpoint):
    where = endpoint.removeprefix("http://")
    host, port = where.rsplit(":", 1)
    # What it asks by curl goes to hosts of buckets; curl takes all below localhost for this machine, others do not.
    name = "localhost" if host == "127.0.0.1" else host
    settings = {"access_key": "123456789012", "secret_key": "any", "host_base": f"{name}:{port}",
                "host_bucket": f"{name}:{port}", "use_https": "False", "progress_meter": "False",
                "bucket_location": "us-east-1"}
    return "[default]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())


def report_of(steps, file):
    suite = ElementTree.Element("testsuite")
    for number, (name, outcome, said) in sorted(steps.items()):
        case = ElementTree.SubElement(suite, "testcase", classname="run-tests", name=f"{number} {name}")
        if outcome != "OK":
            kind = "failure" if outcome == "FAIL" else "skipped"
            ElementTree.SubElement(case, kind, message=said.strip(" ()"))
    ElementTree.ElementTree(suite).write(file)


def main():
    endpoint, report = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="virga-s3cmd-") as place:
        copy, programs = Path(place) / "s3cmd", Path(place) / "bin"
        shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".git"))
        (copy / ".s3cfg").write_text(configuration(endpoint))
        programs.mkdir()
        # It calls "python", which must have dateutil and magic; the system's can be run by everybody.
        (programs / "python").symlink_to("/usr/bin/python3")
        user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in [place, *Path(place).rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(copy), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                       "USER": "virga", "LOGNAME": "virga"}
        steps, begin = {}, 1
        while begin <= STEPS_MAX:
            done = subprocess.run(["python", "run-tests.py", "-c", str(copy / ".s3cfg"), f"{begin}..{STEPS_MAX}"],
                                  cwd=copy, env=environment, capture_output=True, text=True, errors="replace",
                                  timeout=SECONDS_MAX, check=False, **user)
            sys.stdout.write(done.stdout + done.stderr)
            seen = {int(number): (name.strip(), outcome, said)
                    for number, name, outcome, said in STEP.findall(done.stdout)}
            fresh = {number: step for number, step in seen.items() if number >= begin}
            steps.update(fresh)
            failed = [number for number, (_, outcome, _) in fresh.items() if outcome == "FAIL"]
            if not failed:
                if done.returncode != 0:
                    steps[max(steps, default=0) + 1] = ("the rest", "FAIL", "the suite broke off")
                break
            begin = failed[0] + 1
        report_of(steps, report)


if __name__ == "__main__":
    main()
