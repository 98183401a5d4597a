"""Runs the playbooks of tests/playbooks as its README.md says. Started by `make e2e`.

Usage: e2e.py EMULATOR VENV... [--only NAME] [--jobs N] [--once] [--quay VERSION...]

With --quay the emulator is those older Quays in turn. A playbook whose module an older one lacks, by docs/compatibility.md, or that
says so at its head, has to stop with a sentence that names the version which it needs; every other one has to pass.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from running import ROOT, ansible_environment, emulator, stop_on_signals

PLAYBOOKS = ROOT / "tests" / "playbooks"
COMPATIBILITY = ROOT / "docs" / "compatibility.md"
# What a playbook is told where the emulator is the newest Quay.
NEWEST = "3.18"
RUNS = {"check": ["--check", "--diff"], "real run": [], "second run": []}


def main():
    stop_on_signals()
    parser = argparse.ArgumentParser()
    parser.add_argument("emulator")
    parser.add_argument("venvs", nargs="+", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--once", action="store_true", help="no check before the run, and no second run")
    parser.add_argument("--quay", nargs="+", default=[""], metavar="VERSION", help="older Quays: 3.9 3.12")
    parser.add_argument(
        "--normal-path", action="store_true", help="let Ansible copy the executable, see plugins/action/quay.py"
    )
    arguments = parser.parse_args()
    playbooks = sorted(PLAYBOOKS.glob(f"{arguments.only or '*'}.yml"))
    if not playbooks:
        sys.exit(f"there is no playbook {arguments.only} in tests/playbooks")

    failed = 0
    cases = [(playbook, venv, quay) for quay in arguments.quay for playbook in playbooks for venv in arguments.venvs]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = [
            pool.submit(run, arguments.emulator, playbook, venv, not arguments.normal_path, quay, arguments.once)
            for playbook, venv, quay in cases
        ]
        try:
            for (playbook, venv, quay), case in zip(cases, running):
                problem, seconds = case.result()
                failed += bool(problem)
                title = f"{playbook.stem}, {core(venv)}" + (f", Quay {quay}" if quay else "")
                print(f"{'FAIL' if problem else 'ok':<5}{title:<60}{seconds:6.1f} s", flush=True)
                if problem:
                    print(problem, flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    print(f"e2e: {len(cases) - failed} passed, {failed} failed")
    return bool(failed)


def run(program, playbook, venv, direct=True, quay="", once=False):
    """Runs a playbook three times, or once, on an emulator of its own. Returns what went wrong, or nothing, and the time it took."""
    start = time.monotonic()
    text = playbook.read_text()
    options = header(text, "emulator", default="--seed admin")
    options += ["--quay", quay] if quay else []
    missing = [since for since in needs(playbook.stem, text) if quay and number(since) > number(quay)]
    with tempfile.TemporaryDirectory(prefix="quaymaster-e2e-") as work:
        work = Path(work)
        token_file, ca_file = work / "token", work / "ca.pem"
        options += ["--token-file", token_file] if "--seed" in options else []
        options += ["--ca-out", ca_file] if "--tls" in options else []
        settings = {"EMULATOR_DELETION_LAG_MS": 0}
        if "--settings" in options:
            place = options.index("--settings")
            settings |= json.loads(options[place + 1])
            del options[place : place + 2]
        options += ["--settings", json.dumps(settings)]
        with emulator(program, *options) as server:
            facts = {"quay_host": server.url, "ca_path": str(ca_file), "quaymaster_direct": direct}
            facts |= {"quay_version": quay or NEWEST}
            secrets = ["sekrit"]
            if token_file.exists():
                facts["quay_token"] = token_file.read_text().strip()
                secrets.append(facts["quay_token"])
            (work / "facts.json").write_text(json.dumps(facts))
            command = [ROOT / venv / "bin" / "ansible-playbook", playbook, "-e", f"@{work}/facts.json"]
            command += header(text, "ansible")
            changes = {}
            if missing:
                # What it has done before it stops would be in the way of another run.
                output, _ = play(command, ansible_environment(work), secrets)
                return refusal(output, missing), time.monotonic() - start
            for title, more in [("real run", [])] if once else RUNS.items():
                problem, changes[title] = play(command + more, ansible_environment(work), secrets)
                if problem:
                    return f"--- {title}\n{problem}\n---", time.monotonic() - start
            if not once and header(text, "check foretells") == ["changed"] and changes["check"] != changes["real run"]:
                return f"the check foretold another number of changes: {changes}", time.monotonic() - start
    return None, time.monotonic() - start


def needs(module, text):
    """The versions of Quay that a playbook needs: for its module, by docs/compatibility.md, and by its head for more."""
    table = re.findall(r"^\| (.*?) \| the module \| ([0-9.]+) \|", COMPATIBILITY.read_text(), re.MULTILINE)
    return [since for modules, since in table if module in modules.split(", ")] + header(text, "needs quay")


def number(version):
    """A version to compare."""
    return [int(part) for part in version.split(".")]


def refusal(output, missing):
    """What is wrong with the refusal that a run has to end with, or nothing."""
    if not output:
        return f"it passed, and should have said that it needs Quay {missing}"
    return None if any(f"needs Quay {since}" in output for since in missing) else output


def play(command, environment, secrets):
    """Runs ansible-playbook once. Returns what went wrong, or nothing, and how many tasks changed something."""
    done = subprocess.run(
        command,
        cwd=PLAYBOOKS,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    output = done.stdout + done.stderr
    leaks = [line for line in output.splitlines() if any(secret in line for secret in secrets)]
    if leaks:
        return "\n".join(["a secret was printed:", *leaks]), 0
    changed = sum(int(count) for count in re.findall(r" changed=(\d+) ", output))
    return (output if done.returncode else None), changed


def header(text, key, default=""):
    """The options in the comment `# key: options` at the head of a playbook."""
    found = re.search(rf"^# {key}: (.*)$", text, re.MULTILINE)
    return shlex.split(found[1] if found else default)


def core(venv):
    """The ansible-core of a virtual environment, with its version."""
    distribution = next(venv.glob("lib/python*/site-packages/ansible_core-*.dist-info"))
    return distribution.name.removesuffix(".dist-info").replace("_", "-").replace("core-", "core ")


if __name__ == "__main__":
    sys.exit(main())
