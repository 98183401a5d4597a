"""What the tests of the controller side share."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import running

EMULATOR = os.environ.get("QUAY_EMULATOR", str(ROOT / "target/debug/quay-emulator"))
# Virtual environments with ansible-core: the oldest and the newest that is supported.
ENVIRONMENTS = os.environ.get("QUAYMASTER_TEST_VENVS", ".venv").split()


def bin_of(environment):
    """The directory of a virtual environment's programs."""
    return (ROOT / environment / "bin").absolute()


@contextlib.contextmanager
def registry():
    """A fresh emulator with an administrator: `url`, `token`, and a scratch directory `work`."""
    with tempfile.TemporaryDirectory(prefix="quaymaster-test-") as work:
        token = Path(work) / "admin-token"
        with running.emulator(EMULATOR, "--seed", "admin", "--token-file", str(token)) as quay:
            quay.token = token.read_text().strip()
            quay.work = Path(work)
            yield quay


def call(quay, method, path, body=None):
    """One request to the emulator as its administrator."""
    request = urllib.request.Request(f"{quay.url}{path}", method=method)
    request.add_header("Authorization", f"Bearer {quay.token}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or "null")


def run(command, environment, cwd=ROOT, expect=0):
    """Runs a command with its output caught; shows it when the exit code is not the expected one."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done
