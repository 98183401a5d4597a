"""Writes CHANGELOG.md from what antsibull-changelog keeps: the fragments of what is to come, and the releases so far.

Usage: changelog.py [--check]

With --check it writes nothing, and fails when the file is out of date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"
HEAD = """\
# Changelog

The versions are [semantic](https://semver.org/spec/v2.0.0.html). This file is made by `make changelog`, from `changelogs/fragments`.
"""


def main():
    text = changelog()
    if "--check" not in sys.argv[1:]:
        CHANGELOG.write_text(text)
    elif CHANGELOG.read_text() != text:
        sys.exit(
            f"{CHANGELOG.name} is out of date: describe a change in changelogs/fragments, and `make changelog` writes it"
        )


def changelog():
    """The text of the file."""
    config = read(ROOT / "changelogs/config.yaml")
    sections = [(config["prelude_section_name"], None), *config["sections"]]
    parts = [HEAD]
    if coming := merged(read(path) for path in sorted((ROOT / "changelogs/fragments").glob("*.yml"))):
        parts += ["## [Unreleased]\n", *release(coming, sections)]
    releases = read(ROOT / "changelogs/changelog.yaml")["releases"]
    for version in sorted(
        releases, key=lambda text: [int(part) for part in text.split("-")[0].split(".")], reverse=True
    ):
        parts += [f"## [{version}] - {releases[version]['release_date']}\n"]
        parts += release(releases[version]["changes"], sections)
    return "\n".join(parts)


def read(path):
    return yaml.safe_load(path.read_text())


def merged(fragments):
    """All fragments as one."""
    changes = {}
    for fragment in fragments:
        for section, entries in fragment.items():
            if isinstance(entries, str):
                if section in changes:
                    sys.exit(
                        f"changelogs/fragments has {section} twice: a release has one, and antsibull-changelog wants it so"
                    )
                changes[section] = entries
            else:
                changes.setdefault(section, []).extend(entries)
    return changes


def release(changes, sections):
    """The parts of a release in the order of the sections; a text without a list is the summary."""
    for section, title in sections:
        entries = changes.get(section)
        if isinstance(entries, str):
            yield marked(entries, "") + "\n"
        elif entries:
            yield f"### {title}\n"
            yield "\n".join(marked(entry, "- ") for entry in entries) + "\n"


def marked(entry, mark):
    """An entry with the lines that it has in its fragment, and code as Markdown marks it."""
    text = re.sub(r"``(.+?)``", r"`\1`", entry.strip(), flags=re.DOTALL)
    return mark + text.replace("\n", "\n" + " " * len(mark))


if __name__ == "__main__":
    main()
