"""Starts and stops the program under test. Only the standard library: every Python environment of the tests uses it."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("VIRGA_BINARY", ROOT / "build" / "release" / "virga"))
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30


class Virga:
    """One cloud on a free port, with a data folder of its own that survives stop(), kill() and start()."""

    def __init__(self, *options, data=None, ephemeral=False):
        self._folder = tempfile.TemporaryDirectory(prefix="virga-test-")
        self.data = Path(data) if data else Path(self._folder.name) / "data"
        self._where = ["--ephemeral"] if ephemeral else ["--data", str(self.data)]
        self.options = list(options)
        self.process = None
        self.port = None

    def start(self, port=0):
        command = [str(BINARY), "start", "--port", str(port), *self._where, *self.options]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._log = open(Path(self._folder.name) / "log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, env=environment, text=True)
        watch = threading.Timer(START_SECONDS_MAX, self.process.kill)
        watch.start()
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("Listening on "):
                self.port = int(line.rsplit(":", 1)[1])
            if line == "Ready.\n":
                break
        watch.cancel()
        if not self.said or self.said[-1] != "Ready.":
            raise RuntimeError(f"virga did not start: {self.said}\n{self.log()}")
        return self

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        return (Path(self._folder.name) / "log").read_text(errors="replace")

    def control(self, method, path, body=None):
        """A request to the control paths; the JSON that comes back."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def advance(self, seconds):
        self.control("POST", "/_virga/clock/advance", {"by_ms": int(seconds * 1000)})

    def run(self, *arguments, **options):
        """A command of the program, pointed at this cloud."""
        environment = {**os.environ, "VIRGA_ENDPOINT": self.endpoint}
        return subprocess.run(
            [str(BINARY), *arguments], env=environment, capture_output=True, text=True, timeout=60, **options
        )

    def _end(self, how):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.status = self.process.wait(timeout=STOP_SECONDS_MAX)
        self.process.stdout.close()
        self._log.close()
        self.process = None

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        """kill -9"""
        self._end(signal.SIGKILL)

    def environment(self):
        """What points the AWS tools here, and nowhere else."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **clean,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()
