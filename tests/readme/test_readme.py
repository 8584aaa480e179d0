"""Every session that README.md and the guide show is run, as written, against a fresh cloud."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sdk"))
from virga import BINARY, Virga  # noqa: E402

# A block is run when the line before it is `<!-- run: what must be printed -->`.
BLOCK = re.compile(r"<!-- run: (.*?) -->\n```(\w+)\n(.*?)```", re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]


def blocks():
    for page in PAGES:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield pytest.param(match[1], match[2], match[3], id=f"{page.name}:{line}")


def make_cli(folder, endpoint):
    """An `aws` for the sessions. The pinned CLI, version 1, ignores AWS_ENDPOINT_URL for SQS; this one heeds it."""
    folder.mkdir()
    wrapper = folder / "aws"
    cli = Path(sys.executable).parent / "aws"
    wrapper.write_text(f'#!/bin/sh\nexec {cli} --endpoint-url "${{AWS_ENDPOINT_URL:-{endpoint}}}" "$@"\n')
    wrapper.chmod(0o755)
    return folder


@pytest.mark.parametrize("printed, language, code", blocks())
def test_session(printed, language, code, tmp_path):
    with Virga() as virga:
        code = code.replace("http://localhost:4566", virga.endpoint)
        environment = virga.environment()
        environment["VIRGA_ENDPOINT"] = virga.endpoint
        tools = [make_cli(tmp_path / "bin", virga.endpoint), BINARY.parent, Path(sys.executable).parent]
        environment["PATH"] = os.pathsep.join([*map(str, tools), environment["PATH"]])
        where = tmp_path
        if language == "js":
            where = ROOT / "tests" / "sdk" / "js"  # its packages are there
            command = ["node", "--input-type=module", "--eval", code]
        elif language == "python":
            command = [sys.executable, "-c", code]
        else:
            command = ["bash", "-euo", "pipefail", "-c", code]
        done = subprocess.run(command, env=environment, cwd=where, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout, done.stdout + done.stderr


def test_the_readme_shows_every_client():
    shown = {match[2] for match in BLOCK.finditer((ROOT / "README.md").read_text())}
    assert shown == {"sh", "python", "js"}
