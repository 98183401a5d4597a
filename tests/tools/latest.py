"""Runs the playbooks with the newest ansible-core of all, which needs a newer Python than the rest. Started by `make e2e-latest`.

Usage: latest.py EMULATOR [--python PYTHON] [--only NAME] [--jobs N]

The Python is the one given, else any of 3.12 or later that is installed. Without one, and as root where there is debootstrap, it is
that of a Debian 13 in the folder .cache/trixie, with its own mounts. Where none of these can be had, nothing runs, and a line says why.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from debian import DEBIAN, PYTHON, NoDebian, debian, within
from running import ROOT, stop_on_signals

LIST = ROOT / "requirements" / "latest.txt"
VENV = ROOT / ".venv-latest"
NEWER = range(12, 30)


def main():
    stop_on_signals()
    parser = argparse.ArgumentParser()
    parser.add_argument("emulator")
    parser.add_argument("--python", default="")
    parser.add_argument("--only", default="*")
    parser.add_argument("--jobs", default="2")
    arguments = parser.parse_args()
    pinned = re.search(r"^ansible-core==(\S+)", LIST.read_text(), re.MULTILINE)[1]
    emulator = Path(arguments.emulator).resolve()
    options = ["--jobs", arguments.jobs, "--only", arguments.only]
    python = arguments.python or installed()
    done = 0
    if python:
        command = [sys.executable, "tests/tools/e2e.py", emulator, environment(python), *options]
        done = subprocess.run(command, cwd=ROOT, check=False).returncode
    else:
        try:
            venv = debian(LIST)
            # Cargo's folder may be where only the outside sees it.
            shutil.copy(emulator, DEBIAN / "opt/quay-emulator")
            program = [f"/usr/bin/python{PYTHON}", "tests/tools/e2e.py", "/opt/quay-emulator"]
            done = within([*program, venv, *options])
        except NoDebian as why:
            print(
                f"SKIPPED e2e-latest: ansible-core {pinned} needs Python 3.12 (PYTHON_LATEST), or a Debian, but {why}"
            )
    print(f"e2e-latest: ansible-core {pinned} is pinned; {outdated(pinned)}", flush=True)
    return done


def installed():
    """A Python that is new enough: the oldest of them, for the packages that are made for it."""
    places = [Path(folder) for folder in os.get_exec_path()]
    places += sorted((Path.home() / ".pyenv" / "versions").glob("*/bin"))
    for minor in NEWER:
        for place in places:
            python = place / f"python3.{minor}"
            # A shim of pyenv is there, and fails, where its version is not chosen; Debian has ensurepip in a package of its own.
            if (
                os.access(python, os.X_OK)
                and not subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False).returncode
            ):
                return str(python)
    return None


def environment(python):
    """The virtual environment, made anew when its list is newer, or for another Python."""
    mark = VENV / ".installed"
    if not mark.exists() or mark.stat().st_mtime < LIST.stat().st_mtime or mark.read_text() != python:
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([python, "-m", "venv", VENV], check=True)
        install = [
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            LIST,
        ]
        subprocess.run([VENV / "bin" / "pip", *install], check=True)
        mark.write_text(python)
    return str(VENV)


def outdated(pinned):
    """Whether there is a newer minor version."""
    ask = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--retries",
        "0",
        "index",
        "versions",
        "ansible-core",
    ]
    target = ["--python-version", f"3.{NEWER[-1]}", "--only-binary", ":all:"]
    done = subprocess.run([*ask, *target], capture_output=True, text=True, check=False)
    found = re.search(r"^ansible-core \((\S+)\)", done.stdout, re.MULTILINE)
    if not found:
        return "PyPI did not answer whether there is a newer one"
    minor = lambda version: [int(part) for part in version.split(".")[:2]]
    if minor(found[1]) > minor(pinned):
        return f"NOTE: PyPI has {found[1]}: raise requirements/latest.in, and run `make requirements`"
    return f"PyPI has no newer minor version than {found[1]}"


if __name__ == "__main__":
    sys.exit(main())
