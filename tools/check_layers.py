#!/usr/bin/env python3
"""Checks who includes whom: the architecture as a table, and the standard headers that some layers must do without.

Prints one line per violation, `file:line: what and what to do instead`, and exits with 1 when there is any.
"""

import re
import sys
from pathlib import Path

# Layer -> the layers it may include besides itself. This table is the architecture; ARCHITECTURE.md explains it.
MAY_INCLUDE = {
    "base": set(),
    "model": {"base"},
    "store": {"base"},
    "http": {"base"},
    "auth": {"base", "model"},
    "wire": {"base", "model", "http"},
    "policy": {"base"},
    "kernel": {"base", "model", "store", "auth", "policy"},
    "api": {"base", "model", "kernel"},
    "aws": {"base", "model", "store", "policy", "kernel"},
    "services": {"base", "model", "store", "policy", "kernel", "api", "aws"},
    "runtime": {"base", "kernel", "http"},
    "server": {
        *("base", "model", "store", "http", "auth", "wire", "policy", "kernel", "api", "aws", "services", "runtime"),
    },
}

# Layer -> standard and library headers it must do without, and what to use.
BANNED = {
    "services": {
        "<chrono>": "kernel/clock.h has the types; the time is call.now",
        "<thread>": "operations are transactions; work that must happen later is a timer or an event",
        "<mutex>": "state lives in tables; transactions keep it whole",
        "<atomic>": "state lives in tables; transactions keep it whole",
        "<condition_variable>": "return call.park_until(…)",
        "<random>": "call.dice, call.uuid, call.new_id",
        "<fstream>": "tables, or blobs for long bodies",
        "<filesystem>": "tables, or blobs for long bodies",
        "<iostream>": "the log of the cloud",
        "<regex>": "RE2",
    },
}
BANNED["aws"] = BANNED["services"]
BANNED_EVERYWHERE = {"<iostream>": "base::Log, or fmt::print in a program's main", "<regex>": "RE2"}
EXEMPT_EVERYWHERE = {"server"}  # the command line prints

INCLUDE = re.compile(r'\s*#\s*include\s+(["<][^">]+[">])')
TEST_FILE = re.compile(r"(_test|_sim|_fuzz|_bench|_main)\.cc$|/testing\w*\.(h|cc)$|/test_support\.h$")


def includes_of(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1]


def problem_with(layer, service, is_test, name):
    """What is wrong with including `name`, or None."""
    if name.startswith("<"):
        instead = BANNED.get(layer, {}).get(name)
        if instead is None and layer not in EXEMPT_EVERYWHERE:
            instead = BANNED_EVERYWHERE.get(name)
        return f"{layer} does without {name}: {instead}" if instead and not is_test else None
    target = name.strip('"').split("/")
    if len(target) < 2 or target[0] not in MAY_INCLUDE:
        return f"{name} is no path from src/ or the generated api/"
    if target[0] == "services" and service and target[1] != service:
        return f"{service} includes {target[1]}; services call each other through a Client"
    if target[0] == layer or target[0] in MAY_INCLUDE[layer]:
        return None
    if is_test and target[0] not in ("services", "server"):
        return None  # a test may reach for what its layer is used with
    return f"{layer} may not include {target[0]}"


def check(src):
    problems = []
    for file in sorted([*src.rglob("*.h"), *src.rglob("*.cc")]):
        parts = file.relative_to(src).parts
        if len(parts) < 2:
            continue  # the precompiled header
        layer = parts[0]
        if layer not in MAY_INCLUDE:
            problems.append(f"{file}:1: the folder {layer} is no layer; see MAY_INCLUDE")
            continue
        service = parts[1] if layer == "services" else None
        is_test = bool(TEST_FILE.search(str(file)))
        for number, name in includes_of(file):
            problem = problem_with(layer, service, is_test, name)
            if problem:
                problems.append(f"{file}:{number}: {problem}")
    return problems


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    problems = check(root / "src")
    print("\n".join(problems) or "layers: as the table says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
