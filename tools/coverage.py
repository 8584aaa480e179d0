#!/usr/bin/env python3
"""Writes docs/coverage.md: what of every modelled service works, is tested, or answers NotImplemented.

    coverage.py build/coverage.json           writes the page
    coverage.py --check build/coverage.json   exits with 1 when the page is not what would be written

The JSON is what `virga_tests --coverage` wrote: every modelled operation, whether the program implements it, and
whether text tests have shown it to work and to raise which errors.
"""

import argparse
import json
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"

HEAD = """# Coverage

Written by `./dev coverage` from the API models, the program and the text tests. An operation is *tested* when a text
test has seen it succeed; the errors are those that text tests have seen it raise. What is not implemented answers
`NotImplemented` (HTTP 501), naming the operation.

"""


def summary(services):
    yield "| service | operations | work | tested |"
    yield "| --- | ---: | ---: | ---: |"
    totals = [0, 0, 0]
    for service, entry in sorted(services.items()):
        operations = entry["operations"].values()
        counts = [len(operations), sum(o["implemented"] for o in operations), sum(o["works"] for o in operations)]
        totals = [total + count for total, count in zip(totals, counts)]
        name = f"[{entry['name']}](#{service})" if counts[1] else entry["name"]
        yield f"| {name} | {counts[0]} | {counts[1] or ''} | {counts[2] or ''} |"
    yield f"| **{len(services)} services** | **{totals[0]}** | **{totals[1]}** | **{totals[2]}** |"


def state_of(operation):
    if not operation["implemented"]:
        return "NotImplemented"
    return "works, tested" if operation["works"] else "works"


def details(service, entry):
    yield f'\n## <a id="{service}"></a>{entry["name"]}\n'
    yield "| operation | state | errors shown |"
    yield "| --- | --- | --- |"
    for name, operation in sorted(entry["operations"].items()):
        yield f"| {name} | {state_of(operation)} | {', '.join(operation['errors'])} |"


def page(services):
    lines = list(summary(services))
    for service, entry in sorted(services.items()):
        if any(operation["implemented"] for operation in entry["operations"].values()):
            lines += details(service, entry)
    return HEAD + "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Writes docs/coverage.md, or checks that it is fresh.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("shown", type=Path)
    arguments = parser.parse_args()
    text = page(json.loads(arguments.shown.read_text()))
    if not arguments.check:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        print("coverage: fresh")
        return 0
    print("docs/coverage.md is stale; run ./dev coverage and commit it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
