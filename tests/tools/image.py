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


def program():
    """The name and the command of the first program that works; nothing where none does."""
    for name, (command, _) in PROGRAMS.items():
        if shutil.which(name) and subprocess.run([*command, "info"], capture_output=True, check=False).returncode == 0:
            return name, command
    return None


def build(context, architecture, tag, version):
    """Builds the image. Returns the program that has it, or nothing where there is none."""
    found = program()
    if not found:
        return None
    name, command = found
    options = ["--isolation", "chroot"] if name == "buildah" else []
    for argument in f"TARGETARCH={architecture}", f"VERSION={version}":
        options += ["--build-arg", argument]
    if architecture:
        options += ["--platform", f"linux/{architecture}"]
    containerfile = ["--file", ROOT / "Containerfile"]
    built = [*command, PROGRAMS[name][1], *options, *containerfile, "--tag", tag, context]
    done = subprocess.run(built, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} cannot build the image:\n{done.stdout}{done.stderr}")
    return found


if __name__ == "__main__":
    made = build(*sys.argv[1:])
    if not made:
        sys.exit(f"No image is built: none of {', '.join(PROGRAMS)} works here")
    print(f"{sys.argv[3]}: built by {made[0]}; {' '.join(made[1])} images")
