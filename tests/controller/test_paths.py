"""The fast path and Ansible's own give the same results, and the fast path explains what is missing."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import unittest
import urllib.error
from pathlib import Path

from support import ENVIRONMENTS, ROOT, bin_of, call, registry, run, running

HERE = Path(__file__).resolve().parent
SERVER_MADE = re.compile(r"\b[A-Z0-9]{64}\b|http://127\.0\.0\.1:\d+")
# Says that it was called, and gives no other rights.
SUDO = '#!/bin/sh\ntouch "$0.called"\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n'
PLATFORM = "-".join((os.uname().sysname.lower(), os.uname().machine))
VERSION = re.search(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text(), re.MULTILINE)[1]
COLLECTION = ROOT / ".ansible/collections/ansible_collections/quaymaster/quay"
ON_LINUX = unittest.skipUnless(sys.platform == "linux", "a matter of Linux")


def results(ansible, direct):
    """All results of paths.yml on a fresh emulator, without what no two servers have in common."""
    with registry() as quay:
        call(quay, "POST", "/__emulator/faults", {"path": "/api/v1/organization/slow", "kind": {"delay_ms": 1500}})
        (quay.work / "password").write_text("test")
        record = quay.work / "record.jsonl"
        environment = running.ansible_environment(quay.work) | {
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_VAULT_PASSWORD_FILE": str(quay.work / "password"),
            # Also where root runs the tests, who is the one to become.
            "ANSIBLE_BECOME_ALLOW_SAME_USER": "true",
            "ANSIBLE_ASYNC_DIR": str(quay.work / "async"),
            "RECORDER_FILE": str(record),
        }
        # The token goes in by a file: a command line is for everybody to see.
        extra, become = quay.work / "vars.json", quay.work / "sudo"
        facts = {
            "quay_host": quay.url,
            "quay_token": quay.token,
            "quaymaster_direct": direct,
            "become_exe": str(become),
        }
        extra.write_text(json.dumps(facts))
        become.write_text(SUDO)
        become.chmod(0o755)
        output = run([bin_of(ansible) / "ansible-playbook", HERE / "paths.yml", "-e", f"@{extra}"], environment).stdout
        assert Path(f"{become}.called").exists(), "become needs Ansible's own way"
        # Asked later and held up as long, so by then the answer that "Too slow" did not wait for has gone out: a process that still
        # ran would have gone on and written.
        with contextlib.suppress(urllib.error.HTTPError):
            call(quay, "GET", "/api/v1/organization/slow")
        writes = [entry for entry in call(quay, "GET", "/__emulator/journal") if entry["method"] == "POST"]
        lines = SERVER_MADE.sub("*", record.read_text()).replace(str(quay.work), "*").splitlines()
        return [json.loads(line) for line in lines], output.replace(quay.token, "SECRET"), writes


class Paths(unittest.TestCase):
    """Both ways through every case of paths.yml."""

    maxDiff = None

    def test_same_results(self):
        for ansible in ENVIRONMENTS:
            with self.subTest(ansible):
                fast, output, writes = results(ansible, True)
                slow, _, _ = results(ansible, False)
                for left, right in zip(fast, slow, strict=True):
                    for result in left["result"], right["result"]:
                        for key in "start", "end", "delta", "finished", "ansible_job_id", "results_file", "duration":
                            result.pop(key, None)
                    if left["task"] not in ("Too slow", "In the background"):
                        self.assertEqual(left, right)
                self.assertNotIn("SECRET", output)
                # The timeout of a task ends the process before it can write.
                self.assertFalse([entry for entry in writes if "slow" in json.dumps(entry)])
                by_task = {}
                for line in fast:
                    by_task.setdefault(line["task"], []).append(line["result"])
                self.check(by_task)

    def check(self, by_task):
        one = {task: found[0] for task, found in by_task.items()}
        self.assertTrue(one["Check"]["changed"] and one["Check"]["diff"])
        self.assertTrue(one["Create"]["changed"])
        self.assertEqual(
            one["Module defaults of one module"]["diff"]["after"]["description"], "The default of one module"
        )
        self.assertFalse(one["An inline vaulted value"]["changed"])
        self.assertEqual([found["changed"] for found in by_task["Ansible's types"]], [True, True, True])
        self.assertEqual(by_task["Ansible's types"][0]["diff"]["after"]["description"], "2026-01-31")
        self.assertIn("verify_ssl", json.dumps(one["An alias and its warning"]["warnings"]))
        self.assertIn("it also needs external_registry_type", one["A name of an older collection"]["msg"])
        self.assertIn("nmae", one["An option that does not exist"]["msg"])
        self.assertIn("nothing.pem", one["A relative path"]["msg"])
        self.assertRegex(one["Too slow"]["msg"], "Timed out|time frame")


class Executables(unittest.TestCase):
    """Which executable the fast path takes, and what it says without one."""

    def call(self, prepare, environment=None, expect=2):
        with registry() as quay:
            copy = quay.work / "ansible_collections/quaymaster/quay"
            shutil.copytree(COLLECTION, copy, symlinks=True)
            executable = quay.work / "quaymaster"
            shutil.move(copy / "plugins/bin/quaymaster", executable)
            prepare(copy / "plugins/bin", executable)
            surroundings = running.ansible_environment(quay.work) | {
                "ANSIBLE_COLLECTIONS_PATH": str(quay.work),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "PATH": f"{quay.work}/path:{os.environ['PATH']}",
                "QUAY_HOST": quay.url,
                "QUAY_TOKEN": quay.token,
            }
            surroundings |= {name: value.format(work=quay.work) for name, value in (environment or {}).items()}
            around = [word.format(bin=copy / "plugins/bin") for word in self.around]
            command = [
                *around,
                bin_of(ENVIRONMENTS[-1]) / "ansible",
                "localhost",
                "-m",
                "quaymaster.quay.quay_organization",
            ]
            output = run([*command, "-a", "name=acme", *self.more], surroundings, expect=expect).stdout
            return " ".join(output.split())

    more = ()
    around = ()

    def test_of_this_platform(self):
        def prepare(folder, executable):
            folder = folder / PLATFORM
            folder.mkdir()
            executable.rename(folder / "quaymaster")

        self.assertIn("CHANGED", self.call(prepare, expect=0))

    @ON_LINUX
    def test_without_a_c_library(self):
        def prepare(folder, executable):
            static = folder / f"{PLATFORM}-musl"
            static.mkdir()
            executable.rename(static / "quaymaster")
            (folder / "quaymaster").write_text(self.own)
            (folder / "quaymaster").chmod(0o755)
            (executable.parent / "sitecustomize.py").write_text("import os\nos.confstr = lambda name: None\n")

        # One that runs goes first where glibc is, and the static one where it is not, or where no other can be started.
        without = {"PYTHONPATH": "{work}"}
        self.own = "#!/bin/sh\nexit 1\n"
        self.assertIn("ended with 1 and without a result", self.call(prepare))
        self.assertIn("CHANGED", self.call(prepare, without, expect=0))
        self.own = "ELF of another world"
        self.assertIn("CHANGED", self.call(prepare, expect=0))

    def test_on_a_mac(self):
        # What Python lacks there, and what this kernel cannot: Mac's executables are stood in for by one of this machine.
        lacks = """
            import os
            uname = os.uname_result(("Darwin", "mac", "24.0", "Darwin", "arm64"))
            os.uname = lambda: uname
            for name in "memfd_create", "ST_NOEXEC":
                vars(os).pop(name, None)
        """

        def prepare(folder, executable):
            (executable.parent / "sitecustomize.py").write_text(textwrap.dedent(lacks))
            (folder / "quaymaster").write_bytes(b"\x7fELF of Linux")
            (folder / "quaymaster").chmod(self.mode)
            (folder / "darwin-arm64").mkdir()
            executable.rename(folder / "darwin-arm64/quaymaster")

        def without(folder, executable):
            prepare(folder, executable)
            shutil.rmtree(folder / "darwin-arm64")

        self.mode = 0o755
        self.assertIn("CHANGED", self.call(prepare, {"PYTHONPATH": "{work}"}, expect=0))
        message = self.call(without, {"PYTHONPATH": "{work}"})
        self.assertIn(
            "cannot be started: it is made for another platform than darwin-arm64. Set QUAYMASTER_BINARY", message
        )
        self.mode = 0o644
        self.assertIn("it is not marked as executable", self.call(without, {"PYTHONPATH": "{work}"}))
        self.more = ("-e", "quaymaster_direct=false")
        self.assertIn("so there is nothing to copy", self.call(prepare, {"PYTHONPATH": "{work}"}))

    def test_by_variable(self):
        self.assertIn("CHANGED", self.call(keep, {"QUAYMASTER_BINARY": "{work}/quaymaster"}, expect=0))

    def test_on_path_beside_one_of_another_platform(self):
        def prepare(folder, executable):
            (folder / "quaymaster").write_bytes(b"\x7fELF of another world")
            (folder / "quaymaster").chmod(0o755)
            (executable.parent / "path").mkdir()
            executable.rename(executable.parent / "path/quaymaster")

        self.assertIn("CHANGED", self.call(prepare, expect=0))

    def test_missing(self):
        message = self.call(keep)
        self.assertIn(f"has no executable for {PLATFORM}", message)
        self.assertIn(
            f"Set QUAYMASTER_BINARY to the path of an executable quaymaster {VERSION} that runs here.", message
        )
        message = self.call(keep, {"QUAYMASTER_BINARY": "{work}/nowhere"})
        self.assertIn("/nowhere does not exist. Set QUAYMASTER_BINARY", message)

    def test_of_another_version(self):
        def prepare(folder, executable):
            executable.unlink()
            executable.write_text("#!/bin/sh\necho quaymaster 0.0.9\n")
            executable.chmod(0o755)

        message = self.call(prepare, {"QUAYMASTER_BINARY": "{work}/quaymaster"})
        self.assertIn(f"/quaymaster is not quaymaster {VERSION} but: quaymaster 0.0.9. Set QUAYMASTER_BINARY", message)

    def test_of_another_platform(self):
        def prepare(folder, executable):
            executable.write_bytes(b"\x7fELF of another world")

        message = self.call(prepare, {"QUAYMASTER_BINARY": "{work}/quaymaster"})
        self.assertIn(f"/quaymaster cannot be started: it is made for another platform than {PLATFORM}", message)

    def test_that_may_not_be_started_beside_one_that_may(self):
        def prepare(folder, _executable):
            (folder / "quaymaster").write_text("")
            (folder / "quaymaster").chmod(0o644)

        self.assertIn("CHANGED", self.call(prepare, {"QUAYMASTER_BINARY": "{work}/quaymaster"}, expect=0))
        message = self.call(prepare)
        self.assertIn(
            "/plugins/bin/quaymaster cannot be started: it is not marked as executable. Mark it: chmod +x", message
        )

    @ON_LINUX
    def test_for_another_c_library(self):
        def prepare(folder, executable):
            content = executable.read_bytes()
            loader = (
                content.index(b"/lib64/ld-linux") if b"/lib64/ld-linux" in content else content.index(b"/lib/ld-linux")
            )
            (folder / "quaymaster").write_bytes(content[:loader] + b"/nix" + content[loader + 4 :])
            (folder / "quaymaster").chmod(0o755)

        self.assertIn("it asks for a C library that this system does not have", self.call(prepare))

    @ON_LINUX
    def test_on_a_file_system_without_programs(self):
        mounted = 'mount --bind "$0" "$0" && mount -o remount,bind,noexec "$0" && exec "$@"'
        self.around = ["unshare", "--map-root-user", "--mount", "sh", "-c", mounted, "{bin}"]
        if subprocess.run(["unshare", "--map-root-user", "--mount", "true"], check=False).returncode:
            self.skipTest("this system lets nobody mount a file system of their own")

        def prepare(folder, executable):
            executable.rename(folder / "quaymaster")

        self.assertIn("CHANGED", self.call(prepare, expect=0))

        def without_memory(folder, executable):
            prepare(folder, executable)
            (executable.parent / "sitecustomize.py").write_text("import os\ndel os.memfd_create\n")

        message = self.call(without_memory, {"PYTHONPATH": "{work}"})
        self.assertIn("its file system is mounted with noexec, and this system starts no program from memory", message)
        self.assertIn("or set QUAYMASTER_BINARY to a copy of the executable on one.", message)

    def test_that_dies(self):
        def prepare(folder, _executable):
            (folder / "quaymaster").write_text("#!/bin/sh\nexit 1\n")
            (folder / "quaymaster").chmod(0o755)

        message = self.call(prepare)
        self.assertIn("ended with 1 and without a result. If it cannot run here: Set QUAYMASTER_BINARY", message)

    @ON_LINUX
    def test_of_another_platform_is_not_copied(self):
        def prepare(folder, executable):
            header = executable.read_bytes()[:18]
            (folder / "quaymaster").write_bytes(header + b"\xff\xff")
            (folder / "quaymaster").chmod(0o755)
            (folder / PLATFORM).mkdir()
            executable.rename(folder / PLATFORM / "quaymaster")

        self.assertIn("CHANGED", self.call(prepare, expect=0))
        for self.more in ("-e", "quaymaster_direct=false"), ("-B", "10", "-P", "1"):
            self.assertIn("so there is nothing to copy: run the task on the controller", self.call(prepare))

    def test_nothing_to_copy(self):
        self.more = ("-e", "quaymaster_direct=false")
        self.assertIn("so there is nothing to copy", self.call(keep))


def keep(_folder, _executable):
    """Leaves the executable outside the collection."""


if __name__ == "__main__":
    unittest.main()
