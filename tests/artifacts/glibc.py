"""Prints the newest glibc that executables need, and fails when it is newer than allowed.

Usage: glibc.py --at-most 2.17 PLATFORM/quaymaster...

One in a folder whose name ends with `-musl` must need no C library at all.
Reads the ELF file itself, so it works for every platform and without other programs.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

VERSION_NEEDS = 0x6FFFFFFE
LOADER = 3


def is_static(data):
    """Whether a 64-bit ELF file starts without a loader, and so without any library."""
    order = "<" if data[5] == 1 else ">"
    (start,) = struct.unpack_from(order + "Q", data, 32)
    size, count = struct.unpack_from(order + "HH", data, 54)
    return all(struct.unpack_from(order + "I", data, start + index * size)[0] != LOADER for index in range(count))


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
        platform, data = executable.parent.name, executable.read_bytes()
        versions = [number(name) for name in needed(data) if name.startswith("GLIBC_2")]
        newest, static = max(versions, default=()), is_static(data)
        needs = "no C library" if static else f"glibc {text(newest)}"
        print(f"{platform}: needs {needs}, {len(data) / 1e6:.1f} MB")
        if platform.endswith("-musl") and not static:
            sys.exit(f"{executable} needs a C library")
        if newest > allowed:
            sys.exit(f"{executable} needs glibc {text(newest)}, newer than {arguments.at_most}")


def number(version):
    return tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))


def text(version):
    return ".".join(map(str, version))


if __name__ == "__main__":
    main()
