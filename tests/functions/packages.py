"""Packages of others for functions, fetched once, pinned by version, into the cache; a test without them is skipped."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "virga"


def fetched(kind, wanted, command, environment=None):
    """A folder that the command has filled; `{}` in it is the folder."""
    folder = CACHE / f"field-{kind}-{hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]}"
    if (folder / ".complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [part.replace("{}", str(folder)) for part in command]
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"{kind} cannot be fetched: {result.stderr.strip()[-300:]}")
    (folder / ".complete").touch()
    return folder


def python_packages(*wanted):
    """A folder with Python packages, as `pip install --target` makes it for Lambda."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    return fetched("pip", (sys.version_info[:2], *wanted), [*pip, "--only-binary", ":all:", "--target", "{}", *wanted])


def node_packages(*wanted):
    """A folder with `node_modules`."""
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "{}"]
    return fetched("npm", wanted, [*npm, *wanted])


def files_below(folder, prefix="", leave_out=(".complete",)):
    """The files of a folder for an archive; programs keep their mark."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.name not in leave_out:
            name = prefix + str(path.relative_to(folder))
            found[name + ("!" if os.access(path, os.X_OK) else "")] = path.read_bytes()
    return found
