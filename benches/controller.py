"""What a task costs: `make bench`. docs/performance.md explains the figures.

Usage: controller.py VENV EMULATOR EXECUTABLE ARTIFACT; the collection is the one installed below .ansible/collections.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import random
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
ROUNDS = 3
STARTS = 100
ORGANIZATION = {"name": "acme", "quay_host": "{{ quay_host }}", "quay_token": "{{ quay_token }}"}
MODULE = {"quaymaster.quay.quay_organization": ORGANIZATION}
# Letter, title, task.
KINDS = [
    ("0", "an empty task without options", {"empty": {}}),
    ("a", "an empty task with the options of (b)", {"empty": ORGANIZATION}),
    ("b", "quay_organization, fast path", MODULE),
    ("c", "quay_organization, Ansible's normal path", MODULE | {"vars": {"quaymaster_direct": False}}),
    ("d", "the same request in a minimal Python module", {"minimal": ORGANIZATION}),
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
        # Its requests take what those of a real Quay do, as in `make bench-mass`.
        slow = "--delay-ms", "15"
        with emulator(program, "--seed", "admin", "--token-file", str(token_file), *slow) as quay:
            ways = role(venv, work, {"quay_host": quay.url, "quay_token": token_file.read_text().strip()})
    print(f"{platform.machine()}, {os.cpu_count()} cores, {core(venv)}, Python {python(venv)}\n")
    print(f"Milliseconds a task, {TASKS} tasks of each kind in turn in a playbook, {ROUNDS} playbooks")
    print(f"{'median':>60}{'least':>10}{'requests':>10}")
    for letter, title, _ in KINDS:
        found = costs[letter]
        print(
            f"  ({letter}) {title:<46}{statistics.median(found) * 1e3:8.1f}{min(found) * 1e3:10.1f}{requests[letter]:10.1f}"
        )
    for one, other in ("ba", "cb", "db"):
        print(f"  ({one})/({other}){statistics.median(costs[one]) / statistics.median(costs[other]):51.2f}")
    print(f"\nThe organization of `make bench-mass`, in milliseconds, median of {ROUNDS} playbooks")
    for title, found in ways.items():
        one, other = (statistics.median(found[way]) for way in ("role", "registry"))
        print(
            f"  {title:<16} role quay_org {one * 1e3:8.1f}   quay_registry {other * 1e3:8.1f}   ratio {one / other:5.2f}"
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
    """Seconds of each task, and requests a task, of each kind.

    The kinds take turns in one playbook, in an order that changes: what the machine does besides, and what a task
    leaves behind in its caches, hits all alike.
    """
    # Beside the plugins, which Ansible looks for next to the playbook.
    shutil.copytree(ROOT / "benches/playbooks", work / "playbooks")
    seconds, requests = {letter: [] for letter, *_ in KINDS}, {}
    for letter, _, task in KINDS:
        quay.forget()
        play(venv, work, facts, [task] * 2)
        requests[letter] = quay.journal()["total"] / 2
    order = random.Random(0)
    for _ in range(ROUNDS):
        # The first of each kind is not counted: Ansible loads its plugins then.
        turns = [kind for _ in range(1 + TASKS) for kind in order.sample(KINDS, len(KINDS))]
        moments = play(venv, work, facts, [task | {"name": letter} for letter, _, task in turns])
        for (letter, start), (_, end) in list(itertools.pairwise(moments))[len(KINDS) :]:
            seconds[letter].append(end - start)
    return seconds, requests


def role(venv, work, facts):
    """Seconds of the role quay_org and of quay_registry for organizations of the same size: a first apply and a repeat."""

    def parts(name, permissions):
        accounts = [{"name": "team1", "type": "team", "role": "write"}, {"name": f"{name}+robot1", "role": "read"}]
        return {
            "name": name,
            "teams": [{"name": f"team{number}", "role": "member"} for number in range(5)],
            "robots": [{"name": f"robot{number}"} for number in range(10)],
            "repositories": [{"name": f"repository{number}", permissions: accounts} for number in range(50)],
        }

    seconds = {title: {"role": [], "registry": []} for title in ("first apply", "repeat")}
    for number in range(ROUNDS):
        variables = {"quay_org_host": facts["quay_host"], "quay_org_token": facts["quay_token"]}
        variables |= {f"quay_org_{key}": value for key, value in parts(f"role{number}", "perms").items()}
        login = {key: ORGANIZATION[key] for key in ("quay_host", "quay_token")}
        declared = {"organizations": [parts(f"registry{number}", "permissions")]}
        ways = [
            {"name": "role", "import_role": {"name": "quaymaster.quay.quay_org"}, "vars": variables},
            {"name": "registry", "quaymaster.quay.quay_registry": login | {"config": declared}},
        ]
        moments = play(venv, work, facts, ways * 2)
        starts = [moment for name, moment in moments if "Validating arguments" in name or name in ("registry", "end")]
        for (title, way), (start, stop) in zip(
            itertools.product(seconds, ("role", "registry")), itertools.pairwise(starts), strict=True
        ):
            seconds[title][way].append(stop - start)
    return seconds


def play(venv, work, facts, tasks):
    """Plays these tasks: the name of each and the moment of its start, and those of the end."""
    playbook, moments = work / "playbooks/bench.yml", work / "moments.json"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "vars": facts, "tasks": tasks}]))
    # Python keeps what it has compiled, as it does unless told otherwise.
    environment = {name: value for name, value in ansible_environment(work).items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [venv / "bin/ansible-playbook", playbook],
        env=environment | {"MOMENTS": str(moments)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return json.loads(moments.read_text())


def core(venv):
    distribution = next(venv.glob("lib/python*/site-packages/ansible_core-*.dist-info"))
    return distribution.name.removesuffix(".dist-info").replace("ansible_core-", "ansible-core ")


def python(venv):
    return subprocess.run([venv / "bin/python", "-V"], capture_output=True, text=True, check=True).stdout.split()[1]


if __name__ == "__main__":
    main()
