"""Builds the container image and runs it as Kubernetes does: as its own user, with a read-only root, certificates from outside.

Usage: test_image.py CONTEXT ARCHITECTURE EMULATOR
Prints a line and passes where no program can run an image.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

import image
import running

TAG = "localhost/quaymaster:test"
# Podman as a user needs HOME and more. What the executable reads, and podman hands on, is not of the person who runs it.
OWN = re.compile("QUAY|SSL_CERT|.*_proxy$", re.IGNORECASE)
SURROUNDINGS = {name: value for name, value in os.environ.items() if not OWN.match(name)}
# What podman and docker do, done by hand for buildah: the root is mounted read-only, the folders are mounted in it.
CHROOT = """
root=$1 user=$2; shift 2
mount --bind "$root" "$root"
for place in config state; do mount --bind "$WORK/$place" "$root/$place"; done
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" "$@"
"""


def main(context, architecture, emulator):
    running.stop_on_signals()
    why = f"none of {', '.join(image.PROGRAMS)} works here"
    for name, command in image.programs():
        image.build(name, command, context, architecture, TAG, "test")
        container = by_hand if name == "buildah" else by_itself
        try:
            with container(command) as prefix, tempfile.TemporaryDirectory(prefix="quaymaster-image-") as work:
                Path(work).chmod(0o755)
                use(Path(work), prefix, emulator)
            print(f"image: built by {name}, and run as its own user with a read-only root")
            return
        except CannotRun as reason:
            why = f"{name} builds it, but runs nothing: {reason}"
        finally:
            image.run([*command, "rmi", TAG])
    print(f"SKIPPED image: {why}")


class CannotRun(Exception):
    """Why a program that builds images runs none here."""


@contextlib.contextmanager
def by_itself(command):
    """How a command in the image begins, given the folder to mount and the names of its variables."""
    mounts = lambda work: [f"--volume={work}/config:/config:ro", f"--volume={work}/state:/state"]
    variables = lambda names: [f"--env={name}" for name in names]
    run = [*command, "run", "--rm", "--network=host"]
    tried = image.run([*run, TAG, "--version"])
    # What podman and docker end with where they could not start the command.
    if tried.returncode in (125, 126):
        raise CannotRun(tried.stderr.strip().rpartition("\n")[2])
    yield lambda work, names: [*run, "--init=false", "--read-only", *mounts(work), *variables(names), TAG]


@contextlib.contextmanager
def by_hand(command):
    """The same for a program that only builds."""
    if os.geteuid() or not shutil.which("unshare"):
        raise CannotRun("it takes root and unshare")

    def output(*arguments):
        done = image.run([*command, *arguments])
        done.check_returncode()
        return done.stdout.strip()

    made = output("from", TAG)
    try:
        root, config = output("mount", made), json.loads(output("inspect", made))["OCIv1"]["config"]
        for place in "config", "state":
            (Path(root) / place).mkdir()
        start = ["unshare", "--mount", "sh", "-euc", CHROOT, "sh", root, config["User"], *config["Entrypoint"]]
        yield lambda *_: start
    finally:
        output("rm", made)


def use(work, prefix, emulator):
    """Plans, applies until it is told to stop, and plans again."""
    config, state, token, authority = work / "config", work / "state", work / "token", work / "ca.pem"
    config.mkdir()
    state.mkdir()
    state.chmod(0o777)
    # As Kubernetes mounts a ConfigMap.
    (config / "..1").mkdir()
    shutil.copy(ROOT / "playbooks/registry/example.yml", config / "..1/registry.yml")
    (config / "..data").symlink_to("..1")
    (config / "registry.yml").symlink_to("..data/registry.yml")
    options = "--tls", "--ca-out", authority, "--seed", "admin", "--token-file", token
    with running.emulator(emulator, *options) as quay:
        shutil.copy(authority, config / "ca.pem")
        variables = {"QUAY_HOST": quay.url, "QUAY_TOKEN": token.read_text().strip()}

        def start(*arguments, **more):
            environment = SURROUNDINGS | {"WORK": str(work)} | variables | more
            return subprocess.Popen(
                [*prefix(work, (variables | more).keys()), *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )

        def expect(code, process):
            said = process.communicate(timeout=60)[0]
            if process.returncode != code:
                sys.exit(f"{process.args[-2:]} in the image ends with {process.returncode}, and not {code}:\n{said}")
            return said

        said = expect(1, start("plan", "/config/registry.yml"))
        if "certificate" not in said:
            sys.exit(f"Without certificates from outside nothing is trusted, and that is what it must say:\n{said}")
        expect(2, start("plan", "/config/registry.yml", QUAY_CA_PATH="/config/ca.pem"))
        loop = "apply", "--every", "1s", "--status-file", "/state/status.json", "/config/registry.yml"
        process = start(*loop, QUAY_CA_PATH="/config/ca.pem")
        # A line for each round; what starts it can have said something before.
        told = ""
        for line in process.stdout:
            told += line
            if "round 1: " in line:
                break
        process.terminate()
        said = told + expect(0, process)
        if "round 1: " not in said or "failed" in said:
            sys.exit(f"The first round in the image went wrong:\n{said}")
        if (state / "status.json").stat().st_uid == 0:
            sys.exit("The image runs as root.")
        expect(0, start("plan", "/config/registry.yml", SSL_CERT_FILE="/config/ca.pem"))


if __name__ == "__main__":
    main(*sys.argv[1:])
