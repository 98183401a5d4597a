"""Prints the newest glibc that executables need, and fails when it is newer than allowed.

Usage: glibc.py --at-most 2.17 EXECUTABLE...

Reads the version needs of the ELF file itself, so it works for every platform and without other programs.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

VERSION_NEEDS = 0x6FFFFFFE


def needed(data):
    """The symbol versions that a 64-bit ELF file needs, `GLIBC_2.17` for example."""
    if data[:5] != b"\x7fELF\x02":
        raise ValueError("no 64-bit ELF file")
    order = "<" if data[5] == 1 else ">"
    (start,) = struct.unpack_from(order + "Q", data, 40)
    size, count = struct.unpack_from(order + "HH", data, 58)
    sections = [struct.unpack_from(order + "IIQQQQIIQQ", data, start + index * size) for index in range(count)]
    for _, kind, _, _, offset, _, link, libraries, _, _ in sections:
        if kind != VERSION_NEEDS:
            continue
        names = sections[link][4]
        for _ in range(libraries):
            _, versions, _, first, following = struct.unpack_from(order + "HHIII", data, offset)
            at = offset + first
            for _ in range(versions):
                _, _, _, name, after = struct.unpack_from(order + "IHHII", data, at)
                yield data[names + name : data.index(b"\0", names + name)].decode()
                at += after
            offset += following


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--at-most", required=True)
    parser.add_argument("executables", nargs="+", type=Path)
    arguments = parser.parse_args()
    allowed = number(arguments.at_most)
    for executable in arguments.executables:
        versions = [
            name.removeprefix("GLIBC_") for name in needed(executable.read_bytes()) if name.startswith("GLIBC_2")
        ]
        newest = max(versions, key=number)
        size = executable.stat().st_size / 1e6
        print(f"{executable.name}: needs glibc {newest}, {size:.1f} MB")
        if number(newest) > allowed:
            sys.exit(f"{executable} needs glibc {newest}, newer than {arguments.at_most}")


def number(version):
    return tuple(int(part) for part in version.split("."))


if __name__ == "__main__":
    main()
