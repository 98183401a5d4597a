"""The inventory plugin on emulators."""

from __future__ import annotations

import json
import unittest

from running import ansible_environment
from support import ENVIRONMENTS, bin_of, call, registry, run


def fill(quay, organization, repositories):
    call(quay, "POST", "/api/v1/organization/", {"name": organization, "email": f"{organization}@example.com"})
    for name, visibility in repositories.items():
        body = {"namespace": organization, "repository": name, "visibility": visibility, "description": "{{ secret }}"}
        call(quay, "POST", "/api/v1/repository", body)


def inventory(quay, text, login=True, expect=0):
    for ansible in ENVIRONMENTS:
        source = quay.work / "test.quay.yml"
        source.write_text(f"plugin: quaymaster.quay.quay\nstrict: true\n{text}")
        environment = ansible_environment(quay.work) | {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
        environment |= {"QUAY_HOST": quay.url} | ({"QUAY_TOKEN": quay.token} if login else {})
        done = run([bin_of(ansible) / "ansible-inventory", "-i", source, "--list"], environment, expect=expect).stdout
        assert quay.token not in done
        # Values of servers are no templates: ansible-core 2.16 shows that with a wrapper.
        safe = {"object_hook": lambda found: found.get("__ansible_unsafe", found)}
        yield json.loads(done, **safe) if expect == 0 else " ".join(done.split())


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
                self.assertEqual(found["quay_organization_other_org"]["hosts"], ["other-org/x/y"])
                self.assertEqual(found["quay_visibility_public"]["hosts"], ["acme/shop-docs", "other-org/x/y"])
                self.assertEqual(len(found["quay_state_normal"]["hosts"]), 123)
                self.assertEqual(found["docs"]["hosts"], ["acme/shop-docs"])
                self.assertEqual(found["seen_public"]["hosts"], ["acme/shop-docs", "other-org/x/y"])

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

    def test_refusals(self):
        with registry() as quay:
            for message in inventory(quay, "", login=False, expect=None):
                self.assertIn("without an account there is no list of organizations: give quay_token", message)
            for message in inventory(quay, "organizations: [nope]\nquay_token: wrong\n", expect=None):
                self.assertIn("nope", message)
                self.assertIn("404", message)
            for message in inventory(quay, "quays: [{host: x}]\n", expect=None):
                self.assertIn("An entry of quays has unknown keys: host.", message)


if __name__ == "__main__":
    unittest.main()
