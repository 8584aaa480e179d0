"""Runs a command with a cloud of its own: with_virga.py COMMAND…; its exit code is the command's."""

import subprocess
import sys

from virga import BINARY, Virga

with Virga(ephemeral=True) as virga:
    environment = {**virga.environment(), "VIRGA_BINARY": str(BINARY)}
    sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
