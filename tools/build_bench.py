#!/usr/bin/env python3
"""How long building takes: ./dev build-bench [--check].

A clean build of the release preset without a cache, and, with the dev preset, the rebuild after touching one service.
Prints the largest object files too: compile time follows their size.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLEAN_SECONDS_MAX = 12 * 60
REBUILD_SECONDS_MAX = 15
TOUCHED = ROOT / "src/services/sqs/messages.cc"


def run(*command):
    """Runs a command without the compiler cache and answers how many seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env={**os.environ, "CCACHE_DISABLE": "1"}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(
            f"build-bench: {' '.join(map(str, command))} failed\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
    return time.monotonic() - began


def clean_build(jobs):
    folder = ROOT / "build/measure"
    shutil.rmtree(folder, ignore_errors=True)
    seconds = run("cmake", "--preset", "release", "-B", folder) + run(
        "cmake", "--build", folder, "-j", jobs, "--target", "virga"
    )
    objects = sorted(
        ((file.stat().st_size, str(file.relative_to(folder))) for file in folder.rglob("*.o")), reverse=True
    )
    shutil.rmtree(folder)
    return seconds, objects


def rebuild(jobs):
    """The median of three: touch one source of a service, build the program."""
    folder = ROOT / "build/dev"
    run("cmake", "--preset", "dev")
    run("cmake", "--build", folder, "-j", jobs, "--target", "virga")
    took = []
    for _ in range(3):
        TOUCHED.touch()
        took.append(run("cmake", "--build", folder, "-j", jobs, "--target", "virga"))
    return sorted(took)[1]


def main():
    parser = argparse.ArgumentParser(prog="./dev build-bench")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    again = rebuild(options.jobs)
    clean, objects = clean_build(options.jobs)
    print(f"clean release build, {options.jobs} jobs, no cache: {clean:.0f} s (target {CLEAN_SECONDS_MAX})")
    print(
        f"rebuild after touching {TOUCHED.relative_to(ROOT)}, dev preset: {again:.1f} s (target {REBUILD_SECONDS_MAX})"
    )
    print("largest object files:")
    for size, name in objects[:10]:
        print(f"  {size / 2**20:6.1f} MB  {name}")
    result = {"clean_seconds": clean, "rebuild_seconds": again, "objects": objects}
    (ROOT / "build/build_bench.json").write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(1 if options.check and (clean > CLEAN_SECONDS_MAX or again > REBUILD_SECONDS_MAX) else 0)


if __name__ == "__main__":
    main()
