"""Measures the executable; nothing is asserted. Started by `make bench`.

Usage: bench.py EXECUTABLE EMULATOR ARTIFACT
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from running import emulator

RUNS = 50


def main(executable, program, artifact):
    with tempfile.TemporaryDirectory() as work:
        # Ansible starts a module with the path of a file that holds its arguments.
        arguments = Path(work) / "arguments.json"
        command = [executable, arguments]

        def write(url):
            options = {"quay_host": url, "name": "acme", "state": "absent", "retries": 0}
            arguments.write_text(json.dumps({"_ansible_module_name": "quaymaster.quay.quay_organization"} | options))

        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(10)
            write(f"http://127.0.0.1:{server.getsockname()[1]}")
            show("process start to first request", [first_request(command, server) for _ in range(RUNS)])
        with emulator(program) as quay:
            write(quay.url)
            whole_run(command)
            show("module run with one request", [whole_run(command) for _ in range(RUNS)])
    for title, path in (("executable", executable), ("artifact", artifact)):
        print(f"{title:<32}{os.path.getsize(path) / 1e6:6.2f} MB")


def first_request(command, server):
    """Milliseconds until the first byte of a request is here."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    connection, _ = server.accept()
    connection.recv(1)
    taken = time.perf_counter() - start
    connection.close()
    process.wait()
    return taken * 1000


def whole_run(command):
    """Milliseconds until the process has ended."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def show(title, times):
    low, middle, high = min(times), statistics.median(times), max(times)
    print(f"{title:<32}{low:6.2f} ms min {middle:6.2f} ms median {high:6.2f} ms max ({len(times)} runs)")


if __name__ == "__main__":
    main(*sys.argv[1:])
