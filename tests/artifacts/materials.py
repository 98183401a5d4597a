"""Takes the bill of materials out of wheels, and puts each beside its wheel.

Usage: materials.py WHEEL...
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path


def main(*wheels):
    for wheel in map(Path, wheels):
        wheel.with_suffix(".cdx.json").write_bytes(bill_of(wheel))


def bill_of(wheel):
    """The bill of materials of a wheel; ends the program where it does not say what is in it."""
    with zipfile.ZipFile(wheel) as content:
        [name] = [name for name in content.namelist() if name.endswith("/sboms/quaymaster.cyclonedx.json")]
        text = content.read(name)
    bill = json.loads(text)
    crates = {component["name"] for component in bill["components"]}
    if bill["bomFormat"] != "CycloneDX" or not {"rustls", "ring", "serde_json"} <= crates:
        sys.exit(f"{wheel.name}: {name} does not say what is in it")
    return text


if __name__ == "__main__":
    main(*sys.argv[1:])
