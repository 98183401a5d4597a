"""Builds the container image and runs it as Kubernetes does: as its own user, with a read-only root, certificates from outside.

Usage: test_image.py CONTEXT ARCHITECTURE EMULATOR
Prints a line and passes where no program for images works.
"""

from __future__ import annotations

import contextlib
import json
import os
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
    made = image.build(context, architecture, TAG, "test")
    if not made:
        print(f"SKIPPED image: none of {', '.join(image.PROGRAMS)} works here")
        return
    name, command = made
    if name == "buildah" and (os.geteuid() or not shutil.which("unshare")):
        print("SKIPPED image: built by buildah; to run it takes root and unshare")
        return
    with tempfile.TemporaryDirectory(prefix="quaymaster-image-") as work, container(name, command) as prefix:
        work = Path(work)
        work.chmod(0o755)
        use(work, prefix, emulator)
    print(f"image: built by {name}, and run as its own user with a read-only root")


@contextlib.contextmanager
def container(name, command):
    """How a command in the image begins, given the folder to mount and the names of its variables."""
    if name != "buildah":
        mounts = lambda work: [f"--volume={work}/config:/config:ro", f"--volume={work}/state:/state"]
        variables = lambda names: [f"--env={name}" for name in names]
        run = [*command, "run", "--rm", "--init=false", "--read-only", "--network=host"]
        yield lambda work, names: [*run, *mounts(work), *variables(names), TAG]
        return
    output = lambda *arguments: subprocess.run(
        [*command, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()
    made = output("from", TAG)
    try:
        root, config = output("mount", made), json.loads(output("inspect", made))["OCIv1"]["config"]
        for place in "config", "state":
            (Path(root) / place).mkdir()
        yield lambda work, _: [
            "unshare",
            "--mount",
            "sh",
            "-euc",
            CHROOT,
            "sh",
            root,
            config["User"],
            *config["Entrypoint"],
        ]
    finally:
        output("rm", made)
        output("rmi", TAG)


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
            environment = {"PATH": os.environ["PATH"], "WORK": str(work)} | variables | more
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
        # A line for each round.
        told = process.stdout.readline()
        process.terminate()
        said = told + expect(0, process)
        if "round 1: " not in said or "failed" in said:
            sys.exit(f"The first round in the image went wrong:\n{said}")
        if (state / "status.json").stat().st_uid == 0:
            sys.exit("The image runs as root.")
        expect(0, start("plan", "/config/registry.yml", SSL_CERT_FILE="/config/ca.pem"))


if __name__ == "__main__":
    main(*sys.argv[1:])
