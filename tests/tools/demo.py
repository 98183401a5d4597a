"""Runs playbooks/demo.yml on a fresh emulator: for the first account, as a check, for real, and again. Started by `make demo`."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from running import ROOT, ansible_environment, emulator, recap, stop_on_signals

RUNS = {
    # Whoever checks has to sign in.
    "The first account": ["--tags", "account"],
    "A check with a diff": ["--check", "--diff"],
    "For real": [],
    "Again": [],
}

STORY = """
The first account was made on an empty Quay. The check told what was to come, and wrote nothing.
The real run created: three organizations, three robot accounts, two teams, three repositories with rights, a cache of
Docker Hub, a mirror of quay.io/prometheus, and a docker token, written to a file of mode {mode:o}.
The second run changed nothing. The emulator is stopped, and its files are removed.
"""


def main(ansible_playbook, program):
    stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="quaymaster-demo-") as work, emulator(program) as quay:
        work = Path(work)
        environment = ansible_environment(work)
        if sys.stdout.isatty():
            environment["ANSIBLE_FORCE_COLOR"] = "true"
        command = [ansible_playbook, "playbooks/demo.yml", "-e", f"quay_host={quay.url}", "-e", f"output_dir={work}"]
        summary = []
        for title, options in RUNS.items():
            print(f"\n######## {title}", flush=True)
            quay.forget()
            counts, requests = play(command + options, environment), quay.journal()
            summary.append(
                f"{title:<20} {counts['ok']:2} tasks, {counts['changed']:2} with a change,"
                f" {requests['total']:3} requests, {requests['writes']:2} of them writes"
            )
        if counts["changed"] or requests["writes"]:
            sys.exit("The demo failed: its second run changed something.")
        mode = stat.S_IMODE((work / "config.json").stat().st_mode)
    print("\n######## What happened\n", *summary, STORY.format(mode=mode).rstrip(), sep="\n")


def play(command, environment):
    """Runs the playbook with its output shown, and returns the numbers of its recap."""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as playbook:
        output = ""
        for line in playbook.stdout:
            print(line, end="", flush=True)
            output += line
    if playbook.returncode:
        sys.exit(f"The demo failed: ansible-playbook ended with {playbook.returncode}.")
    return recap(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
