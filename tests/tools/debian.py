"""A Debian 13 of its own in the folder .cache/trixie, for what needs a newer Python than this machine has."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from running import ROOT

DEBIAN = ROOT / ".cache" / "trixie"
PYTHON = "3.13"


class NoDebian(Exception):
    """Why there cannot be a Debian here."""


def debian(requirements):
    """Makes it where it is missing or older than the list. Returns its virtual environment, which holds what the list names.

    What comes from a registry is fetched outside, where proxies and certificates are set up.
    """
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise NoDebian("that takes root and debootstrap")
    if subprocess.run(["sh", "-c", "unshare --mount true"], capture_output=True, check=False).returncode:
        raise NoDebian("unshare can make no mounts of its own here")
    venv = Path("/opt/venv")
    mark = DEBIAN / ".installed"
    if not mark.exists() or mark.stat().st_mtime < requirements.stat().st_mtime:
        shutil.rmtree(DEBIAN, ignore_errors=True)
        DEBIAN.mkdir(parents=True)
        make = ["debootstrap", "--variant=minbase", "--include=python3-venv", "trixie", DEBIAN]
        made = subprocess.run(make, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if made.returncode:
            said = made.stdout.strip().splitlines() or ["nothing"]
            raise NoDebian(f"debootstrap failed: {said[-1]}")
        wheels = DEBIAN / "opt" / "wheels"
        target = [
            "--python-version",
            PYTHON,
            "--only-binary",
            ":all:",
            "--dest",
            wheels,
        ]
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "download",
        ]
        subprocess.run([*pip, "--require-hashes", "--requirement", requirements, *target], check=True)
        offline = [
            "--no-index",
            "--find-links",
            "/opt/wheels",
            "--require-hashes",
            "--requirement",
            str(requirements),
        ]
        for command in (
            [f"python{PYTHON}", "-m", "venv", str(venv)],
            [str(venv / "bin" / "pip"), "install", "--quiet", *offline],
        ):
            if within(command):
                sys.exit(f"{shlex.join(command)} failed in {DEBIAN}")
        mark.touch()
    return str(venv)


def within(command):
    """Runs a command in the Debian, at the same path. The mounts are those of its own process, and end with it."""
    inside = DEBIAN / ROOT.relative_to("/")
    inside.mkdir(parents=True, exist_ok=True)
    mounts = [
        ["-t", "proc", "proc", DEBIAN / "proc"],
        ["--bind", "/dev", DEBIAN / "dev"],
        ["--bind", ROOT, inside],
    ]
    script = [shlex.join(["mount", *map(str, mount)]) for mount in mounts]
    script.append(
        f"exec chroot {shlex.quote(str(DEBIAN))} /bin/sh -c {shlex.quote(f'cd {ROOT} && exec {shlex.join(command)}')}"
    )
    clean = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(["unshare", "--mount", "sh", "-ec", "\n".join(script)], env=clean, check=False).returncode
