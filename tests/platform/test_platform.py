"""The playbooks under ansible-runner as Automation Platform runs them, and the execution environment.

Usage: test_platform.py VENV EMULATOR; the collection is the one installed below .ansible/collections.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

from definition import of_files
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

    def environment(self, inputs):
        """What a job finds in its environment: the credential, and the collection of the execution environment."""
        return injected(inputs, self.work) | {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible/collections"),
            "ANSIBLE_HOME": str(self.work / "home"),
        }

    def project(self):
        """The folder of the project, with the playbooks of the collection."""
        project = self.work / "private/project"
        if not project.exists():
            shutil.copytree(ROOT / "playbooks", project / "playbooks")
        return project

    def job(self, ident, name, quay, inputs, options="", answers=None, expect=0):
        """A job of the template `name`, with the defaults of its survey. Returns its events.

        No secret that the server knows is in what the job prints, and in any file that it leaves.
        """
        template = next(entry for entry in load("job_templates")["controller_templates"] if entry["name"] == name)
        survey = {question["variable"]: question["default"] for question in template["survey_spec"]["spec"]}
        private = self.project().parent
        (private / "env").mkdir(exist_ok=True)
        (private / "inventory").mkdir(exist_ok=True)
        (inventory, _) = load("inventories")["controller_inventories"]
        hosts = {"quay": {"hosts": {"endpoint": {"quay_host": quay.url}}}, "others": {"hosts": {"no-endpoint": {}}}}
        everything = {"all": {"vars": inventory["variables"], "children": hosts}}
        (private / "inventory/hosts.yml").write_text(yaml.safe_dump(everything))
        (private / "env/envvars").write_text(yaml.safe_dump(self.environment(inputs)))
        (private / "env/extravars").write_text(yaml.safe_dump(template["extra_vars"] | survey | (answers or {})))
        (private / "env/cmdline").write_text(options)
        command = [VENV / "bin/ansible-runner", "run", private, "-p", template["playbook"], "--ident", ident]
        path = {"PATH": f"{VENV}/bin:/usr/bin:/bin", "HOME": str(self.work)}
        done = subprocess.run(command, env=path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        artifacts = private / "artifacts" / ident
        # The file `command` is the engine's own record of the environment it started the job with: only its user can read
        # it, and Automation Platform removes it with the job's directory.
        self.assertEqual((artifacts / "command").stat().st_mode & 0o077, 0)
        given = {artifacts.parent / other / "command" for other in os.listdir(artifacts.parent)} | {
            private / "env/envvars"
        }
        files = {file for file in self.work.rglob("*") if file.is_file() and self.project() not in file.parents} - given
        texts = {file: file.read_text(errors="replace") for file in files} | {"its output": done.stdout + done.stderr}
        self.assertGreater(len(list(artifacts.rglob("*.json"))), 3)
        secrets = {PASSWORD, *quay.secrets()}
        told = sorted(str(place) for place, text in texts.items() if any(secret in text for secret in secrets))
        self.assertEqual(told, [], f"a secret is in what {ident} left")
        return [json.loads(file.read_text()) for file in (artifacts / "job_events").glob("*-*.json")]

    def repositories(self, inputs):
        """The hosts that the inventory source makes."""
        (source,) = load("inventories")["controller_inventory_sources"]
        command = [VENV / "bin/ansible-inventory", "-i", ROOT / source["source_path"], "--list", "--export"]
        environment = self.environment(inputs) | {"PATH": f"{VENV}/bin:/usr/bin:/bin", "HOME": str(self.work)}
        environment |= {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"}
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return sorted(json.loads(done.stdout)["_meta"]["hostvars"])

    def test_jobs_with_user_name_and_password(self):
        # TLS with a private authority: the certificate comes with the credential too.
        authority = self.work / "authority.pem"
        for name, options in ("tls", ("--tls", "--ca-out", str(authority))), ("plain", ()):
            with self.subTest(name), emulator(EMULATOR, *options) as quay:
                inputs = {"host": f"{quay.url}/", "username": "admin", "password": PASSWORD}
                inputs |= {"ca": authority.read_text()} if options else {}
                for ident, changes in ("first", 1), ("second", 0):
                    events = self.job(f"{name}-{ident}", "Quay bootstrap", quay, inputs)
                    self.assertEqual(changed(events), changes)
                self.job(f"{name}-configure", "Quay configure", quay, inputs)
                self.assertEqual(self.repositories(inputs), ["acme/app", "acme/web"])

    def test_jobs_with_a_token(self):
        token_file, folder = self.work / "token", self.work / "export"
        with emulator(EMULATOR, "--seed", "admin", "--token-file", str(token_file)) as quay:
            token = token_file.read_text().strip()
            token_file.unlink()
            inputs = {"host": quay.url, "token": token}
            jobs = (
                ("check", "Quay configure", "--check --diff", {}, True),
                ("configure", "Quay configure", "", {}, True),
                ("again", "Quay configure", "", {}, False),
                (
                    "prune",
                    "Quay configure",
                    "--check",
                    {"registry_prune": ["teams"], "registry_allow": ["make_public"]},
                    False,
                ),
                ("drift", "Quay drift", "", {}, False),
                ("audit", "Quay audit", "", {"audit_fail_on": "never"}, False),
                ("export", "Quay export", "", {}, False),
                ("export-to-folder", "Quay export", "", {"registry_dest": "../../export"}, True),
            )
            for ident, name, options, answers, changes in jobs:
                events = self.job(ident, name, quay, inputs, options, answers)
                self.assertEqual(changed(events) > 0, changes, ident)
                self.assertNotIn("no-endpoint", json.dumps(events))
                if name == "Quay configure":
                    summary = artifact(events, "registry_configure")
                    self.assertEqual(summary["check"], "--check" in options)
                    self.assertEqual(len(summary["objects"]) > 0, changes)
                if name == "Quay drift":
                    summary = artifact(events, "registry_drift")
                    self.assertEqual((summary["counts"]["change"], summary["objects"]), (0, []))
                if name == "Quay export":
                    exported = artifact(events, "registry_exports")
                    self.assertEqual(yaml.safe_load(exported)["organizations"][0]["name"], "acme")
            self.assertEqual((folder / "endpoint.yml").read_text(), exported)
            self.assertEqual(self.repositories(inputs), ["acme/app", "acme/web"])

    def test_a_job_that_fails_half_way_gives_its_summary(self):
        token_file = self.work / "token"
        with emulator(EMULATOR, "--seed", "admin", "--token-file", str(token_file)) as quay:
            inputs = {"host": quay.url, "token": token_file.read_text().strip()}
            token_file.unlink()
            fault = {"method": "PUT", "path": "/api/v1/organization/acme/team/*", "kind": {"html": 500}}
            quay.fault(fault)
            told = artifact(self.job("broken", "Quay configure", quay, inputs, expect=2), "registry_configure")
            self.assertEqual((told["check"], told["counts"]["failed"]), (False, 1), told)
            self.assertGreater(told["counts"]["skipped"], 0, told)
            self.assertEqual(len(told["objects"]), told["counts"]["create"], told)
            self.assertIn("create robot account acme+ci", told["objects"])
            answers = {"registry_src": "broken.yml"}
            declared = {"organizations": [{"name": "acme", "teams": [{"name": "developers", "members": ["nobody"]}]}]}
            (self.project() / answers["registry_src"]).write_text(yaml.safe_dump(declared))
            told = artifact(self.job("drift", "Quay drift", quay, inputs, "", answers, expect=2), "registry_drift")
            self.assertEqual((told["counts"]["failed"], told["objects"]), (1, []), told)

    def test_jobs_that_rotate(self):
        """As the schedule starts them."""
        (schedule,) = [entry for entry in load("schedules")["controller_schedules"] if entry["name"] == "Quay rotate"]
        token_file = self.work / "token"
        # Not below `work`: a credential may be where it is delivered to.
        delivered = tempfile.TemporaryDirectory(prefix="quaymaster-platform-")
        self.addCleanup(delivered.cleanup)
        place = delivered.name
        with emulator(EMULATOR, "--seed", "admin", "--token-file", str(token_file)) as quay:
            inputs = {"host": quay.url, "token": token_file.read_text().strip()}
            token_file.unlink()
            for ident, after, folder, done, rotated in (
                ("issue", "30d", place, 1, 0),
                ("replace", "0", place, 1, 1),
                ("undelivered", "0", f"{place}/missing", 0, 0),
            ):
                wanted = {"name": "cluster", "rotate_after": after, "dest": f"{folder}/config.json"}
                file = self.project() / schedule["extra_data"]["rotate_file"]
                file.write_text(yaml.safe_dump({"rotate_docker_tokens": [wanted]}))
                expect = 0 if done else 2
                events = self.job(
                    ident, schedule["unified_job_template"], quay, inputs, "", schedule["extra_data"], expect
                )
                counts = {"declared": 1, "done": done, "rotated": rotated}
                self.assertEqual(artifact(events, "registry_rotate"), {"check": False, "counts": counts}, ident)

    def test_the_navigator(self):
        """ansible-navigator without an execution environment, as in an editor's terminal or a pipeline."""
        token_file = self.work / "token"
        with emulator(EMULATOR, "--seed", "admin", "--token-file", str(token_file)) as quay:
            token = token_file.read_text().strip()
            environment = self.environment({"host": quay.url, "token": token})
            environment |= {"PATH": f"{VENV}/bin:/usr/bin:/bin", "HOME": str(self.work), "LC_ALL": "C.UTF-8"}
            words = ["run", ROOT / "playbooks/configure.yml", "--mode", "stdout", "--execution-environment", "false"]
            words += ["--playbook-artifact-enable", "false", "--log-file", self.work / "navigator.log"]
            for changes in 6, 0:
                done = subprocess.run(
                    [VENV / "bin/ansible-navigator", *words],
                    cwd=self.work,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(f"{changes} created, 0 changed", done.stdout)
                told = done.stdout + done.stderr + (self.work / "navigator.log").read_text()
                self.assertFalse([secret for secret in quay.secrets() if secret in told])

    def test_job_templates_fit_together(self):
        names = lambda file, key: {entry["name"] for entry in load(file)[key]}
        (kind,) = load("credential_types")["controller_credential_types"]
        for credential in load("credentials")["controller_credentials"]:
            self.assertEqual(credential["credential_type"], kind["name"])
            self.assertLessEqual(set(credential["inputs"]), {field["id"] for field in kind["inputs"]["fields"]})
        updated = {source["inventory"] for source in load("inventories")["controller_inventory_sources"]}
        for source in load("inventories")["controller_inventory_sources"]:
            self.assertIn(source["inventory"], names("inventories", "controller_inventories"))
            self.assertIn(source["credential"], names("credentials", "controller_credentials"))
            file = yaml.safe_load((ROOT / source["source_path"]).read_text())
            self.assertEqual(file["plugin"], "quaymaster.quay.quay")
        for template in load("job_templates")["controller_templates"]:
            self.assertTrue((ROOT / template["playbook"]).exists(), template["playbook"])
            self.assertIn(template["project"], names("projects", "controller_projects"))
            self.assertIn(template["inventory"], names("inventories", "controller_inventories"))
            # A template for registries runs once for each endpoint, and not for each repository.
            self.assertNotIn(template["inventory"], updated)
            self.assertIn(template["extra_vars"]["registry_hosts"], names("inventories", "controller_groups"))
            self.assertIn(
                template["execution_environment"], names("execution_environments", "controller_execution_environments")
            )
            self.assertLessEqual(set(template["credentials"]), names("credentials", "controller_credentials"))
            text = (ROOT / template["playbook"]).read_text()
            self.assertIn("registry_hosts", text)
            for question in template["survey_spec"]["spec"]:
                self.assertIn(question["variable"], text)
            self.assertLessEqual(
                set(template.get("notification_templates_error", [])),
                names("notifications", "controller_notifications"),
            )
            # Who may start a job that writes may look first.
            writes = template["name"] in ("Quay bootstrap", "Quay configure", "Quay rotate")
            for ask in "ask_job_type_on_launch", "ask_diff_mode_on_launch":
                self.assertEqual(template.get(ask, False), writes, template["name"])
        for schedule in load("schedules")["controller_schedules"]:
            self.assertIn(schedule["unified_job_template"], names("job_templates", "controller_templates"))
            (template,) = [
                entry
                for entry in load("job_templates")["controller_templates"]
                if entry["name"] == schedule["unified_job_template"]
            ]
            asked = {question["variable"] for question in template["survey_spec"]["spec"]}
            self.assertLessEqual(set(schedule.get("extra_data", {})), asked, "the platform refuses what no survey asks")
            self.assertRegex(schedule["rrule"], r"^DTSTART:\d{8}T\d{6}Z RRULE:FREQ=")

    def test_surveys_offer_what_the_module_takes(self):
        text = (ROOT / "plugins/modules/quay_registry.py").read_text()
        documented = yaml.safe_load(text.split('"""')[1])["options"]
        kinds = set(re.findall(r"C\((\w+)\)", documented["prune"]["description"][1]))
        expected = {"registry_prune": kinds, "registry_allow": set(documented["allow"]["suboptions"])}
        for name in "Quay configure", "Quay drift":
            (template,) = [entry for entry in load("job_templates")["controller_templates"] if entry["name"] == name]
            asked = {question["variable"]: question for question in template["survey_spec"]["spec"]}
            for variable, choices in expected.items():
                self.assertEqual(set(asked[variable]["choices"]), choices, name)

    def context(self, definition):
        """The recipe and the list of collections that ansible-builder makes of an execution environment."""
        command = [VENV / "bin/ansible-builder", "create", "--file", definition, "--context", self.work / "context"]
        done = subprocess.run(command, cwd=self.work, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # The name depends on the container program of the machine.
        names = (self.work / "context" / name for name in ("Containerfile", "Dockerfile"))
        recipe = next(file for file in names if file.exists()).read_text()
        needed = yaml.safe_load((self.work / "context/_build/requirements.yml").read_text())
        return recipe, needed["collections"]

    def test_execution_environment(self):
        recipe, (collection,) = self.context(ROOT / "execution-environment.yml")
        galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
        self.assertEqual(collection, {"name": "quaymaster.quay", "version": galaxy["version"]})
        self.assertIn("ansible-galaxy collection install", recipe)
        # The Python of the image's name: /usr/bin/python3 there is older than ansible-core needs.
        version = re.search(r"/python-(\d)(\d+):", recipe)
        self.assertIn(f'ARG PYCMD="/usr/bin/python{version[1]}.{version[2]}"', recipe)
        self.assertIn("ansible-runner==", recipe)

    def test_execution_environment_of_files(self):
        definition, wheel = of_files()
        definition |= wheel
        for file in wheel["additional_build_files"]:
            source = self.work / file["src"]
            source.parent.mkdir(parents=True, exist_ok=True)
            source.touch()
        (self.work / "environment.yml").write_text(yaml.safe_dump(definition))
        recipe, (collection,) = self.context(self.work / "environment.yml")
        # The collections are installed where the context is.
        self.assertTrue((self.work / "context/_build" / collection["name"]).exists())
        self.assertIn("COPY _build /build\nWORKDIR /build", recipe)
        self.assertIn("pip install --no-index", recipe.partition("AS final")[2].partition("USER 1000")[0])


def artifact(events, name):
    """What a job hands on for its endpoint under this name."""
    (ended,) = [event for event in events if event["event"] == "playbook_on_stats"]
    return ended["event_data"]["artifact_data"][name]["endpoint"]


def changed(events):
    """The tasks with a change, loop items apart."""
    return sum(
        event["event"] == "runner_on_ok" and event["event_data"].get("res", {}).get("changed") is True
        for event in events
    )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
