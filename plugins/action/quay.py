# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one action plugin behind every module of the collection.

On the controller itself (connection local, no become, no async) it starts the executable at once. Ansible's own way
copies it first, which takes five more round trips through a shell. Anything else goes that way. Options, result and
messages are the same on both. The variable `quaymaster_direct: false` forces Ansible's own way.
Each module has a link of its name to this file, which lets Ansible load it once. The inventory plugin uses it, too.
"""

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

import ansible.template
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils import unsafe_proxy

COLLECTION = "quaymaster.quay"
VERSION = "0.1.0"
BIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin")
OWN = os.path.join(BIN, "quaymaster")
# Of Linux; Python has no name for the second one before 3.14.
MFD_CLOEXEC, MFD_EXEC = 1, 16
# Python has no name for it on a Mac.
NOEXEC = getattr(os, "ST_NOEXEC", 0)
PLATFORM = "-".join((os.uname().sysname.lower(), os.uname().machine))
# What needs no C library starts with each; but only glibc's look-up of names reads nsswitch.conf, so a host with glibc takes it last.
STATIC = f"{PLATFORM}-musl"
REMEDY = (
    f"Set QUAYMASTER_BINARY to the path of an executable quaymaster {VERSION} that runs here. A checkout of that version builds"
    " one: make wheel, then pip install build/release/quaymaster-*.whl in the environment of Ansible."
)


class ActionModule(ActionBase):
    """Runs the module that the task names."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        name = f"{COLLECTION}.{self._task.action.rpartition('.')[2]}"
        if self._is_direct(task_vars):
            return result | self._start(name, dict(self._task.args), task_vars)
        # ansible-core 2.16 hands no vaulted value and no date to a module that is not Python.
        return result | self._hand_over(name, json.loads(json.dumps(self._task.args, default=text)), task_vars)

    def _is_direct(self, task_vars):
        """Whether the executable can be started here, by this user, now."""
        if self._connection.transport != "local" or self._connection.become or self._task.async_val:
            return False
        return boolean(self._templar.template(task_vars.get("quaymaster_direct", True)))

    def _start(self, name, args, task_vars):
        self._update_module_args(name, args, task_vars)
        environment = {}
        self._compute_environment_string(environment)
        environment = os.environ | {key: str(value) for key, value in environment.items()} if environment else None
        # A timeout raises in here, which kills the process. Relative paths start where they do in Ansible's own way.
        done = start(content=args, env=environment, cwd=self._loader.get_basedir())
        try:
            return untrusted(json.loads(done.stdout)) | {"_ansible_parsed": True}
        except ValueError:
            # The output is not shown: nobody has hidden the secrets in it.
            problem = f"{name} ended with {done.returncode} and without a result. If it cannot run here: {REMEDY}"
            raise AnsibleActionFail(problem) from None

    def _hand_over(self, name, args, task_vars):
        if not os.path.exists(OWN) or (self._connection.transport == "local" and _is_foreign()):
            raise AnsibleActionFail(
                f"This build of {COLLECTION} comes without an executable for the target, so there is nothing to copy: run the task"
                " on the controller (delegate_to: localhost, become: false, no async)."
            )
        in_background = self._task.async_val and not self._connection.has_native_async
        result = self._execute_module(name, args, task_vars=task_vars, wrap_async=in_background)
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        if result.get("rc") in (126, 127) and not result.get("_ansible_parsed"):
            result["msg"] = (
                f"The executable of {COLLECTION} does not run on this target: it is made for another processor or system, or"
                " the target forbids programs in its temporary directory. Run the task on the controller (delegate_to: localhost)."
            )
        return result


def main():
    """For ansible-lint, which takes this file for the module that a task names."""
    from ansible_collections.quaymaster.quay.plugins.module_utils import linting

    linting.check(__file__)


def start(*arguments, content, **options):
    """Starts the executable. Its last argument is a file with `content` as JSON, which nobody else can find or read."""
    with _nameless_file(json.dumps(content, default=text).encode()) as file:
        return _start([*arguments, f"/dev/fd/{file}"], pass_fds=[file], **options)


def untrusted(value):
    """The value without templates: since ansible-core 2.19 a text is one only where it is marked as such."""
    return value if hasattr(ansible.template, "trust_as_template") else unsafe_proxy.wrap_var(value)


def text(value):
    """The text of a value that JSON does not have, as YAML writes it."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime.date) else str(value)


def _start(arguments, **options):
    """Runs the first executable that this machine can start."""
    options |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    problem, remedy = f"{COLLECTION} has no executable for {PLATFORM}, and none is installed", REMEDY
    for path in _executables():
        try:
            if not path.startswith(BIN):
                asked = _run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True)
                found = (asked.stdout or asked.stderr).decode(errors="replace").strip()
                if found != f"quaymaster {VERSION}":
                    problem, remedy = f"{path} is not quaymaster {VERSION} but: {found}", REMEDY
                    continue
            return _run([path, *arguments], **options)
        except OSError as error:
            problem, remedy = _why_not(path, error)
    raise AnsibleError(f"{problem}. {remedy}")


def _run(command, **options):
    """Runs a program; from memory, where its file system is mounted with noexec."""
    try:
        return subprocess.run(command, check=False, **options)
    except PermissionError:
        if not _is_on_noexec(command[0]):
            raise
        with open(command[0], "rb") as program, _memory() as copy:
            shutil.copyfileobj(program, copy)
            copy.flush()
            options["pass_fds"] = [*options.get("pass_fds", ()), copy.fileno()]
            return subprocess.run([f"/proc/self/fd/{copy.fileno()}", *command[1:]], check=False, **options)


def _memory():
    """A file in memory that may be executed. Without the flag, which kernels before 6.3 do not know, newer ones may forbid it."""
    try:
        return os.fdopen(os.memfd_create("quaymaster", MFD_CLOEXEC | MFD_EXEC), "wb")
    except OSError:
        return os.fdopen(os.memfd_create("quaymaster"), "wb")
    except AttributeError:
        raise PermissionError(errno.EACCES, "this system has no files in memory") from None


def _is_on_noexec(path):
    return os.access(path, os.R_OK) and _is_executable(path) and bool(os.statvfs(path).f_flag & NOEXEC)


def _is_executable(path):
    return bool(os.stat(path).st_mode & 0o111)


def _why_not(path, error):
    """Why an executable cannot be started, and what helps."""
    if not os.path.exists(path):
        return f"{path} does not exist", REMEDY
    if error.errno == errno.ENOEXEC:
        return f"{path} cannot be started: it is made for another platform than {PLATFORM}", REMEDY
    if error.errno == errno.ENOENT:
        return f"{path} cannot be started: it asks for a C library that this system does not have", REMEDY
    if error.errno == errno.EACCES and not _is_executable(path):
        return f"{path} cannot be started: it is not marked as executable", f"Mark it: chmod +x {path}"
    if error.errno == errno.EACCES and _is_on_noexec(path):
        return (
            f"{path} cannot be started: its file system is mounted with noexec, and this system starts no program from memory",
            "Install the collection on another file system, or set QUAYMASTER_BINARY to a copy of the executable on one.",
        )
    return f"{path} cannot be started: {error.strerror}", REMEDY


def _executables():
    """The collection's, else an installed one, which has to be of the same version."""
    own, static = (os.path.join(BIN, folder, "quaymaster") for folder in (PLATFORM, STATIC))
    # Without a look before, a start that fails costs a process.
    yield from filter(os.path.exists, (own, OWN, static) if _has_glibc() else (static, own, OWN))
    # An Ansible in a virtual environment has its programs beside it, and often not on PATH.
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)))
    yield from filter(None, [os.environ.get("QUAYMASTER_BINARY") or shutil.which("quaymaster", path=places)])


def _has_glibc():
    """Whether this is no Linux with another C library, such as Alpine's musl: there Python knows no version of glibc."""
    with contextlib.suppress(ValueError, OSError):
        return not PLATFORM.startswith("linux-") or bool(os.confstr("CS_GNU_LIBC_VERSION"))
    return False


def _is_foreign():
    """Whether the executable that Ansible copies is made for another processor or system than the Python that runs Ansible."""
    with contextlib.suppress(OSError), open(OWN, "rb") as own:
        own = own.read(20)
        if not PLATFORM.startswith("linux-"):
            return own.startswith(b"\x7fELF")
        with open("/proc/self/exe", "rb") as python:
            return own[18:] != python.read(20)[18:]
    return False


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
