"""Looks for dead links in the Markdown of the project: files, headings, and names of files in docs/ wherever they stand.

Usage: links.py

Only what git knows counts as there, so a link to a file that a build makes is dead, too. Addresses of other servers are not
asked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
NAMED = re.compile(r"(?<![\w/.-])docs/[\w.-]+\.(?:md|json)\b")
# What was recorded of other projects, and the history, may name what is gone.
UNCHECKED = ("tests/recordings/", "changelogs/", "CHANGELOG.md")


def main():
    known = tracked()
    folders = {str(parent) for name in known for parent in PurePosixPath(name).parents}
    problems, links = [], 0
    for name in sorted(known):
        text = read(name)
        if name.endswith(".md"):
            for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
                links += 1
                problems += [f"{name}: {target}: {reason}" for reason in dead(name, target, known, folders)]
        if not name.startswith(UNCHECKED):
            problems += [f"{name}: {other} is not there" for other in sorted(set(NAMED.findall(text)) - known)]
    if problems:
        sys.exit("\n".join(problems))
    print(f"links: {links} links of the documentation lead somewhere")


def tracked():
    """The files that git knows, or will know once they are added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


def read(name):
    return (ROOT / name).read_text(errors="ignore") if (ROOT / name).is_file() else ""


def dead(name, target, known, folders):
    """Why a link leads nowhere: nothing, or one reason."""
    if OUTSIDE.match(target):
        return []
    path, _, anchor = target.partition("#")
    place = name if not path else normal(PurePosixPath(name).parent / unquote(path))
    if place not in known and place not in folders:
        return ["there is no such file"]
    if anchor and anchor not in anchors(read(place)):
        return ["there is no such heading"]
    return []


def normal(path):
    """The path without `.` and `..`, as git names it."""
    parts = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or "."


def anchors(text):
    """The names that GitHub gives to headings: lower case, without punctuation, numbered when they repeat."""
    found = {}
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = LINK.sub(lambda link: link[0][1:].partition("]")[0], heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        count = found.get(slug)
        found[slug] = 0 if count is None else count + 1
        if count is not None:
            found[f"{slug}-{count + 1}"] = 0
    return set(found)


if __name__ == "__main__":
    main()
