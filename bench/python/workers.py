"""Processes that do the cases of `inlay bench`, asked and answering in lines of JSON: Inlay's and PyTorch's."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A worker; ask() raises what it could not do."""

    def __init__(self, command):
        # threads that wait sleep, in both alike, unless the caller says otherwise
        environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )

    def ask(self, **request):
        self.process.stdin.write(json.dumps({key: value for key, value in request.items() if value is not None}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.command[0]} has ended with {self.process.wait()}")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


INLAY = os.environ.get("INLAY", str(ROOT / "bin/inlay"))


def inlay(threads):
    """Inlay's worker; the environment variable INLAY is another command than bin/inlay."""
    return Process([INLAY, "bench", "--serve", f"--threads={threads}"])


def peer(threads, python=sys.executable):
    """PyTorch's worker."""
    return Process([python, str(ROOT / "bench/python/peer_bench.py"), "--serve", f"--threads={threads}"])
