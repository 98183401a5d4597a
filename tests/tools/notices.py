"""Writes THIRD-PARTY-NOTICES.txt: whose code is in the executable, and under which licences.

Usage: notices.py [--check]

Reads what Cargo knows of the crates that are linked in (on any platform, without those of builds and tests), and the licence
files in their sources. With --check it writes nothing, and fails when the file is out of date.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTICES = ROOT / "THIRD-PARTY-NOTICES.txt"
TARGETS = [f"{name}-unknown-linux-gnu" for name in ("x86_64", "aarch64", "powerpc64le", "s390x")]
TARGETS += [f"{name}-{system}" for name in ("x86_64", "aarch64") for system in ("unknown-linux-musl", "apple-darwin")]
FILES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
HEAD = """\
The executable quaymaster contains code of the projects below, each under its own licence. Where a project offers a choice,
the text of one licence is given, MIT where that is one of them. This file is made by `make notices`.

It contains the standard library of Rust, too, which is The Rust Project Developers' (https://www.rust-lang.org), under the MIT
licence or the Apache License 2.0. One that needs no C library contains musl (https://musl.libc.org), Copyright 2005-2020 Rich Felker,
et al., under the MIT licence.
"""


def main():
    text = notices()
    if "--check" not in sys.argv[1:]:
        NOTICES.write_text(text)
    elif not NOTICES.exists() or NOTICES.read_text() != text:
        sys.exit(f"{NOTICES.name} is out of date: `make notices` writes it")


def notices():
    """The text of the file."""
    texts = {}
    crates = linked()
    for crate in crates:
        found = licence_files(Path(crate["manifest_path"]).parent, crate["license"] or "")
        if not found:
            sys.exit(f"{crate['name']} {crate['version']} ({crate['license']}) brings no text of its licence")
        for file in found:
            content = file.read_text(errors="replace").strip().replace("\r\n", "\n")
            texts.setdefault(re.sub(r"\s+", " ", content), (content, []))[1].append(crate)
    lines = [HEAD]
    lines += [
        f"{title(crate)}: {crate['license']}, {crate['repository'] or crate['homepage'] or ''}" for crate in crates
    ]
    for content, owners in texts.values():
        names = ", ".join(dict.fromkeys(title(crate) for crate in owners))
        lines += ["", "-" * 80, names, "", "\n".join(line.rstrip() for line in content.split("\n"))]
    return "\n".join(lines) + "\n"


def title(crate):
    return f"{crate['name']} {crate['version']}"


def linked():
    """The crates whose code is in the executable, by name."""
    found = {}
    for target in TARGETS:
        command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
        metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        packages = {package["id"]: package for package in metadata["packages"]}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        waiting = [id for id, package in packages.items() if package["name"] == "quaymaster"]
        seen = set(waiting)
        while waiting:
            for dependency in nodes[waiting.pop()]["deps"]:
                id = dependency["pkg"]
                is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
                # What runs in the compiler leaves only what it wrote.
                runs_in_compiler = any("proc-macro" in target["kind"] for target in packages[id]["targets"])
                if is_linked and not runs_in_compiler and id not in seen:
                    seen.add(id)
                    waiting.append(id)
                    found[id] = packages[id]
    return sorted(found.values(), key=lambda package: (package["name"], package["version"]))


def licence_files(folder, expression):
    """The files to show: all, or those about MIT where that is enough, with everything that is called a notice."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and FILES.match(file.name))
    mit = [file for file in files if "mit" in file.name.lower()]
    if mit and re.search(r"\bMIT\b", expression) and "AND" not in expression:
        return mit + [file for file in files if re.match("notice|copyright", file.name, re.IGNORECASE)]
    return files


if __name__ == "__main__":
    main()
