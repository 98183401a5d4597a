"""The playbooks under ansible-runner as Automation Platform runs them, and the execution environment.

Usage: test_platform.py VENV EMULATOR; the collection is the one installed below .ansible/collections.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

from running import emulator

VENV, EMULATOR = (Path(word).absolute() for word in sys.argv[1:3])
PASSWORD = "sekrit-password-of-admin"


class Unsafe(yaml.SafeLoader):
    """Reads `!unsafe` as text."""


Unsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(name):
    return yaml.load((ROOT / "aap" / f"{name}.yml").read_text(), Unsafe)


def injected(inputs, work):
    """The environment variables that Automation Platform makes of a credential."""
    (kind,) = load("credential_types")["controller_credential_types"]
    fields = {field["id"] for field in kind["inputs"]["fields"]}
    assert set(inputs) <= fields, inputs
    render = lambda text, **more: (
        jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(inputs | more)
    )
    ca = work / "ca.pem"
    ca.write_text(render(kind["injectors"]["file"]["template.ca"]))
    tower = {"filename": {"ca": str(ca)}}
    return {key: render(text, tower=tower) for key, text in kind["injectors"]["env"].items()}


class Platform(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="quaymaster-platform-")
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)

    def play(self, ident, playbook, host, inputs, *, secrets, options="", extra=None):
        """One job. Returns its events; no secret is in anything that it leaves behind."""
        private = self.work / "private"
        (private / "env").mkdir(parents=True, exist_ok=True)
        (private / "inventory").mkdir(exist_ok=True)
        (private / "inventory/hosts.yml").write_text(
            yaml.safe_dump({"all": {"hosts": {"endpoint": {"quay_host": host}}}})
        )
        environment = injected(inputs, self.work) | {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible/collections"),
            "ANSIBLE_HOME": str(self.work / "home"),
        }
        (private / "env/envvars").write_text(yaml.safe_dump(environment))
        (private / "env/extravars").write_text(yaml.safe_dump(extra or {}))
        (private / "env/cmdline").write_text(options)
        command = [VENV / "bin/ansible-runner", "run", private, "-p", ROOT / "playbooks" / playbook, "--ident", ident]
        path = {"PATH": f"{VENV}/bin:/usr/bin:/bin", "HOME": str(self.work)}
        done = subprocess.run(command, env=path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        artifacts = private / "artifacts" / ident
        # The file `command` is the engine's own record of the environment it started the job with: only its user can read
        # it, and Automation Platform removes it with the job's directory.
        self.assertEqual((artifacts / "command").stat().st_mode & 0o077, 0)
        files = [file for file in artifacts.rglob("*") if file.is_file() and file.name != "command"]
        texts = [done.stdout, *(file.read_text() for file in files)]
        self.assertGreater(len(texts), 3)
        for secret in secrets:
            self.assertFalse(
                [text[:300] for text in texts if secret in text], f"a secret of {ident} is in its artifacts"
            )
        return [json.loads(file.read_text()) for file in (artifacts / "job_events").glob("*-*.json")]

    def test_jobs(self):
        # TLS with a private authority: the certificate comes with the credential too.
        authority = self.work / "authority.pem"
        with emulator(EMULATOR, "--tls", "--ca-out", str(authority)) as quay:
            ca = authority.read_text()
            inputs = {"host": quay.url, "username": "admin", "password": PASSWORD, "ca": ca}
            for ident, changes in ("first", 1), ("second", 0):
                events = self.play(ident, "bootstrap.yml", quay.url, inputs, secrets=[PASSWORD])
                self.assertEqual(changed(events), changes)

        with tempfile.TemporaryDirectory() as folder:
            token_file = Path(folder) / "token"
            with emulator(EMULATOR, "--seed", "admin", "--token-file", str(token_file)) as quay:
                token = token_file.read_text().strip()
                inputs = {"host": quay.url, "token": token}
                export = {"registry_dest": str(Path(folder) / "export")}
                jobs = (
                    ("check", "configure.yml", "--check --diff", {}, True),
                    ("configure", "configure.yml", "", {}, True),
                    ("again", "configure.yml", "", {}, False),
                    ("drift", "drift.yml", "", {}, False),
                    ("export", "export.yml", "", export, True),
                )
                for ident, playbook, options, extra, changes in jobs:
                    events = self.play(ident, playbook, quay.url, inputs, secrets=[token], options=options, extra=extra)
                    self.assertEqual(changed(events) > 0, changes, ident)

    def test_job_templates_fit_together(self):
        names = lambda file, key: {entry["name"] for entry in load(file)[key]}
        (kind,) = load("credential_types")["controller_credential_types"]
        for credential in load("credentials")["controller_credentials"]:
            self.assertEqual(credential["credential_type"], kind["name"])
            self.assertLessEqual(set(credential["inputs"]), {field["id"] for field in kind["inputs"]["fields"]})
        for source in load("inventories")["controller_inventory_sources"]:
            self.assertIn(source["inventory"], names("inventories", "controller_inventories"))
            self.assertIn(source["credential"], names("credentials", "controller_credentials"))
            file = yaml.safe_load((ROOT / source["source_path"]).read_text())
            self.assertEqual(file["plugin"], "quaymaster.quay.quay")
        for template in load("job_templates")["controller_templates"]:
            self.assertTrue((ROOT / template["playbook"]).exists(), template["playbook"])
            self.assertIn(template["project"], names("projects", "controller_projects"))
            self.assertIn(template["inventory"], names("inventories", "controller_inventories"))
            self.assertIn(
                template["execution_environment"], names("execution_environments", "controller_execution_environments")
            )
            self.assertLessEqual(set(template["credentials"]), names("credentials", "controller_credentials"))
            text = (ROOT / template["playbook"]).read_text()
            for question in template["survey_spec"]["spec"]:
                self.assertIn(question["variable"], text)

    def test_execution_environment(self):
        context = self.work / "context"
        command = [
            VENV / "bin/ansible-builder",
            "create",
            "--file",
            ROOT / "execution-environment.yml",
            "--context",
            context,
        ]
        done = subprocess.run(command, cwd=self.work, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (collection,) = yaml.safe_load((context / "_build/requirements.yml").read_text())["collections"]
        galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
        self.assertEqual(collection, {"name": "quaymaster.quay", "version": galaxy["version"]})
        # The name depends on the container program of the machine.
        recipe = next(file for file in context.iterdir() if file.name in ("Containerfile", "Dockerfile")).read_text()
        self.assertIn("ansible-galaxy collection install", recipe)
        self.assertIn("ansible-runner==", recipe + (context / "_build/requirements.yml").read_text())
        # Without executables the same environment takes the Python package.
        python = yaml.safe_load(
            (ROOT / "execution-environment.yml").read_text().replace("  # python:\n  #   -", "  python:\n    -")
        )
        self.assertEqual(python["dependencies"]["python"], [f"quaymaster=={galaxy['version']}"])


def changed(events):
    """The tasks with a change, loop items apart."""
    return sum(
        event["event"] == "runner_on_ok" and event["event_data"].get("res", {}).get("changed") is True
        for event in events
    )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
