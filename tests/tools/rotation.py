"""Breaks playbooks/rotate.yml at every request and every delivery, in every way. Started by `make rotation`.

Usage: rotation.py EMULATOR VENV [--jobs N] [--every N]

After each request that may change something, and at the end of each run, what is at the places of delivery has to work. The run after
it repairs what is left, although nothing is due: then there is one token of each kind, and what is at its place is the newest.
"""

from __future__ import annotations

import argparse
import base64
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
import uuid
from pathlib import Path

from running import ROOT, ansible_environment, emulator, stop_on_signals

# What becomes of a request: is it passed on, what is answered, and is the run killed?
FAULTS = {
    "500": (False, (500, "<html>Internal Server Error</html>"), False),
    "401": (False, (401, '{"error": "invalid_token"}'), False),
    "429": (False, (429, "Too Many Requests"), False),
    "drop before": (False, None, False),
    "drop after": (True, None, False),
    "broken": (True, (200, '{"'), False),
    "kill before": (False, None, True),
    "kill after": (True, None, True),
}
# Where a delivery breaks off, in the tasks below, and how.
DELIVERIES = [(step, how) for step in ("before", "between", "after") for how in ("fail", "kill")]
CREDENTIALS = ["api", "docker", "robot"]
KILL = "/kill"
DELIVER = """
- name: Break off before
  ansible.builtin.include_tasks: break.yml
  when: break_at == wanted.dest | basename ~ ' before'
- name: Deliver without the mark
  ansible.builtin.include_tasks: "{{ original }}"
  vars:
    whole: "{{ credential }}"
    credential: "{{ {'content': whole.content} }}"
  when: break_at == wanted.dest | basename ~ ' between'
- name: Break off between
  ansible.builtin.include_tasks: break.yml
  when: break_at == wanted.dest | basename ~ ' between'
- name: Deliver
  ansible.builtin.include_tasks: "{{ original }}"
- name: Break off after
  ansible.builtin.include_tasks: break.yml
  when: break_at == wanted.dest | basename ~ ' after'
"""
BREAK = """
- name: Be killed
  ansible.builtin.uri: {url: "{{ quay_host }}KILL"}
  when: break_how == 'kill'
- name: Fail
  ansible.builtin.fail:
""".replace("KILL", KILL)


def main():
    stop_on_signals()
    parser = argparse.ArgumentParser()
    parser.add_argument("emulator")
    parser.add_argument("venv", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="only every Nth case")
    arguments = parser.parse_args()
    with Rotation(arguments) as rotation:
        count, state = rotation.prepare()
    cases = [{"request": number, "fault": fault} for number in range(count) for fault in FAULTS]
    cases += [{"place": f"{name} {step}", "how": how} for name in CREDENTIALS for step, how in DELIVERIES]
    cases = cases[:: arguments.every]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = pool.map(lambda case: attempt(arguments, state, case), cases)
        for case, problems in zip(cases, results):
            if problems:
                failed += 1
                print("FAIL ", case, *problems, sep="\n  ", flush=True)
    print(f"rotation: {count} requests, {len(cases) - failed} passed, {failed} failed")
    return bool(failed)


def attempt(arguments, state, case):
    """Breaks one run, and lets another one repair it. Returns what was wrong."""
    with Rotation(arguments) as rotation:
        rotation.restore(state)
        broken = rotation.run(due=True, **case)
        problems = rotation.problems + rotation.look("after the broken run")
        # A deletion that is refused, or tokens that are gone already, may be no failure; a kill and a delivery always are.
        must_fail = "how" in case or case["fault"].startswith("kill")
        if not rotation.has_struck or (must_fail and not broken):
            problems.append("nothing was broken")
        output = rotation.run(due=False)
        problems += [f"the second run fails: {output[-1500:]}"] if output else []
        return problems + rotation.look("after the second run") + rotation.left()


class Rotation(contextlib.ExitStack):
    """A server with credentials, the places where they are delivered, and a proxy between the server and the playbook."""

    def __init__(self, arguments):
        super().__init__()
        self.venv = ROOT / arguments.venv
        self.work = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="quaymaster-rotation-")))
        self.place = self.work / "place"
        self.place.mkdir()
        (self.work / "deliver.yml").write_text(DELIVER)
        (self.work / "break.yml").write_text(BREAK)
        token = self.work / "token"
        self.server = self.enter_context(emulator(arguments.emulator, "--seed", "admin", "--token-file", token))
        self.token = token.read_text().strip()
        self.marker = f"QUAYMASTER_ROTATION={uuid.uuid4()}"
        self.problems = []
        self.requests, self.struck, self.fault = 0, None, None
        self.has_struck = False
        self.proxy = self.enter_context(proxy_for(self))
        self.url = f"http://127.0.0.1:{self.proxy.server_address[1]}"

    def prepare(self):
        """Makes what is rotated and delivers it; returns how many requests a rotation needs, and what there was before it."""
        api = f"{self.server.url}/api/v1"
        self.post(f"{api}/organization/", {"name": "acme"})
        self.post(f"{api}/organization/acme/applications", {"name": "automation"})
        self.post(f"{api}/organization/acme/team/deployers", {"role": "member"}, "PUT")
        output = self.run(due=False)
        saved, self.requests = self.everything(), 0
        output += self.run(due=True)
        if output or self.problems:
            sys.exit(f"without a fault it fails: {self.problems}\n{output}")
        return self.requests, saved

    def everything(self):
        """What the server and the places hold, and how the server is reached."""
        with urllib.request.urlopen(f"{self.server.url}/__emulator/state", timeout=10) as answer:
            state = json.load(answer)
        return self.token, state, {file.name: file.read_text() for file in self.place.iterdir()}, self.url

    def restore(self, saved):
        """Puts back what another server and its places held."""
        self.token, state, files, url = saved
        self.post(f"{self.server.url}/__emulator/state", state)
        for name, text in files.items():
            # The configuration names the host.
            (self.place / name).write_text(text.replace(url.removeprefix("http://"), self.url.removeprefix("http://")))

    def post(self, url, body, method="POST"):
        """A request that must succeed."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=10):
            pass

    def run(self, due, request=None, fault=None, place="", how=""):
        """Runs the playbook; nothing where it succeeds, else what it said."""
        self.fault = FAULTS.get(fault)
        self.struck = None if request is None else self.requests + request
        after = "0" if due else "30d"
        facts = {
            "quay_host": self.url,
            "quay_token": self.token,
            "quay_retries": 0,
            "rotate_deliver": str(self.work / "deliver.yml"),
            "original": str(ROOT / "playbooks" / "rotate" / "deliver.yml"),
            "break_at": place,
            "break_how": how,
            "rotate_application_tokens": [
                {
                    "organization": "acme",
                    "application": "automation",
                    "name": "deploy",
                    "rights": ["user:read"],
                    "rotate_after": after,
                    "dest": str(self.place / "api"),
                }
            ],
            "rotate_docker_tokens": [{"name": "cluster", "rotate_after": after, "dest": str(self.place / "docker")}],
            "rotate_robot_pairs": [
                {
                    "name": "acme+deployer",
                    "teams": ["deployers"],
                    "rotate_after": after,
                    "unused_for": "0",
                    "dest": str(self.place / "robot"),
                }
            ],
        }
        (self.work / "facts.json").write_text(json.dumps(facts))
        name, value = self.marker.split("=")
        done = subprocess.run(
            [
                self.venv / "bin" / "ansible-playbook",
                ROOT / "playbooks" / "rotate.yml",
                "-e",
                f"@{self.work}/facts.json",
            ],
            cwd=self.work,
            env=ansible_environment(self.work) | {name: value},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.struck = None
        self.has_struck |= bool(place)
        return done.stdout + done.stderr if done.returncode else ""

    def kill(self):
        """Kills all processes of the run."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.marker.encode() in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)

    def look(self, when):
        """What is at a place and does not work."""
        _, state, files, _ = self.everything()
        robots = state["namespaces"]["acme"]["robots"]
        docker = [token["code"] for token in state["namespaces"]["admin"]["app_tokens"]]
        works = {"api": list(state["tokens"]), "docker": [f"$app:{token}" for token in docker]}
        works["robot"] = [f"acme+{name}:{robot['token']}" for name, robot in robots.items()]
        return [
            f"{when}: what is at {name} does not work" for name in CREDENTIALS if secret(files[name]) not in works[name]
        ]

    def left(self):
        """What the repair has left that nobody has."""
        _, state, files, _ = self.everything()
        api = [token for token in state["tokens"].values() if token["name"] == "deploy"]
        docker = state["namespaces"]["admin"]["app_tokens"]
        problems = []
        if len(api) != 1 or api[0]["uuid"] != files.get("api.uuid"):
            problems.append(f"{len(api)} tokens of the application are left, or another one than the mark says")
        if len(docker) != 1:
            problems.append(f"{len(docker)} tokens for docker are left")
        if len(state["namespaces"]["acme"]["robots"]) > 2:
            problems.append("the pair has more than two accounts")
        return problems


def secret(text):
    """The credential in a delivered file."""
    if text.lstrip().startswith("{"):
        (entry,) = json.loads(text)["auths"].values()
        return base64.b64decode(entry["auth"]).decode()
    return text


@contextlib.contextmanager
def proxy_for(rotation):
    """Passes requests on, but for the one that is struck."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def pass_on(self):
            if self.path == KILL:
                rotation.kill()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_struck, rotation.requests = rotation.requests == rotation.struck, rotation.requests + 1
            rotation.has_struck |= is_struck
            passes, answer, kills = rotation.fault if is_struck else (True, ..., False)
            if passes:
                found = self.ask(body)
                answer = found if answer is ... else answer
                if self.command != "GET" and (rotation.place / "robot").exists():
                    rotation.problems += rotation.look(f"after {self.command} {self.path}")
            if kills:
                rotation.kill()
            if answer is None:
                self.close_connection = True
                return
            status, text = answer[:2]
            content = text if isinstance(text, bytes) else text.encode()
            self.send_response(status)
            for name, value in answer[2] if len(answer) > 2 else [("Content-Type", "application/json")]:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def ask(self, body):
            server = http.client.HTTPConnection(rotation.server.url.removeprefix("http://"), timeout=30)
            server.request(self.command, self.path, body, dict(self.headers))
            answer = server.getresponse()
            own = {"content-length", "connection", "transfer-encoding", "date", "server"}
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in own]
            content = answer.read()
            server.close()
            return answer.status, content, headers

        do_GET = do_POST = do_PUT = do_DELETE = pass_on

    class Server(http.server.ThreadingHTTPServer):
        # Whoever was killed does not read its answer.
        def handle_error(self, request, address):
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, address)

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())
