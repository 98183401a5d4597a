"""The execution environment that docs/aap.md makes of execution-environment.yml."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def of_files():
    """The definition with the collection from a file, and what the page adds to take the wheel, too."""
    definition = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    pieces = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/aap.md").read_text(), re.DOTALL)
    collection, wheel = (yaml.safe_load(piece) for piece in pieces if "additional_build_files" in piece)
    definition["dependencies"] |= collection.pop("dependencies")
    return definition | collection, wheel
