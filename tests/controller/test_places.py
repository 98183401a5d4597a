"""Where the collection lies and who runs it: a checkout, another host, another user, a container's user, ansible-pull."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from support import ENVIRONMENTS, ROOT, bin_of, call, registry, run, running

COLLECTION = ROOT / ".ansible/collections/ansible_collections/quaymaster/quay"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
IS_ROOT = os.geteuid() == 0
# As OpenShift gives it: nobody's, in the group of root.
STRANGER = 1000660000
# Programs that need a package.
GIT = unittest.skipUnless(shutil.which("git"), "needs git")
SSH = unittest.skipUnless(SSHD and shutil.which("ssh"), "needs sshd (Debian: openssh-server) and ssh")
SU = unittest.skipUnless(IS_ROOT and shutil.which("su"), "needs root")
BECOME = {
    "ansible_become": True,
    "ansible_become_method": "ansible.builtin.su",
    "ansible_become_user": "nobody",
    "ansible_become_flags": "-s /bin/sh",
    "ansible_remote_tmp": "/tmp/.quaymaster-test",
}
PLAY = {
    "name": "Create, and see it unchanged",
    "hosts": "all",
    "gather_facts": False,
    "module_defaults": {
        "group/quaymaster.quay.quay": {"quay_host": "{{ quay_host }}", "quay_token": "{{ quay_token }}"}
    },
    "tasks": [
        {"name": "Create", "quaymaster.quay.quay_organization": {"name": "acme"}, "register": "created"},
        {"name": "Repeat", "quaymaster.quay.quay_organization": {"name": "acme"}, "register": "again"},
        {"name": "Judge", "ansible.builtin.assert": {"that": ["created is changed", "again is not changed"]}},
    ],
}


class Places(unittest.TestCase):
    def play(self, *, host=None, collections=None, wrap=lambda quay, command: command, command=None, environment=None):
        """Runs the play with each ansible-core against a fresh server, and looks that it did its work."""
        for ansible in ENVIRONMENTS:
            with self.subTest(ansible), registry() as quay:
                quay.work.chmod(0o755)
                playbook, facts, hosts = (quay.work / name for name in ("play.yml", "facts.json", "hosts.yml"))
                playbook.write_text(json.dumps([PLAY]))
                facts.write_text(json.dumps({"quay_host": quay.url, "quay_token": quay.token}))
                hosts.write_text(json.dumps({"all": {"hosts": {"target": host or {"ansible_connection": "local"}}}}))
                settings = running.ansible_environment(quay.work) | (environment or {})
                if collections:
                    settings["ANSIBLE_COLLECTIONS_PATH"] = str(collections(quay))
                words = (command or self.ansible_playbook)(quay, bin_of(ansible))
                run(wrap(quay, words), settings, cwd=quay.work)
                self.assertEqual(call(quay, "GET", "/api/v1/organization/acme")["name"], "acme")

    @staticmethod
    def ansible_playbook(quay, programs):
        return [
            programs / "ansible-playbook",
            "-i",
            quay.work / "hosts.yml",
            "-e",
            f"@{quay.work}/facts.json",
            "play.yml",
        ]

    @GIT
    def test_a_checkout(self):
        def checkout(quay):
            """A clone, as `make build` leaves it."""
            collection = quay.work / "ansible_collections/quaymaster/quay"
            run(["git", "clone", "--quiet", "--no-local", f"file://{ROOT}", collection], os.environ)
            (collection / "plugins/bin").mkdir()
            shutil.copy2(COLLECTION / "plugins/bin/quaymaster", collection / "plugins/bin")
            for module in (collection / "plugins/modules").glob("*.py"):
                module.with_suffix("").symlink_to("../bin/quaymaster")
            return quay.work

        self.play(collections=checkout)

    @GIT
    def test_ansible_pull(self):
        def pull(quay, programs):
            repository = quay.work / "repository"
            run(["git", "init", "--quiet", repository], os.environ)
            (repository / "local.yml").write_text(json.dumps([PLAY]))
            run(["git", "-C", repository, "add", "."], os.environ)
            settings = ["user.name=test", "user.email=test@example.com", "commit.gpgsign=false"]
            author = [word for setting in settings for word in ("-c", setting)]
            run(["git", *author, "-C", repository, "commit", "--quiet", "-m", "Play"], os.environ)
            words = ["--url", f"file://{repository}", "--directory", quay.work / "pulled", "--accept-host-key"]
            return [
                programs / "ansible-pull",
                *words,
                "-i",
                "localhost,",
                "-e",
                f"@{quay.work}/facts.json",
                "local.yml",
            ]

        self.play(
            command=pull, environment={"ANSIBLE_TRANSPORT": "local", "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
        )

    @SU
    def test_another_user(self):
        self.play(host={"ansible_connection": "local"} | BECOME)

    @SSH
    def test_another_host(self):
        with self.another_host() as host:
            self.play(host=host)

    @SSH
    @SU
    def test_another_user_on_another_host(self):
        with self.another_host() as host:
            self.play(host=host | BECOME)

    @contextlib.contextmanager
    def another_host(self):
        """What the inventory says of a host that is reached by ssh: this one, with a daemon of its own."""
        with registry() as place:
            work = place.work
            for key in "host", "user":
                run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / key], os.environ)
            shutil.copy(work / "user.pub", work / "authorized")
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            settings = {"Port": port, "ListenAddress": "127.0.0.1", "HostKey": work / "host", "UsePAM": "no"}
            settings |= {"AuthorizedKeysFile": work / "authorized", "StrictModes": "no", "PidFile": "none"}
            settings |= {"PasswordAuthentication": "no", "PermitRootLogin": "prohibit-password"}
            (work / "sshd").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
            if IS_ROOT:
                Path("/run/sshd").mkdir(exist_ok=True)
            daemon = subprocess.Popen([SSHD, "-D", "-e", "-f", work / "sshd"], stderr=subprocess.PIPE, text=True)
            self.addCleanup(lambda: (daemon.terminate(), daemon.wait(), daemon.stderr.close()))
            said = daemon.stderr.readline()
            self.assertIn("Server listening", said, "sshd does not start")
            options = "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o ControlMaster=no -F none"
            host = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": port}
            host |= {"ansible_user": getpass.getuser(), "ansible_ssh_private_key_file": str(work / "user")}
            yield host | {"ansible_ssh_common_args": options}

    @unittest.skipUnless(
        IS_ROOT and shutil.which("unshare") and shutil.which("setpriv"), "needs root, to become somebody else"
    )
    def test_a_user_without_name_and_home_on_a_read_only_system(self):
        # Reads what only its owner can, such as a Python in /root; writes nothing more for it.
        reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        stranger = ["setpriv", f"--reuid={STRANGER}", "--regid=0", "--clear-groups", *reading]

        def wrap(quay, command):
            home = quay.work / "ansible"
            home.mkdir()
            os.chown(home, STRANGER, 0)
            # Only what the test brings along can be written; the inventory and the play are there already.
            ready = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
            return [
                "unshare",
                "--mount",
                "sh",
                "-c",
                ready,
                quay.work,
                *stranger,
                "env",
                "HOME=/",
                f"TMPDIR={home}",
                *map(str, command),
            ]

        self.play(wrap=wrap)


if __name__ == "__main__":
    unittest.main()
