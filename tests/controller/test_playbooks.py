"""The playbooks of the collection, as a person at a shell runs them."""

from __future__ import annotations

import json
import shutil
import unittest

import yaml
from support import ENVIRONMENTS, ROOT, bin_of, call, registry, run, running

NAME, PASSWORD = "operator", "s3cret-of-the-operator"


def play(quay, playbook, variables, expect=0, inventory="endpoint,"):
    """Runs a playbook of the collection from the scratch directory. Secrets go in by a file, and come out nowhere."""
    answers = quay.work / "answers.json"
    answers.write_text(json.dumps(variables))
    command = ["ansible-playbook", "-i", inventory, f"quaymaster.quay.{playbook}", "-e", f"@{answers}", "-v"]
    command[0] = bin_of(ENVIRONMENTS[-1]) / command[0]
    output = run(command, running.ansible_environment(quay.work), cwd=quay.work, expect=expect).stdout
    hides(output, quay)
    return output


def hides(output, quay):
    """Nothing that the server keeps secret is in the output."""
    for secret in {quay.token, PASSWORD, *quay.secrets()}:
        assert secret not in output, "a secret is in the output"


def operator(quay):
    """The whole connection of an account that signs in with its password, in the variables of the playbooks."""
    call(quay, "POST", "/api/v1/superuser/users/", {"username": NAME, "email": "o@example.com"})
    call(quay, "PUT", f"/api/v1/superuser/users/{NAME}", {"password": PASSWORD})
    return {"quay_username": NAME, "quay_password": PASSWORD}


class Playbooks(unittest.TestCase):
    def test_paths_start_where_the_command_runs(self):
        with registry() as quay:
            shutil.copytree(ROOT / "playbooks/registry", quay.work / "registry")
            login = {"quay_host": quay.url, "quay_token": quay.token}
            play(quay, "configure", login | {"registry_src": "registry"})
            play(quay, "drift", login | {"registry_src": ["registry/example.yml"]})
            (quay.work / "rules.yml").write_text("rules: {no-quota: high}\n")
            audit = {"registry_src": ["registry/example.yml"], "audit_rules": "rules.yml", "audit_fail_on": "high"}
            self.assertIn("can fill all storage", play(quay, "audit", login | audit, expect=2))
            play(quay, "audit", login | audit | {"audit_fail_on": "never"})
            play(quay, "export", login | {"registry_dest": "export/now"})
            exported = yaml.safe_load((quay.work / "export/now/endpoint.yml").read_text())
            self.assertEqual(exported["organizations"][0]["name"], "acme")
            play(quay, "configure", login | {"registry_src": "nothing"}, expect=2)

    def test_names_of_what_is_on_can_be_a_list_or_a_text(self):
        with registry() as quay:
            shutil.copytree(ROOT / "playbooks/registry", quay.work / "registry")
            login = {"quay_host": quay.url, "quay_token": quay.token, "registry_src": "registry"}
            play(quay, "configure", login)
            call(quay, "PUT", "/api/v1/organization/acme/team/extra", {"role": "member"})
            for nothing in "", [], {}, {"teams": False}, "{teams: false}", "robots":
                play(quay, "drift", login | {"registry_prune": nothing})
            for teams in (
                "teams",
                "robots, teams",
                "teams\nrobots",
                ["teams"],
                {"teams": True},
                "{teams: true}",
                "- teams",
            ):
                output = play(quay, "drift", login | {"registry_prune": teams}, expect=2)
                self.assertIn("remove team acme/extra", output)
            self.assertIn("nothing", play(quay, "drift", login | {"registry_prune": "nothing"}, expect=2))
            self.assertIn("make_it", play(quay, "drift", login | {"registry_allow": "make_it"}, expect=2))
            play(quay, "configure", login | {"registry_prune": "teams", "registry_allow": "make_public"})
            play(quay, "drift", login | {"registry_prune": "teams"})

    def test_without_an_inventory_the_server_of_the_environment_is_meant(self):
        with registry() as quay:
            login = {"quay_host": quay.url, "quay_token": quay.token, "registry_dest": "export"}
            for inventory, file in ("/dev/null", "localhost"), ("endpoint,", "endpoint"):
                play(quay, "export", login, inventory=inventory)
                self.assertTrue((quay.work / f"export/{file}.yml").exists())

    def test_the_connection_is_whole(self):
        with registry() as quay, registry() as other:
            shutil.copytree(ROOT / "playbooks/registry", quay.work / "registry")
            connection = {"quay_host": quay.url, "quay_validate_certs": False, "quay_timeout": 20, "quay_retries": 0}
            login = operator(quay)
            connection |= login | {"registry_src": "registry"}
            play(quay, "configure", connection)
            play(quay, "drift", connection)
            play(quay, "export", connection | {"registry_dest": "export"})
            ends = {
                "replicate_from": {"quay_host": quay.url, "validate_certs": False} | login,
                "replicate_to": [{"quay_host": other.url} | operator(other)],
            }
            hides(play(quay, "replicate", ends), other)
            self.assertEqual(call(other, "GET", "/api/v1/repository/acme/app")["name"], "app")
            trusted = connection | {"quay_validate_certs": True, "quay_ca_path": "/nothing.pem"}
            self.assertIn("/nothing.pem", play(quay, "export", trusted, expect=2))


if __name__ == "__main__":
    unittest.main()
