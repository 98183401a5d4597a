"""Keeps docs/platforms.json, what ran on which platform, and writes the table of docs/platforms.md from it.

Usage: table.py --check PLATFORM...

With --check nothing is written: it fails when the table is not that of the file, or when a platform has no line in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS, PAGE = ROOT / "docs/platforms.json", ROOT / "docs/platforms.md"
START, END = "<!-- platforms -->\n", "<!-- /platforms -->\n"
NOT_RUN = "not run"
COLUMNS = {
    "MB": lambda ran: f"{ran['bytes'] / 1e6:.1f}" if "bytes" in ran else "",
    "commit": lambda ran: ran.get("commit", ""),
    "ran on": lambda ran: ran.get("on", NOT_RUN),
    "unit tests": lambda ran: f"{ran['units']['passed']} passed" if "units" in ran else NOT_RUN,
    "playbooks": lambda ran: f"{ran['playbooks']['passed']} passed" if "playbooks" in ran else NOT_RUN,
    "mass apply": lambda ran: (
        f"{ran['mass']['objects']} objects, repeated without a change" if "mass" in ran else NOT_RUN
    ),
}


def keep(platform, commit, results):
    """Takes in what ran on a platform. What did not run this time, such as unit tests, stays if it was the same commit."""
    known = read()
    before = known.get(platform, {})
    known[platform] = (before if before.get("commit") == commit else {}) | {"commit": commit} | results
    RESULTS.write_text(json.dumps(known, indent=2) + "\n")
    head, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(head + START + text(known) + END + rest.partition(END)[2])


def read():
    return json.loads(RESULTS.read_text())


def text(known):
    """The table."""
    lines = [["platform", *COLUMNS], ["---"] * (len(COLUMNS) + 1)]
    lines += [[f"`{platform}`", *(column(ran) for column in COLUMNS.values())] for platform, ran in known.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def check(platforms):
    """What is wrong, a line each."""
    known = read()
    problems = [f"{platform} is missing from {RESULTS.name}" for platform in platforms if platform not in known]
    problems += [f"{platform} is no platform of make/artifacts.mk" for platform in known if platform not in platforms]
    if START + text(known) + END not in PAGE.read_text():
        problems.append(f"the table of {PAGE.name} is not that of {RESULTS.name}")
    return problems


if __name__ == "__main__":
    sys.exit("\n".join(check(sys.argv[2:])) or None)
