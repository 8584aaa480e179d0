#!/usr/bin/env python3
"""Finds the pinned botocore that the API models are compiled from, and prints its path.

VIRGA_BOTOCORE names a wheel or an unpacked folder (one that holds botocore/data) and wins over everything else.
Otherwise the wheel named in models.lock is looked for in the cache folder (${XDG_CACHE_HOME:-~/.cache}/virga) and
fetched into it with pip when it is absent. The sha256 of a wheel is always checked; a folder is taken as it is.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ModelsNotFound(Exception):
    """The pinned models are not here and could not be fetched; the message says what to do."""


def read_lock():
    return json.loads((ROOT / "models.lock").read_text())


def check_wheel(path, lock):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != lock["sha256"]:
        raise ModelsNotFound(f"{path}: sha256 is {digest}, models.lock wants {lock['sha256']}")
    return path


def find_models(lock):
    """The path of the wheel or unpacked folder that `lock` asks for."""
    given = os.environ.get("VIRGA_BOTOCORE")
    if given:
        path = Path(given)
        if (path / "botocore" / "data").is_dir():
            return path
        if path.is_file():
            return check_wheel(path, lock)
        raise ModelsNotFound(f"VIRGA_BOTOCORE={given}: neither a wheel nor a folder that holds botocore/data")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "virga"
    wheel = cache / lock["file"]
    if not wheel.exists():
        cache.mkdir(parents=True, exist_ok=True)
        wanted = f"{lock['package']}=={lock['version']}"
        fetched = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), wanted],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if fetched.returncode != 0 or not wheel.exists():
            raise ModelsNotFound(
                f"could not fetch {wanted}; put {lock['file']} into {cache} or set VIRGA_BOTOCORE\n" + fetched.stderr
            )
    return check_wheel(wheel, lock)


def main():
    try:
        print(find_models(read_lock()))
    except ModelsNotFound as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
