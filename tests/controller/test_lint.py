"""What ansible-lint finds in tasks with modules of the collection, and what it rightly leaves alone."""

from __future__ import annotations

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import bin_of, running

LINT = bin_of(".venv-lint")
# What is wrong with a task, in the words of ansible-core, and the task. Nothing is wrong with the last ones.
PLANTED = [
    (
        "Unsupported parameters for (basic.py) module: rolle.",
        "quay_team",
        {"name": "a", "organization": "b", "rolle": "admin"},
    ),
    (
        "value of role must be one of: member, creator, admin, got: boss",
        "quay_team",
        {"name": "a", "organization": "b", "role": "boss"},
    ),
    ("missing required arguments: organization", "quay_team", {"name": "a", "quay_host": "{{ host }}"}),
    ("argument 'retries' is of type", "quay_user", {"username": "a", "retries": "many"}),
    # A rule of each kind. ansible-lint drops what excludes each other.
    ("state is present but all of the following are missing: rotate_after", "quay_robot_pair", {"name": "a+b"}),
    (
        "parameters are required together: quay_username, quay_password",
        "quay_user",
        {"username": "a", "quay_username": "b"},
    ),
    ("one of the following is required: config, src", "quay_registry", {"state": "absent"}),
    (
        "missing parameter(s) required by 'auto_prune_value'",
        "quay_organization",
        {"name": "a", "auto_prune_value": "3d"},
    ),
    # Inside of an option, and under the name that the old collection has for a module.
    (
        "value of type must be one of: user, team, org, got: usr",
        "quay_notification",
        {"repository": "a/b", "config": {"type": "usr"}},
    ),
    ("missing required arguments: organization", "quay_organization_mirror", {"external_reference": "{{ x }}"}),
    # A template can become anything, wherever it stands.
    (
        None,
        "quay_team",
        {"name": "{{ x }}", "organization": "b", "role": "{{ x }}", "append": "{{ x }}", "verify_ssl": "{{ x }}"},
    ),
    (None, "quay_notification", {"repository": "a/b", "config": {"type": "{{ x }}", "name": "{{ x }}"}}),
    (None, "quay_repository", {"name": "a/b", "perms": ["{{ x }}", {"name": "b", "type": "{{ x }}"}]}),
    (None, "quay_repository", {"name": "a/b", "perms": "{{ x }}"}),
    # It keeps any rule that it may not break: one that is `omit` is not there.
    (None, "quay_robot_pair", {"name": "a+b", "state": "{{ x }}"}),
    (None, "quay_organization", {"name": "a", "auto_prune_value": "{{ x | default(omit) }}"}),
    (None, "quay_user", {"username": "a", "quay_username": "{{ x | default(omit) }}"}),
    (None, "quay_notification", {"repository": "a/b", "config": {"room_id": "{{ x | default(omit) }}"}}),
    (None, "quay_notification", {"repository": "a/b", "config": "{{ x }}"}),
    (
        "parameters are required together: room_id, notification_token found in config",
        "quay_notification",
        {"repository": "a/b", "title": "{{ x }}", "config": {"room_id": "1", "url": "{{ x }}"}},
    ),
    (None, "quay_registry", {"src": ["{{ x }}"], "allow": {"make_public": "{{ x }}"}, "endpoints": "{{ x }}"}),
    (
        None,
        "quay_api_token",
        {"quay_username": "a", "quay_password": "{{ x }}", "client_id": "b", "rights": ["{{ x }}"]},
    ),
]


class Lint(unittest.TestCase):
    def test_options_are_checked(self):
        tasks = [
            {"name": str(number), f"quaymaster.quay.{module}": options}
            for number, (_, module, options) in enumerate(PLANTED)
        ]
        with tempfile.TemporaryDirectory(prefix="quaymaster-test-") as work:
            found, output = linted(Path(work), tasks)
        self.assertNotIn("exception", output)
        for number, (expected, _, _) in enumerate(PLANTED):
            wrong = [text for task, text in found if task == str(number)]
            with self.subTest(task=PLANTED[number]):
                self.assertEqual(len(wrong), 0 if expected is None else 1, output)
                self.assertTrue(expected is None or wrong[0].startswith(expected), wrong)


def linted(work, tasks):
    """The tasks in which ansible-lint finds wrong options, with what it says, and all that it says."""
    playbook = work / "planted.yml"
    play = {"name": "Planted", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    playbook.write_text("---\n" + json.dumps([play]))
    (work / "lint.yml").write_text("---\noffline: true\n")
    environment = running.ansible_environment(work) | {"PATH": f"{LINT}:/usr/bin:/bin"}
    command = [LINT / "ansible-lint", "--offline", "--nocolor", "-f", "json", "-c", "lint.yml", playbook.name]
    done = subprocess.run(
        command, cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    found = [entry for entry in json.loads(done.stdout) if entry["check_name"] == "args[module]"]
    return [(entry["content"]["body"].rpartition(" ")[2], entry["description"]) for entry in found], done.stderr


if __name__ == "__main__":
    unittest.main()
