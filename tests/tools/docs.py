"""Looks at the installed collection: what is in it, and that ansible-doc shows all of it. Started by `make docs-check`.

Usage: docs.py COLLECTION VENV...
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from running import ROOT, ansible_environment

EXPECTED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "THIRD-PARTY-NOTICES.txt",
    "execution-environment.yml",
}
EXPECTED |= {"aap", "changelogs", "docs", "meta", "playbooks", "plugins", "roles", "tests"}


def main(collection, *venvs):
    collection = Path(collection)
    problems = [f"{name} has no place in the artifact" for name in sorted(names(collection) - EXPECTED)]
    problems += [f"{name} is missing from the artifact" for name in sorted(EXPECTED - names(collection))]
    if names(collection / "tests") != {"config.yml", "sanity"}:
        problems.append("of tests, only what configures ansible-test has a place in the artifact")
    executable = collection / "plugins" / "bin" / "quaymaster"
    listed = subprocess.run([executable, "modules"], check=True, capture_output=True, text=True).stdout
    expected = {
        "module": {line.split()[0] for line in listed.splitlines()},
        "filter": documents(collection / "plugins" / "filter"),
        "inventory": documents(collection / "plugins" / "inventory"),
        "role": names(collection / "roles"),
    }
    for name in sorted(expected["module"]):
        link = collection / "plugins" / "modules" / name
        if not link.is_symlink() or link.resolve() != executable.resolve():
            problems.append(f"plugins/modules/{name} does not lead to the executable")
    for venv in venvs:
        for kind, wanted in expected.items():
            problems += shown(ROOT / venv, kind, {f"quaymaster.quay.{name}" for name in wanted})
    print(
        "\n".join(problems) or f"docs-check: {len(expected['module'])} modules are listed and shown by each ansible-doc"
    )
    return bool(problems)


def names(folder):
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def documents(folder):
    return {path.stem for path in folder.glob("*.yml")} | {path.stem for path in folder.glob("*.py")} - {"__init__"}


def shown(venv, kind, wanted):
    """What ansible-doc does not list, and what it cannot show."""
    listed = set(ansible_doc(venv, "--type", kind, "--list", "quaymaster.quay"))
    problems = [f"{venv.name}: the {kind} {name} is not listed" for name in sorted(wanted - listed)]
    problems += [f"{venv.name}: the {kind} {name} is listed, but unknown" for name in sorted(listed - wanted)]
    if not wanted:
        return problems
    documents = ansible_doc(venv, "--type", kind, *sorted(wanted))
    parts = ["entry_points"] if kind == "role" else ["doc", "examples"]
    for name in sorted(wanted):
        lacking = [part for part in parts if not documents.get(name, {}).get(part)]
        problems += [f"{venv.name}: the {kind} {name} is shown without {part}" for part in lacking]
    return problems


def ansible_doc(venv, *arguments):
    with tempfile.TemporaryDirectory() as work:
        done = subprocess.run(
            [venv / "bin" / "ansible-doc", "--json", *arguments],
            env=ansible_environment(Path(work)),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"{venv.name}: ansible-doc {' '.join(arguments)} failed")
    return json.loads(done.stdout or "{}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
