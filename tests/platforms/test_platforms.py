"""Runs the executables of all platforms here, under qemu where the processor is another one. Started by `make test-platforms`.

Usage: test_platforms.py EMULATOR VENV COLLECTION [--jobs N] [--only GLOB] [--parts PART...] --platforms PLATFORM...

For each build/portable/PLATFORM/quaymaster the parts `mass` (a plan, an apply and a plan of a whole registry), `playbooks` (those
of tests/playbooks, once each) and `units` (the unit tests, which are built for it: minutes for each platform). What ran goes to
docs/platforms.json, and from there by table.py to docs/platforms.md. A platform that cannot run here is passed over, with a line
that says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import table

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

import running

# How Rust and Debian name a processor, where it is not as `uname -m` does.
PROCESSORS = {"ppc64le": "powerpc64le"}
# The oldest glibc, as in make/artifacts.mk.
GLIBC = {"ppc64le": "2.19"}
# What an executable is made from.
SOURCES = ["Cargo.toml", "Cargo.lock", "build.rs", "build_script", "docs/plan.schema.json", "plugins/doc_fragments"]
SOURCES += ["plugins/modules", "src"]
# What is declared for the mass apply: organizations, and in each of them teams, robot accounts and repositories.
ORGANIZATIONS, TEAMS, ROBOTS, REPOSITORIES = 10, 3, 5, 20


class Platform:
    """A platform, and how its programs start here."""

    def __init__(self, name):
        self.name = name
        self.processor, _, self.musl = name.partition("-")
        rust = PROCESSORS.get(self.processor, self.processor)
        self.target = f"{rust}-unknown-linux-{self.musl or 'gnu'}"
        self.libraries = f"/usr/{rust}-linux-gnu"
        self.executable = ROOT / "build/portable" / name / "quaymaster"
        self.qemu = shutil.which(f"qemu-{self.processor}-static") or shutil.which(f"qemu-{self.processor}")
        self.is_native = self.processor == machine.machine()

    def lacks(self):
        """Why its programs do not run here, or nothing."""
        if not self.executable.exists():
            return f"build/portable/{self.name}/quaymaster is missing: make wheel PLATFORMS={self.name}"
        if self.executable.stat().st_mtime < newest_source():
            return f"build/portable/{self.name}/quaymaster is older than its source: make wheel PLATFORMS={self.name}"
        if not self.is_native and not self.qemu:
            return f"qemu-{self.processor}-static is missing: Debian's package qemu-user-static"
        if not self.is_native and not self.musl and not Path(self.libraries).exists():
            debian = {"aarch64": "arm64", "ppc64le": "ppc64el"}.get(self.processor, self.processor)
            return f"{self.libraries} is missing: Debian's package libc6-{debian}-cross"
        return None

    def prefix(self):
        """What starts a program of it."""
        if self.is_native:
            return []
        return [self.qemu] if self.musl else [self.qemu, "-L", self.libraries]

    def runs_on(self):
        """What the programs ran on, for a person."""
        if self.is_native:
            return "directly"
        said = subprocess.run([self.qemu, "--version"], check=True, capture_output=True, text=True).stdout
        return f"qemu-user {re.search(r'version ([0-9.]+)', said)[1]}"


def newest_source():
    """When the executable's source was last changed."""
    files = [file for source in SOURCES for file in (ROOT / source, *(ROOT / source).rglob("*"))]
    files = [file for file in files if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts]
    return max(file.stat().st_mtime for file in files)


def main():
    running.stop_on_signals()
    parser = argparse.ArgumentParser()
    parser.add_argument("emulator", type=Path)
    parser.add_argument("venv", type=Path)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--platforms", nargs="+", required=True)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--only", default="*", help="which playbooks run; with less than all, the table stays as it is")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["mass", "playbooks"])
    arguments = parser.parse_args()
    failed = False
    for platform in map(Platform, arguments.platforms):
        why = platform.lacks()
        if why:
            print(f"SKIPPED {platform.name}: {why}", flush=True)
            continue
        start = time.monotonic()
        ran = {part: PARTS[part](platform, arguments) for part in arguments.parts}
        problems = [f"--- {part}\n{result['problem']}" for part, result in ran.items() if "problem" in result]
        seconds = time.monotonic() - start
        print(
            f"{platform.name}: {'failed' if problems else 'passed'} in {seconds:.0f} s", *problems, sep="\n", flush=True
        )
        failed |= bool(problems)
        if not problems and arguments.only == "*":
            about = {"on": platform.runs_on(), "bytes": platform.executable.stat().st_size}
            table.keep(platform.name, commit(), about | ran)
    sys.exit(failed)


def commit():
    """What the executables are made from: the last commit that changed their source."""
    git = lambda *words: subprocess.run(
        ["git", "-C", ROOT, *words, "--", *SOURCES], check=False, stdout=subprocess.PIPE
    )
    last = git("log", "-1", "--abbrev=9", "--format=%h").stdout.decode().strip()
    return last + ("-dirty" if git("diff", "--quiet", "HEAD").returncode else "")


def registry():
    """A registry file, as JSON, with what makes a large registry large."""
    of = lambda count, word: [f"{word}{number}" for number in range(count)]
    return {
        "organizations": [
            {
                "name": organization,
                "email": f"{organization}@example.com",
                "robots": [{"name": robot, "description": f"Ünïcode {robot}"} for robot in of(ROBOTS, "robot")],
                "teams": [
                    {"name": team, "role": "member", "members": [f"{organization}+robot0"]}
                    for team in of(TEAMS, "team")
                ],
                "repositories": [
                    {"name": name, "permissions": [{"name": "team0", "type": "team", "role": "write"}]}
                    for name in of(REPOSITORIES, "repository")
                ],
            }
            for organization in of(ORGANIZATIONS, "organization")
        ]
    }


def mass(platform, arguments):
    """A plan, an apply and another plan of a whole registry, over TLS: how many objects were made, or the problem."""
    with tempfile.TemporaryDirectory(prefix="quaymaster-platform-") as work:
        work = Path(work)
        token, authority, file = work / "token", work / "ca.pem", work / "registry.yml"
        file.write_text(json.dumps(registry(), ensure_ascii=False))
        options = "--seed", "admin", "--token-file", token, "--tls", "--ca-out", authority
        with running.emulator(arguments.emulator, *options) as quay:
            environment = {"PATH": os.environ["PATH"], "HOME": str(work), "QUAY_HOST": quay.url}
            environment |= {"QUAY_TOKEN": token.read_text().strip(), "QUAY_CA_PATH": str(authority)}
            made = 0
            for expected, action in (2, ["plan"]), (0, ["apply", "--yes"]), (0, ["plan"]):
                command = [*platform.prefix(), platform.executable, *action, "--output", "json", file]
                done = subprocess.run(
                    command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
                )
                if done.returncode != expected:
                    return {
                        "problem": f"{action[0]} ends with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                    }
                counts = json.loads(done.stdout)["counts"]
                made = counts["create"] or made
            return {"objects": made} if made else {"problem": "nothing was made"}


def playbooks(platform, arguments):
    """Runs the playbooks with the executable in the place of the collection's: how many passed, or the problem."""
    with tempfile.TemporaryDirectory(prefix="quaymaster-platform-") as work:
        copy = Path(work) / "ansible_collections/quaymaster/quay"
        shutil.copytree(arguments.collection, copy, symlinks=True)
        own = copy / "plugins/bin/quaymaster"
        words = " ".join(f"'{word}'" for word in [*platform.prefix(), platform.executable])
        own.unlink()
        own.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        own.chmod(0o755)
        command = [sys.executable, ROOT / "tests/tools/e2e.py", arguments.emulator, arguments.venv]
        command += ["--jobs", arguments.jobs, "--only", arguments.only, "--once"]
        done = subprocess.run(
            command,
            env=os.environ | {"COLLECTIONS": work},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    counted = re.search(r"^e2e: (\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    if done.returncode or not counted:
        return {"problem": done.stdout[-20000:] + done.stderr[-2000:]}
    return {"passed": int(counted[1])}


def units(platform, _):
    """Builds and runs the unit tests, for another platform by the compiler of the wheels: how many passed, or the problem."""
    command, environment = ["cargo", "test", "--locked", "--lib", "--no-fail-fast"], dict(os.environ)
    if not platform.is_native or platform.musl:
        command += ["--target", platform.target]
        environment |= compiler(platform)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counted = re.findall(r"^test result: \w+\. (\d+) passed", done.stdout, re.MULTILINE)
    if done.returncode or not counted:
        return {"problem": done.stdout[-4000:] + done.stderr[-4000:]}
    return {"passed": sum(map(int, counted))}


def compiler(platform):
    """What tells Cargo to compile and link for the platform by zig, and how to start what comes of it."""
    tools, scripts = ROOT / ".venv-build/bin", ROOT / "build/zig" / platform.name
    scripts.mkdir(parents=True, exist_ok=True)
    zig = platform.target.replace("-unknown", "").replace("gnu", f"gnu.{GLIBC.get(platform.processor, '2.17')}")
    for program, options in ("cc", f"-target {zig}"), ("ar", ""):
        (scripts / program).write_text(
            "#!/bin/sh\nexport CARGO_ZIGBUILD_ZIG_COMMAND_ARGS='-m ziglang'\n"
            f"export CARGO_ZIGBUILD_ZIG_COMMAND='{tools}/python'\n"
            f"exec '{tools}/maturin' zig {program} -- {options} \"$@\"\n"
        )
        (scripts / program).chmod(0o755)
    rust = platform.target.replace("-", "_")
    tools = {f"CC_{rust}": "cc", f"AR_{rust}": "ar", f"CARGO_TARGET_{rust.upper()}_LINKER": "cc"}
    runner = {f"CARGO_TARGET_{rust.upper()}_RUNNER": " ".join(platform.prefix())} if platform.prefix() else {}
    return {name: str(scripts / program) for name, program in tools.items()} | runner


PARTS = {"mass": mass, "playbooks": playbooks, "units": units}

if __name__ == "__main__":
    main()
