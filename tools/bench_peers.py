#!/usr/bin/env python3
"""Virga beside its peers: ./dev bench-peers [dynamodb] [objects] [functions] [--rounds N] [--seconds S].

The peers are what the package registries have: DynamoDB Local (tests/peers/dynamodb-local.xml), dynalite and s3rver
(tests/peers/package.json), MiniStack (tests/peers/requirements.txt), without containers. Every server
runs on the first processor and the same load on the second, in turns, so that what else the machine does meets all
alike; medians count. Functions are where they want to be. Virga verifies every signature; the peers take any.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import bench

PEERS = bench.ROOT / "tests/peers"
INSTALLED = bench.ROOT / "build/peers"
MODES = ["put", "get", "update", "put-batch", "query", "put-together"]
START_SECONDS_MAX = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def install_python():
    place = INSTALLED / "python"
    if not (place / "complete").exists():
        print("fetching MiniStack …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin/pip", "-q", "install", "-r", PEERS / "requirements.txt"], check=True)
        (place / "complete").touch()


def install_node():
    modules = INSTALLED / "node"
    if not (modules / "complete").exists():
        print("fetching dynalite and s3rver …", flush=True)
        modules.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / name, modules)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=modules, check=True)
        (modules / "complete").touch()


def install_functions():
    install_python()


def install_objects():
    install_node()
    install_python()


def install_dynamodb():
    jars = INSTALLED / "dynamodb-local"
    if not (jars / "complete").exists():
        print("fetching DynamoDB Local …", flush=True)
        pom = str(PEERS / "dynamodb-local.xml")
        copy = ["mvn", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        subprocess.run(copy, check=True)
        (jars / "complete").touch()
    install_node()


class Peer(bench.Server):
    """Another program's server, on a port that was free a moment ago."""

    def __init__(self, name, command, credentials=None):
        self.name, self.credentials, self.port = name, credentials or {}, free_port()
        command = [str(part).replace("{port}", str(self.port)) for part in command]
        self.process = subprocess.Popen(
            bench.pinned(0, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=INSTALLED
        )
        began = time.monotonic()
        while time.monotonic() - began < START_SECONDS_MAX:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit(f"bench-peers: {name} did not start")


def dynamodb_servers():
    jars = INSTALLED / "dynamodb-local"
    main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
    local = ["java", f"-Djava.library.path={jars}", "-cp", f"{jars}/*", main, "-inMemory", "-port", "{port}"]
    dynalite = ["node", INSTALLED / "node/node_modules/dynalite/cli.js", "--port", "{port}", "--createTableMs", "0"]
    return {
        "virga": lambda: bench.Server("peers"),
        "DynamoDB Local": lambda: Peer("DynamoDB Local", local),
        "dynalite": lambda: Peer("dynalite", dynalite),
    }


def object_servers():
    folder = bench.DATA / "s3rver"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    program = INSTALLED / "node/node_modules/s3rver/bin/s3rver.js"
    s3rver = ["node", program, "-d", folder, "-a", "127.0.0.1", "-p", "{port}", "--silent"]
    keys = {"AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER"}
    ministack = ["env", "GATEWAY_PORT={port}", "LOG_LEVEL=ERROR", INSTALLED / "python/bin/ministack"]
    return {
        "virga": lambda: bench.Server("peers"),
        "s3rver": lambda: Peer("s3rver", s3rver, keys),
        "MiniStack": lambda: Peer("MiniStack", ministack),
    }


def rate_of(server, mode, seconds, **more):
    """Requests a second; 0 for what a peer cannot do."""
    try:
        return server.load(mode, seconds=seconds, **more)["per_second"]
    except SystemExit:
        if not isinstance(server, Peer):
            raise
        return 0.0


def compare(options, servers, loads):
    """The rates of each load on each server; `loads` are its mode and its options by what it is called."""
    running = {name: start() for name, start in servers.items()}
    rates = {}
    try:
        for number in range(options.rounds):
            for what, (mode, more) in loads(number).items():
                for name, server in running.items():
                    rate = rate_of(server, mode, options.seconds, **more)
                    rates.setdefault((what, name), []).append(rate)
                    print(f"  round {number + 1} {what:<13} {name:<15} {rate:>9.0f}/s", flush=True)
    finally:
        for server in running.values():
            server.stop()
    medians = {key: statistics.median(taken) for key, taken in rates.items()}
    print(f"\n{time.strftime('%Y-%m-%d')}, {bench.machine()}\n")
    print("| requests a second | " + " | ".join(running) + " | over the best peer |\n|" + " --- |" * (len(running) + 2))
    for what in loads(0):
        row = [medians[what, name] for name in running]
        cells = " | ".join(f"{rate:,.0f}" for rate in row)
        best = max(row[1:])
        print(f"| {what} | {cells} | {f'{row[0] / best:.1f}x' if best else '-'} |")
    return {f"{what}, {name}": rate for (what, name), rate in medians.items()}


def dynamodb(options):
    def loads(number):
        return {mode: (mode, {"table": f"t-{mode}-{number}", "keys": 1_000}) for mode in MODES}

    return compare(options, dynamodb_servers(), loads)


def objects(options):
    def loads(number):
        small, large = {"object_bytes": 1_024, "keys": 500}, {"object_bytes": 8 << 20, "keys": 2, "connections": 2}
        return {
            f"{verb} {size}": (f"object-{verb}", {"bucket": f"{verb}-{size}-{number}".lower(), **shape})
            for size, shape in (("1-KB", small), ("8-MB", large))
            for verb in ("put", "get")
        }

    return compare(options, object_servers(), loads)


class FunctionPeer(bench.FunctionServer):
    """MiniStack, which is asked as Virga is."""

    def __init__(self):
        self.name, self.port = "MiniStack", free_port()
        settings = {"GATEWAY_PORT": str(self.port), "LAMBDA_EXECUTOR": "local", "LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(
            [INSTALLED / "python/bin/ministack"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **settings}, cwd=INSTALLED,
        )
        began = time.monotonic()
        while time.monotonic() - began < START_SECONDS_MAX:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit("bench-peers: MiniStack did not start")


def functions(options):
    """The same function of Python, invoked again and again, and after each change of its settings."""
    warm_count, cold_count = 200, 5
    runtime = f"python3.{sys.version_info.minor}"
    running = {"virga": bench.FunctionServer("peers", "--lambda-runtimes", "nearest"), "MiniStack": FunctionPeer()}
    times = {}
    try:
        for name, server in running.items():
            server.make_function("f", runtime, {"index.py": "def handler(event, context):\n    return event\n"})
            server.invoke("f")
        for number in range(options.rounds):
            for name, server in running.items():
                times.setdefault(("warm", name), []).extend(server.invoke("f") for _ in range(warm_count))
                for cold in range(cold_count):
                    server.renew("f", number * cold_count + cold)
                    times.setdefault(("cold", name), []).append(server.invoke("f"))
    finally:
        for server in running.values():
            server.stop()
    medians = {key: statistics.median(taken) for key, taken in times.items()}
    print(f"\n{time.strftime('%Y-%m-%d')}, {bench.machine()}\n")
    print("| Invoke, median ms | " + " | ".join(running) + " | |\n|" + " --- |" * (len(running) + 2))
    for mode in ("warm", "cold"):
        row = [medians[mode, name] for name in running]
        print(f"| {mode} | " + " | ".join(f"{taken:.2f}" for taken in row) + f" | {row[1] / row[0]:.1f}x |")
    return {f"{mode}, {name}": taken for (mode, name), taken in medians.items()}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench-peers")
    parser.add_argument("names", nargs="*", metavar="NAME", default=["dynamodb"], help="dynamodb, objects, functions")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    options = parser.parse_args()
    if unknown := set(options.names) - {"dynamodb", "objects", "functions"}:
        parser.error(f"no comparison {', '.join(unknown)}")
    bench.DATA.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        globals()[f"install_{name}"]()
    results = {name: globals()[name](options) for name in options.names}
    (bench.ROOT / "build/bench-peers.json").write_text(json.dumps(results, indent=1) + "\n")
    shutil.rmtree(bench.DATA, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
