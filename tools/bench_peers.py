#!/usr/bin/env python3
"""Virga beside its peers: ./dev bench-peers [dynamodb] [--rounds N] [--seconds S].

The peers are what the package registries have: DynamoDB Local (tests/peers/dynamodb-local.xml) and dynalite
(tests/peers/package.json). Every server runs on the first processor and the same load on the second, in turns, so that
what else the machine does meets all alike; medians count. Virga verifies every signature; the peers take any.
"""

import argparse
import json
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


def install():
    """Fetches the peers once; the versions are pinned in tests/peers."""
    jars = INSTALLED / "dynamodb-local"
    if not (jars / "complete").exists():
        print("fetching DynamoDB Local …", flush=True)
        pom = str(PEERS / "dynamodb-local.xml")
        copy = ["mvn", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        subprocess.run(copy, check=True)
        (jars / "complete").touch()
    modules = INSTALLED / "node"
    if not (modules / "complete").exists():
        print("fetching dynalite …", flush=True)
        modules.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / name, modules)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=modules, check=True)
        (modules / "complete").touch()


class Peer(bench.Server):
    """Another program's server, on a port that was free a moment ago."""

    def __init__(self, name, command):
        self.name, self.credentials, self.port = name, {}, free_port()
        command = [str(part).replace("PORT", str(self.port)) for part in command]
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


def servers():
    jars = INSTALLED / "dynamodb-local"
    main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
    local = ["java", f"-Djava.library.path={jars}", "-cp", f"{jars}/*", main, "-inMemory", "-port", "PORT"]
    dynalite = ["node", INSTALLED / "node/node_modules/dynalite/cli.js", "--port", "PORT", "--createTableMs", "0"]
    return {
        "virga": lambda: bench.Server("peers"),
        "DynamoDB Local": lambda: Peer("DynamoDB Local", local),
        "dynalite": lambda: Peer("dynalite", dynalite),
    }


def rate_of(server, mode, table, seconds):
    """Requests a second; 0 for what a peer cannot do."""
    try:
        return server.load(mode, seconds=seconds, table=table, keys=1_000)["per_second"]
    except SystemExit:
        if not isinstance(server, Peer):
            raise
        return 0.0


def dynamodb(options):
    running = {name: start() for name, start in servers().items()}
    rates = {}
    try:
        for number in range(options.rounds):
            for mode in MODES:
                for name, server in running.items():
                    rate = rate_of(server, mode, f"t-{mode}-{number}", options.seconds)
                    rates.setdefault((mode, name), []).append(rate)
                    print(f"  round {number + 1} {mode:<13} {name:<15} {rate:>9.0f}/s", flush=True)
    finally:
        for server in running.values():
            server.stop()
    medians = {key: statistics.median(taken) for key, taken in rates.items()}
    print(f"\n{time.strftime('%Y-%m-%d')}, {bench.machine()}\n")
    print("| requests a second | " + " | ".join(running) + " | over the best peer |\n|" + " --- |" * (len(running) + 2))
    for mode in MODES:
        row = [medians[mode, name] for name in running]
        cells = " | ".join(f"{rate:,.0f}" for rate in row)
        best = max(row[1:])
        print(f"| {mode} | {cells} | {f'{row[0] / best:.1f}x' if best else '-'} |")
    return {f"{mode}, {name}": rate for (mode, name), rate in medians.items()}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench-peers")
    parser.add_argument("names", nargs="*", metavar="NAME", default=["dynamodb"], help="dynamodb")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    options = parser.parse_args()
    if unknown := set(options.names) - {"dynamodb"}:
        parser.error(f"no comparison {', '.join(unknown)}")
    bench.DATA.mkdir(parents=True, exist_ok=True)
    install()
    results = {name: globals()[name](options) for name in options.names}
    (bench.ROOT / "build/bench-peers.json").write_text(json.dumps(results, indent=1) + "\n")
    shutil.rmtree(bench.DATA, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
