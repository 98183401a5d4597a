"""Builds the container image with the first program that works here: podman, docker or buildah. Started by `make image`.

Usage: image.py CONTEXT ARCHITECTURE TAG VERSION
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# How each one is called so that it needs neither a kernel's overlay nor namespaces of its own where it can do without.
PROGRAMS = {
    "podman": (["podman"], "build"),
    "docker": (["docker"], "build"),
    "buildah": (["buildah", "--storage-driver", "vfs"], "bud"),
}


def run(command):
    """Runs one of them, with an input of its own: they leave it non-blocking for all that share it, and ansible-core does not start then."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def programs():
    """The name and the command of each program that works here."""
    for name, (command, _) in PROGRAMS.items():
        if shutil.which(name) and run([*command, "info"]).returncode == 0:
            yield name, command


def build(name, command, context, architecture, tag, version):
    """Builds the image with one of them."""
    options = ["--isolation", "chroot"] if name == "buildah" else []
    for argument in f"TARGETARCH={architecture}", f"VERSION={version}":
        options += ["--build-arg", argument]
    if architecture:
        options += ["--platform", f"linux/{architecture}"]
    containerfile = ["--file", ROOT / "Containerfile"]
    built = [*command, PROGRAMS[name][1], *options, *containerfile, "--tag", tag, context]
    done = run(built)
    if done.returncode:
        sys.exit(f"{name} cannot build the image:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    found = next(programs(), None)
    if not found:
        sys.exit(f"No image is built: none of {', '.join(PROGRAMS)} works here")
    build(*found, *sys.argv[1:])
    print(f"{sys.argv[3]}: built by {found[0]}; {' '.join(found[1])} images")
