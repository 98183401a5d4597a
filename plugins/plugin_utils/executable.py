# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds and starts the executable of the collection on the controller."""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile

from ansible.errors import AnsibleError

COLLECTION = "quaymaster.quay"
VERSION = "0.1.0"
BIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin")
OWN = os.path.join(BIN, "quaymaster")
PLATFORM = "-".join((os.uname().sysname.lower(), os.uname().machine))
REMEDY = f"Install the Python package quaymaster {VERSION} where Ansible runs, or set QUAYMASTER_BINARY to its path."


def start(*arguments, content, **options):
    """Starts the executable. The last argument is the name of a file with `content` as JSON.

    The file has no name in any directory: no other user and no process list can show what is in it.
    """
    with _nameless_file(json.dumps(content, default=_text).encode()) as file:
        return _start([*arguments, f"/dev/fd/{file}"], pass_fds=[file], **options)


def plain(value):
    """The same in JSON's types alone: ansible-core 2.16 hands no vaulted value and no date to a module that is not Python."""
    return json.loads(json.dumps(value, default=_text))


def _start(arguments, **options):
    """Runs the first executable that this machine can start: the collection's, else an installed one of the same version."""
    options |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    for path in (os.path.join(BIN, PLATFORM, "quaymaster"), OWN):
        try:
            return subprocess.run([path, *arguments], check=False, **options)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOEXEC):
                raise AnsibleError(f"{path} cannot be started: {error.strerror}.") from None
    # An Ansible in a virtual environment has its programs beside it, and often not on PATH.
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)))
    path = os.environ.get("QUAYMASTER_BINARY") or shutil.which("quaymaster", path=places)
    if not path:
        raise AnsibleError(f"{COLLECTION} has no executable for {PLATFORM}, and none is installed. {REMEDY}")
    try:
        asked = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
        version = subprocess.run([path, "--version"], check=False, **asked)
        if version.stdout.split() == ["quaymaster", VERSION]:
            return subprocess.run([path, *arguments], check=False, **options)
        problem = f"is not quaymaster {VERSION} but: {version.stdout.strip() or version.stderr.strip()}"
    except OSError as error:
        foreign = error.errno == errno.ENOEXEC
        reason = f"it is made for another platform than {PLATFORM}" if foreign else error.strerror
        problem = f"cannot be started: {reason}"
    raise AnsibleError(f"{path} {problem}. {REMEDY}")


@contextlib.contextmanager
def _nameless_file(content):
    try:
        file = os.fdopen(os.memfd_create("quaymaster"), "w+b")
    except (AttributeError, OSError):
        file = tempfile.TemporaryFile()  # noqa: SIM115
    with file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


def _text(value):
    """The text of a value that JSON does not have, as YAML writes it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
