"""What a task costs: `make bench`. docs/performance.md explains the figures.

Usage: controller.py VENV EMULATOR EXECUTABLE ARTIFACT; the collection is the one installed below .ansible/collections.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

from running import ansible_environment, emulator, stop_on_signals

TASKS = 40
STARTS = 100
ORGANIZATION = {"name": "acme", "quay_host": "{{ quay_host }}", "quay_token": "{{ quay_token }}"}
MODULE = {"quaymaster.quay.quay_organization": ORGANIZATION}
# Letter, title, rounds, task, variables. The less a task takes, the more a busy moment of the machine shows.
KINDS = [
    ("0", "an empty task without options", 20, {"empty": {}}, {}),
    ("a", "an empty task with the options of (b)", 20, {"empty": ORGANIZATION}, {}),
    ("b", "quay_organization, fast path", 20, MODULE, {}),
    ("c", "quay_organization, Ansible's normal path", 6, MODULE, {"quaymaster_direct": False}),
    ("d", "the same request in a minimal Python module", 3, {"minimal": ORGANIZATION}, {}),
]


def main():
    stop_on_signals()
    venv, program, executable, artifact = (Path(word).absolute() for word in sys.argv[1:5])
    with tempfile.TemporaryDirectory(prefix="quaymaster-bench-") as work:
        work = Path(work)
        token_file = work / "token"
        with emulator(program, "--seed", "admin", "--token-file", str(token_file)) as quay:
            facts = {"quay_host": quay.url, "quay_token": token_file.read_text().strip()}
            cold = starts(executable, work, facts)
            costs, requests = tasks(venv, work, facts, quay)
    print(f"{platform.machine()}, {os.cpu_count()} cores, {core(venv)}, Python {python(venv)}\n")
    print(
        f"Cost of a task: {TASKS} tasks a playbook, the least of some rounds in turn, the playbook's own start taken off"
    )
    for letter, title, *_ in KINDS:
        print(f"  ({letter}) {title:<46}{costs[letter] * 1e3:8.1f} ms {requests[letter]:6.1f} requests")
    print(
        f"  (b)/(a) {costs['b'] / costs['a']:.2f}   (c)/(b) {costs['c'] / costs['b']:.1f}   (d)/(b) {costs['d'] / costs['b']:.1f}"
    )
    print(f"\nThe executable alone, median of {STARTS} starts")
    for title, seconds in cold.items():
        print(f"  {title:<46}{seconds * 1e3:8.1f} ms")
    print()
    for title, file in ("executable", executable), ("artifact", artifact):
        print(f"{title:<48}{file.stat().st_size / 1e6:8.2f} MB")


def starts(executable, work, facts):
    """Seconds of a cold start: to the first request, to an answer without a request, to an answer with one."""
    arguments = work / "arguments.json"
    command = [executable, arguments]

    def prepare(**more):
        options = {"name": "acme", "_ansible_module_name": "quay_organization"} | facts | more
        arguments.write_text(json.dumps(options))

    def run():
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)

    def first_request(server):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        connection, _ = server.accept()
        connection.recv(1)
        yield
        connection.close()
        process.wait()

    prepare(name="")
    found = {"a wrong option, no request": median(run)}
    prepare()
    found["one request"] = median(run)
    with socket.create_server(("127.0.0.1", 0)) as server:
        prepare(quay_host=f"http://127.0.0.1:{server.getsockname()[1]}", retries=0)
        found["until the first request is there"] = median(lambda: first_request(server))
    return found


def median(measured):
    """Seconds of a call; of a generator, until it yields."""
    seconds = []
    for _ in range(STARTS):
        before = time.perf_counter()
        rest = measured()
        if rest is not None:
            next(rest)
        seconds.append(time.perf_counter() - before)
        if rest is not None:
            next(rest, None)
    return statistics.median(seconds)


def tasks(venv, work, facts, quay):
    """Seconds a task, and requests a task, of each kind. The rounds take turns, so that a busy moment hits all alike."""
    # Beside the plugins, which Ansible looks for next to the playbook.
    shutil.copytree(ROOT / "benches/playbooks", work / "playbooks")
    facts_file = work / "facts.json"
    seconds, requests = {letter: [] for letter, *_ in KINDS}, {}
    for round_ in range(max(rounds for _, _, rounds, *_ in KINDS)):
        for letter, _, rounds, task, variables in KINDS:
            if round_ >= rounds:
                continue
            facts_file.write_text(json.dumps(facts | variables))
            quay.forget()
            played = [play(venv, work, facts_file, [task] * count) for count in (1, 1 + TASKS)]
            requests[letter] = quay.journal()["total"] / (2 + TASKS)
            seconds[letter].append(played)
    # What else the machine does only ever adds.
    least = {letter: [min(column) for column in zip(*found, strict=True)] for letter, found in seconds.items()}
    return {letter: (full - empty) / TASKS for letter, (empty, full) in least.items()}, requests


def play(venv, work, facts_file, tasks):
    """Seconds that a playbook with these tasks takes."""
    playbook = work / "playbooks/bench.yml"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    command = [venv / "bin/ansible-playbook", playbook, "-e", f"@{facts_file}"]
    # Python keeps what it has compiled, as it does unless told otherwise.
    environment = {name: value for name, value in ansible_environment(work).items() if not name.startswith("PYTHON")}
    before = time.perf_counter()
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - before


def core(venv):
    distribution = next(venv.glob("lib/python*/site-packages/ansible_core-*.dist-info"))
    return distribution.name.removesuffix(".dist-info").replace("ansible_core-", "ansible-core ")


def python(venv):
    return subprocess.run([venv / "bin/python", "-V"], capture_output=True, text=True, check=True).stdout.split()[1]


if __name__ == "__main__":
    main()
