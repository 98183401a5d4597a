"""The inventory plugin on emulators."""

from __future__ import annotations

import json
import unittest

from support import ENVIRONMENTS, bin_of, call, registry, run, running


def fill(quay, organization, repositories):
    call(quay, "POST", "/api/v1/organization/", {"name": organization, "email": f"{organization}@example.com"})
    for name, visibility in repositories.items():
        body = {"namespace": organization, "repository": name, "visibility": visibility, "description": "{{ secret }}"}
        call(quay, "POST", "/api/v1/repository", body)


def inventory(quay, text, login=True, expect=0, environment=None):
    """What ansible-inventory makes of a configuration, for each supported version; with another `expect`, what it says."""
    more = environment or {}
    for ansible in ENVIRONMENTS:
        source = quay.work / "test.quay.yml"
        source.write_text(f"plugin: quaymaster.quay.quay\nstrict: true\n{text}")
        environment = running.ansible_environment(quay.work) | {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
        environment |= {"QUAY_HOST": quay.url} | ({"QUAY_TOKEN": quay.token} if login else {}) | more
        done = run([bin_of(ansible) / "ansible-inventory", "-i", source, "--list"], environment, expect=expect).stdout
        assert quay.token not in done
        output = done[done.index("{") :] if expect == 0 else done
        # ansible-core 2.16 marks what is no template.
        safe = {"object_hook": lambda found: found.get("__ansible_unsafe", found)}
        yield json.loads(output, **safe) if expect == 0 else " ".join(done.split())


class Inventory(unittest.TestCase):
    maxDiff = None

    def test_repositories(self):
        with registry() as quay:
            fill(
                quay, "acme", {"shop": "private", "shop-docs": "public"} | {f"many-{i}": "private" for i in range(120)}
            )
            fill(quay, "other-org", {"x/y": "public"})
            own = "compose: {image: \"quay_organization ~ '!'\"}\ngroups: {docs: \"'docs' in quay_repository\"}\n"
            own += "keyed_groups: [{key: quay_visibility, prefix: seen}]\n"
            for found in inventory(quay, own):
                facts = found["_meta"]["hostvars"]
                self.assertEqual(len(facts), 123)
                expected = {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": facts["acme/shop"]["ansible_python_interpreter"],
                    "image": "acme!",
                    "quay_description": "{{ secret }}",
                    "quay_host": quay.url,
                    "quay_kind": "image",
                    "quay_organization": "acme",
                    "quay_repository": "acme/shop",
                    "quay_server": "127.0.0.1",
                    "quay_state": "NORMAL",
                    "quay_visibility": "private",
                }
                self.assertEqual(facts["acme/shop"], expected)
                self.assertIn("/.venv", expected["ansible_python_interpreter"])
                self.assertEqual(found["quay_organization_other_org"]["hosts"], ["other-org/x/y"])
                self.assertEqual(found["quay_visibility_public"]["hosts"], ["acme/shop-docs", "other-org/x/y"])
                self.assertEqual(len(found["quay_state_normal"]["hosts"]), 123)
                self.assertEqual(found["docs"]["hosts"], ["acme/shop-docs"])
                self.assertEqual(found["seen_public"]["hosts"], ["acme/shop-docs", "other-org/x/y"])

    def test_texts_of_a_server_are_no_templates(self):
        with registry() as quay:
            fill(quay, "acme", {"shop": "private"})
            for ansible, _ in zip(ENVIRONMENTS, inventory(quay, "compose: {copied: quay_description}\n"), strict=True):
                environment = running.ansible_environment(quay.work) | {"QUAY_HOST": quay.url, "QUAY_TOKEN": quay.token}
                for variable in ("quay_description", "copied"):
                    command = [bin_of(ansible) / "ansible", "-i", quay.work / "test.quay.yml", "acme/shop"]
                    shown = run([*command, "-m", "debug", "-a", f"msg={{{{ {variable} }}}}"], environment).stdout
                    self.assertIn('"msg": "{{ secret }}"', shown)

    def test_several_servers(self):
        with registry() as east, registry() as west:
            fill(east, "acme", {})
            fill(west, "acme", {})
            fill(west, "only", {})
            text = f"hosts: organizations\nquays:\n  - {{name: east}}\n  - {{name: west, quay_host: '{west.url}', "
            text += f"quay_token: '{west.token}'}}\n"
            for found in inventory(east, text):
                self.assertEqual(sorted(found["_meta"]["hostvars"]), ["east/acme", "west/acme", "west/only"])
                self.assertEqual(found["quay_server_west"]["hosts"], ["west/acme", "west/only"])
                self.assertEqual(found["_meta"]["hostvars"]["west/acme"]["quay_host"], west.url)

    def test_cache(self):
        with registry() as quay:
            fill(quay, "acme", {"shop": "private"})
            text = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: '{quay.work}/cache'\n"
            list(inventory(quay, text))
            quay.forget()
            for found in inventory(quay, text):
                self.assertIn("acme/shop", found["_meta"]["hostvars"])
            self.assertEqual(quay.journal()["total"], 0)

    def test_another_question_is_not_answered_from_the_cache(self):
        with registry() as east, registry() as west:
            fill(east, "acme", {"shop": "private"})
            fill(west, "other", {"site": "private"})
            text = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: '{east.work}/cache'\n"
            question = {"QUAY_HOST": west.url, "QUAY_TOKEN": west.token}
            for first, second in zip(inventory(east, text), inventory(east, text, environment=question), strict=True):
                self.assertIn("acme/shop", first["_meta"]["hostvars"])
                self.assertEqual(list(second["_meta"]["hostvars"]), ["other/site"])
                self.assertEqual(second["_meta"]["hostvars"]["other/site"]["quay_host"], west.url)
            for found in inventory(east, text + "hosts: organizations\n"):
                self.assertEqual(list(found["_meta"]["hostvars"]), ["acme"])
            for message in inventory(east, text, environment={"QUAY_TOKEN": "w" * 40}, expect=None):
                self.assertIn("quay_token is invalid, expired", message)

    def test_empty_variables_count_as_not_given(self):
        # A credential type of Automation Platform sets all variables, and leaves empty those that are not used.
        with registry() as quay:
            fill(quay, "acme", {"shop": "private"})
            unused = {"QUAY_CA_PATH": "", "QUAY_USERNAME": "", "QUAY_PASSWORD": "", "QUAY_TIMEOUT": ""}
            for found in inventory(quay, "", environment=unused):
                self.assertIn("acme/shop", found["_meta"]["hostvars"])
            for found in inventory(quay, f"quay_username: ''\nquay_token: '{quay.token}'\nca_path: ''\n", login=False):
                self.assertIn("acme/shop", found["_meta"]["hostvars"])

    def test_groups_that_names_share(self):
        with registry() as quay:
            fill(quay, "my-org", {"shop": "private"})
            fill(quay, "my.org", {"shop": "private"})
            for message in inventory(quay, "", expect=None):
                self.assertIn("The group quay_organization_my_org holds both my-org and my.org", message)

    def test_options_of_an_entry_are_those_of_a_module(self):
        with registry() as quay:
            fill(quay, "acme", {"shop": "private"})
            entry = {
                "name": "east",
                "quay_token": f"{quay.token}\n",
                "timeout": "7",
                "organizations": "acme",
                "ca_path": "",
            }
            for found in inventory(quay, f"quays: {json.dumps([entry])}\n", login=False):
                self.assertEqual(list(found["_meta"]["hostvars"]), ["east/acme/shop"])

    def test_refusals(self):
        cases = {
            "organizations: [nope]\n": "organizations: there is no nope, or the account does not see it",
            "hosts: organizations\norganizations: [acme, nope]\n": "organizations: there is no nope",
            "organizations: [acme]\nquay_token: wrong\n": "quay_token is invalid, expired",
            "hosts: organizations\norganizations: [acme]\nquay_token: wrong\n": "quay_token is invalid, expired",
            "quays: [{host: x}]\n": "quays[0] has the unknown key host",
            "quays: [foo]\n": "quays[0] must be a dict",
            "quays: [{name: a, timeout: abc}]\n": "quays[0]: argument 'timeout' is of type str",
            "quays: [{name: a, validate_certs: perhaps}]\n": "The value 'perhaps' is not a valid boolean",
            "quays: [{name: a, ca_path: ~/nothing.pem}]\n": "/nothing.pem",
            "quays: [{name: a}, {name: a}]\n": "two entries of quays are called a",
            "quays: [{name: a, quay_token: any-token, quay_username: u}]\n": "mutually exclusive",
        }
        with registry() as quay:
            fill(quay, "acme", {"shop": "private"})
            for message in inventory(quay, "", login=False, expect=None):
                self.assertIn("without an account there is no list of organizations: give quay_token", message)
            for text, problem in cases.items():
                for message in inventory(quay, text, expect=None):
                    self.assertIn(problem, message, text)
                    self.assertNotIn("~/", message)

    def test_a_password_in_the_address_is_not_shown(self):
        with registry() as quay:
            address = "https://user:s3cret-s3cret@quay.example.com"
            for text in (f"quay_host: '{address}'\n", f"quays: [{{name: a, quay_host: '{address}'}}]\n"):
                for message in inventory(quay, text, expect=None):
                    self.assertIn("must not hold a user name or password", message)
                    self.assertNotIn("s3cret-s3cret", message)


if __name__ == "__main__":
    unittest.main()
