"""Installs each artifact into an empty virtual environment and an empty folder, and runs the end-to-end playbooks on it.

Usage: test_artifacts.py PYTHON EMULATOR RELEASE_FOLDER [--only GLOB] [--normal GLOB] [--jobs N]

- The collection with executables: on Ansible's normal path. `make e2e` runs the playbooks on the fast path.
- The collection without executables, beside the wheel: on the fast path, which is the only one it has.

Besides, the commands by which README.md and docs/shell.md install a release, in an empty home.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import materials

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 10_000_000
# Of the executable for x86-64 with glibc, in bytes.
EXECUTABLE_LIMIT = 9_000_000
NOTICES = "THIRD-PARTY-NOTICES.txt"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("python")
    parser.add_argument("emulator", type=Path)
    parser.add_argument("release", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--normal", default="*", help="which of them run on the normal path, too")
    parser.add_argument("--jobs", default="2")
    arguments = parser.parse_args()

    release = arguments.release.absolute()
    collection = only(release.glob("*.tar.gz"))
    without = only((release / "nobinary").glob("*.tar.gz"))
    wheel = only(release.glob(f"*-manylinux*_{platform.machine()}.whl"))
    for artifact in (collection, without, wheel):
        size = artifact.stat().st_size
        print(f"{artifact.relative_to(release)}: {size / 1e6:.2f} MB")
        if size >= LIMIT * max(len(executables(artifact)), 1):
            sys.exit("An artifact has less than 10 MB for each executable.")
    size = len(content(wheel, only(executables(wheel))))
    print(f"the executable of {wheel.name}: {size} bytes")
    if platform.machine() == "x86_64" and size >= EXECUTABLE_LIMIT:
        sys.exit(f"The executable has {size} bytes, and not less than {EXECUTABLE_LIMIT}.")
    for artifact in (collection, without, wheel):
        if not any(name.rpartition("/")[2] == NOTICES for name in names(artifact)):
            sys.exit(f"{artifact.name} lacks {NOTICES}.")
        check_share(artifact)
    materials.bill_of(wheel)
    if any(name.startswith("plugins/bin") for name in names(without)):
        sys.exit(f"{without.name} has executables.")

    emulator = arguments.emulator.absolute()
    jobs = ["--jobs", arguments.jobs]
    failed = use(arguments.python, emulator, collection, None, ["--only", arguments.normal, *jobs, "--normal-path"])
    failed |= use(arguments.python, emulator, without, wheel, ["--only", arguments.only, *jobs])
    sys.exit(failed)


def names(artifact):
    """The files of an artifact."""
    if artifact.suffix == ".whl":
        with zipfile.ZipFile(artifact) as content:
            return content.namelist()
    with tarfile.open(artifact) as content:
        return content.getnames()


def executables(artifact):
    """The names of the executables in it: a completion script has the same, in another folder."""
    return [name for name in names(artifact) if re.search(r"(^plugins/bin/|\.data/scripts/)(.*/)?quaymaster$", name)]


# Where the manual pages and the completion scripts are, by the end of the name of the artifact.
SHARE = {
    ".whl": ("/share/man/man1/", ("/quaymaster", "/_quaymaster", "/quaymaster.fish")),
    ".gz": ("docs/man/", ("/quaymaster.bash", "/_quaymaster", "/quaymaster.fish")),
}


def check_share(artifact):
    """Manual pages of all commands that a reader takes, and scripts for three shells."""
    pages, scripts = SHARE[artifact.suffix]
    found = {name.rpartition("/")[2]: name for name in names(artifact) if pages in name and name.endswith(".1")}
    lacking = {"quaymaster.1", "quaymaster-plan.1", "quaymaster-apply.1", "quaymaster-audit.1"} - set(found)
    folders = [
        name for name in names(artifact) if "/completion" in name or "completions" in name or "site-functions" in name
    ]
    lacking |= {script for script in scripts if not any(name.endswith(script) for name in folders)}
    if lacking:
        sys.exit(f"{artifact.name} lacks {sorted(lacking)}.")
    for name in found.values():
        text = content(artifact, name).decode()
        if not text.lstrip().startswith(".ie") and ".TH " not in text:
            sys.exit(f"{artifact.name}: {name} is no manual page.")
    with tempfile.TemporaryDirectory(prefix="quaymaster-man-") as work:
        page = Path(work) / "quaymaster-plan.1"
        page.write_bytes(content(artifact, found[page.name]))
        if not (shutil.which("man") and shutil.which("groff")):
            print("SKIPPED manual pages: there is no man or groff here")
        elif "Show what would be changed" not in render(page):
            sys.exit(f"{artifact.name}: man shows nothing of {page.name}.")


def render(page):
    surroundings = os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "200"}
    done = subprocess.run(["man", "-l", page], capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode:
        sys.exit(f"man -l {page.name} failed:\n{done.stderr}")
    return done.stdout


def content(artifact, name):
    """What a file of an artifact holds."""
    if artifact.suffix == ".whl":
        with zipfile.ZipFile(artifact) as files:
            return files.read(name)
    with tarfile.open(artifact) as files:
        return files.extractfile(name).read()


def use(python, emulator, collection, wheel, options):
    with tempfile.TemporaryDirectory(prefix="quaymaster-artifact-") as work:
        venv, collections = Path(work) / "venv", Path(work) / "collections"
        run([python, "-m", "venv", venv])
        pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--requirement", ROOT / "requirements/newest.txt"])
        if wheel:
            run([*pip, "--no-deps", wheel])
        galaxy = [venv / "bin/ansible-galaxy", "collection", "install", "--offline", "--collections-path", collections]
        # The collection of the working copy would pass for one that is installed already.
        apart = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        run([*galaxy, collection], env=apart | {"HOME": work})
        documented(Path(work), "wheel" if wheel else "release", wheel or collection, apart)
        surroundings = os.environ | {"COLLECTIONS": str(collections)}
        print(f"== {collection.name}{' with ' + wheel.name if wheel else ''}", flush=True)
        command = [sys.executable, ROOT / "tests/tools/e2e.py", emulator, venv, *options]
        return subprocess.run(command, env=surroundings, check=False).returncode


def documented(work, kind, artifact, surroundings):
    """Runs the blocks that install such an artifact, where nothing is but the artifact and Ansible."""
    folder = work / "documented"
    folder.mkdir()
    shutil.copy(artifact, folder)
    path = f"{work}/venv/bin:/usr/bin:/bin"
    texts = [(ROOT / name).read_text() for name in ("README.md", "docs/shell.md")]
    blocks = [
        block for text in texts for block in re.findall(rf"<!-- run: {kind} -->\n```sh\n(.*?)```", text, re.DOTALL)
    ]
    if not blocks:
        sys.exit(f"No documentation tells how to install {artifact.name}.")
    for block in blocks:
        run(["bash", "-euc", block], cwd=folder, env=surroundings | {"HOME": str(folder), "PATH": path})


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def only(found):
    found = list(found)
    if len(found) != 1:
        sys.exit(f"One of a kind is expected, not {[str(file) for file in found]}.")
    return found[0]


if __name__ == "__main__":
    main()
