"""Installs each artifact into an empty virtual environment and an empty folder, and runs end-to-end playbooks on it.

Usage: test_artifacts.py PYTHON EMULATOR RELEASE_FOLDER [--only GLOB]

- The collection with executables: all playbooks, on Ansible's normal path. `make e2e` runs them on the fast path.
- The collection without executables, beside the wheel: a sample, on the fast path, which is the only one it has.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 10_000_000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("python")
    parser.add_argument("emulator", type=Path)
    parser.add_argument("release", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--sample", default="quay_[ot]*")
    arguments = parser.parse_args()

    release = arguments.release.absolute()
    collection = only(release.glob("*.tar.gz"))
    without = only((release / "nobinary").glob("*.tar.gz"))
    wheel = only(release.glob(f"*_{platform.machine()}.whl"))
    for artifact in (collection, without, wheel):
        size = artifact.stat().st_size
        print(f"{artifact.relative_to(release)}: {size / 1e6:.2f} MB")
        if size >= LIMIT:
            sys.exit("An artifact has less than 10 MB.")
    executables = [name for name in tarfile.open(without).getnames() if name.startswith("plugins/bin")]
    if executables:
        sys.exit(f"{without.name} has executables: {executables}")

    emulator = arguments.emulator.absolute()
    use(arguments.python, emulator, collection, None, ["--only", arguments.only, "--normal-path"])
    use(arguments.python, emulator, without, wheel, ["--only", arguments.sample])


def use(python, emulator, collection, wheel, options):
    with tempfile.TemporaryDirectory(prefix="quaymaster-artifact-") as work:
        venv, collections = Path(work) / "venv", Path(work) / "collections"
        run([python, "-m", "venv", venv])
        pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--requirement", ROOT / "requirements/newest.txt"])
        if wheel:
            run([*pip, "--no-deps", wheel])
        galaxy = [venv / "bin/ansible-galaxy", "collection", "install", "--offline", "--collections-path", collections]
        run([*galaxy, collection])
        surroundings = os.environ | {"COLLECTIONS": str(collections), "PATH": f"{venv / 'bin'}:{os.environ['PATH']}"}
        print(f"== {collection.name}{' with ' + wheel.name if wheel else ''}", flush=True)
        subprocess.run(
            [sys.executable, ROOT / "tests/tools/e2e.py", emulator, venv, *options], env=surroundings, check=True
        )


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def only(found):
    found = list(found)
    if len(found) != 1:
        sys.exit(f"One artifact of a kind is expected, not {[file.name for file in found]}.")
    return found[0]


if __name__ == "__main__":
    main()
