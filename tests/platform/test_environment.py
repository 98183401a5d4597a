"""Builds the execution environment for real, and runs a playbook in it as the user that it names.

Usage: test_environment.py VENV EMULATOR

The base image is a Debian 13 with ansible-core and ansible-runner, for that of execution-environment.yml is in a registry. Prints a
line and passes where there is no Debian, or where podman and buildah do not work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import definition
import running
from debian import DEBIAN, NoDebian, debian

BASE, TAG = "localhost/quaymaster-base:test", "localhost/quaymaster-environment:test"
PLAYBOOK = """---
- name: Bring an organization to its state in an execution environment
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Create, and create again
      quaymaster.quay.quay_organization:
        name: payments
        email: payments@example.com
      register: created
      loop: [first, again]
    - name: The second time nothing changes
      ansible.builtin.assert:
        that: created.results | map(attribute='changed') == [true, false]
"""


def main(venv, emulator):
    running.stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="quaymaster-environment-") as folder:
        folder = Path(folder)
        # A storage of its own: podman keeps to the driver that it had first, and whoever runs this has images of their own.
        storage = folder / "storage.conf"
        roots = f'graphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n'
        storage.write_text(f'[storage]\ndriver = "vfs"\n{roots}')
        os.environ["CONTAINERS_STORAGE_CONF"] = str(storage)
        work = folder / "work"
        work.mkdir()
        try:
            python = debian(ROOT / "requirements" / "latest.txt")
            for program in "podman", "buildah":
                if not shutil.which(program) or run([program, "info"], check=False).returncode:
                    raise NoDebian(f"{program} does not work")
        except NoDebian as why:
            print(f"SKIPPED environment: it takes a Debian, podman and buildah, but here {why}")
            return
        base(python)
        build(Path(venv), python, work)
        use(emulator, work)
    print("environment: built by ansible-builder, and a playbook ran in it")


def base(venv):
    """The Debian as an image in which pip finds what was fetched outside."""
    (DEBIAN / "etc" / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /opt/wheels\n")
    path = f"PATH={venv}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    packed = subprocess.Popen(
        ["tar", "-C", DEBIAN, "--exclude=./proc/*", "--exclude=./dev/*", "-c", "."], stdout=subprocess.PIPE
    )
    run(["podman", "import", "--change", f"ENV {path}", "-", BASE], stdin=packed.stdout)
    if packed.wait():
        sys.exit("the Debian cannot be packed")


def build(venv, python, work):
    """Builds what the page tells, upon the base that is here."""
    made, _ = definition.of_files()
    made["images"]["base_image"]["name"] = BASE
    made["dependencies"]["python_interpreter"]["python_path"] = f"{python}/bin/python3"
    # The base has them already, and no package of the system is needed.
    for given in "ansible_core", "ansible_runner":
        made["dependencies"].pop(given)
    made["options"] = {"package_manager_path": "/usr/bin/apt-get", "skip_pip_install": True, "container_init": {}}
    for file in made["additional_build_files"]:
        target = work / file["src"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "build" / target.name, target)
    (work / "environment.yml").write_text(yaml.safe_dump(made))
    arguments = ["--file", "environment.yml", "--context", "context", "--tag", TAG, "--container-runtime", "podman"]
    options = "--extra-build-cli-args=--isolation=chroot --layers=false"
    run([venv.absolute() / "bin" / "ansible-builder", "build", *arguments, options], cwd=work)


def use(emulator, work):
    """Runs a playbook in the image, with the variables of the credential type."""
    inside = work / "inside"
    inside.mkdir()
    (inside / "playbook.yml").write_text(PLAYBOOK)
    work.chmod(0o755)
    work.parent.chmod(0o755)
    token = work / "token"
    with container() as name, running.emulator(emulator, "--seed", "admin", "--token-file", token) as quay:
        (inside / "credential").write_text(f"QUAY_HOST={quay.url} QUAY_TOKEN={token.read_text().strip()} HOME=/tmp\n")
        # Its user may be any one, and has no home.
        command = ["buildah", "run", "--isolation", "chroot", "--user", "12345:0", f"--volume={inside}:/work:ro", name]
        run([*command, "--", "sh", "-c", "set -a; . /work/credential; exec ansible-playbook /work/playbook.yml"])


@contextlib.contextmanager
def container():
    name = run(["buildah", "from", "--pull-never", TAG]).stdout.strip()
    try:
        yield name
    finally:
        run(["buildah", "rm", name], check=False)


def run(command, *, check=True, stdin=subprocess.DEVNULL, **options):
    # Programs for containers leave their input non-blocking for all that share it, with which ansible-core does not start.
    options |= {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, check=False, **options)
    if check and done.returncode:
        sys.exit(f"{command[0]} {command[1]} ended with {done.returncode}:\n{done.stdout}")
    return done


if __name__ == "__main__":
    main(*sys.argv[1:])
