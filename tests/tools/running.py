"""What demo, end-to-end tests and benchmark share: a running emulator, and an environment for Ansible."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where the emulator's state has secrets, besides the names of tokens and sessions.
SECRET = {"token", "password", "client_secret", "code"}


class Emulator:
    """A running emulator and its control routes."""

    def __init__(self, url):
        self.url = url

    def journal(self):
        """Counts of the requests so far: total, reads, writes."""
        return json.loads(self._control("GET", "journal?summary=1"))

    def forget(self):
        """Empties the journal."""
        self._control("DELETE", "journal")

    def fault(self, rule):
        """Lets requests go wrong."""
        self._control("POST", "faults", rule)

    def secrets(self):
        """Everything that the server knows and nobody may see, as it is and in Base64."""
        state = json.loads(self._control("GET", "state"))
        found = {*state["tokens"], *state["sessions"], *_secrets(state)}
        return found | {base64.b64encode(text.encode()).decode() for text in found}

    def _control(self, method, route, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__emulator/{route}", method=method, data=data)
        # Its certificate is made anew at each start.
        with urllib.request.urlopen(request, timeout=10, context=ssl._create_unverified_context()) as answer:
            return answer.read()


def _secrets(value, key=None):
    """The texts in a part of the emulator's state that stand under the keys of secrets."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _secrets(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _secrets(part, key)
    # The password of a seeded account is the word that its option is named after.
    elif isinstance(value, str) and value not in ("", "password") and key in SECRET:
        yield value


@contextlib.contextmanager
def emulator(program, *options):
    """Starts an emulator on a free port, and stops it whatever happens inside."""
    process = subprocess.Popen(
        [program, "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    try:
        ready = re.fullmatch(r"listening on (\S+)\n", process.stdout.readline())
        if not ready:
            sys.exit(f"{program} does not start")
        yield Emulator(ready[1])
    finally:
        process.terminate()
        process.wait()


def ansible_environment(work):
    """The environment for Ansible: nothing of the person who runs it counts, and everything it writes is below `work`."""
    own = re.compile("QUAY|ANSIBLE|.*_proxy$", re.IGNORECASE)
    return {name: value for name, value in os.environ.items() if not own.match(name)} | {
        "ANSIBLE_CONFIG": str(ROOT / "tests" / "tools" / "ansible.cfg"),
        # Another place for the collection, to test an artifact where nothing else is.
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("COLLECTIONS", str(ROOT / ".ansible" / "collections")),
        "ANSIBLE_HOME": str(work / "ansible"),
        "ANSIBLE_REMOTE_TMP": str(work / "ansible" / "tmp"),
    }


def recap(output):
    """The numbers of the last line that ansible-playbook prints: ok, changed, failed and so on."""
    lines = [line for line in output.splitlines() if re.match(r"localhost\s+:", line)]
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", lines[-1])} if lines else {}


def stop_on_signals():
    """Lets SIGTERM and SIGHUP end the program the way Ctrl-C does: with everything stopped that it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
