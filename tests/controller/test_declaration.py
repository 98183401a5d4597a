"""The filter quay_org_declaration says in a registry file what the variables of the role quay_org say."""

from __future__ import annotations

import importlib.util
import unittest

from ansible.errors import AnsibleFilterError
from support import ROOT

spec = importlib.util.spec_from_file_location("declaration", ROOT / "plugins/filter/quay_org_declaration.py")
declaration = importlib.util.module_from_spec(spec)
spec.loader.exec_module(declaration)


class Declaration(unittest.TestCase):
    """What the role hands over, with none for what is not given."""

    def test_names_of_registry_files(self):
        made = declaration.quay_org_declaration(
            {
                "name": "acme",
                "email": None,
                "users": [{"username": "alice", "password": "p", "email": None}],
                "prune": [{"method": "tags", "value": "3"}],
                "cache_registry": "quay.io/sclorg",
                "cache_insecure": False,
                "cache_username": None,
                "quota": "1 GiB",
                "warning_pct": [80],
                "reject_pct": None,
                "default_perms": [{"name": "ci", "type": "robot", "role": "read"}, {"name": "devs", "type": "team"}],
                "repositories": [
                    {"name": "app", "perms": [{"name": "bob"}], "immutability": [], "auto_prune_method": "none"}
                ],
                "auto_prune_method": "tags",
                "auto_prune_value": "5",
            }
        )
        (organization,) = made["organizations"]
        self.assertEqual(
            organization,
            {
                "name": "acme",
                "prune": {"members": True, "federations": True},
                "prune_policies": [{"method": "tags", "value": "3"}],
                "proxy_cache": {"registry": "quay.io/sclorg", "insecure": False},
                "quota": {"quota": "1 GiB", "warning_pct": [80]},
                "default_permissions": [
                    {"name": "acme+ci", "type": "user", "role": "read"},
                    {"name": "devs", "type": "team"},
                ],
                "repositories": [{"name": "app", "permissions": [{"name": "bob"}], "immutability_policies": []}],
            },
        )
        self.assertEqual(made["users"], [{"username": "alice", "password": "p", "email": None}])
        self.assertEqual(
            made["tasks"],
            [
                {"quay_organization": {"name": "acme", "auto_prune_method": "tags", "auto_prune_value": "5"}},
                {"quay_repository": {"name": "acme/app", "auto_prune_method": "none"}},
            ],
        )

    def test_an_organization_without_settings(self):
        made = declaration.quay_org_declaration(
            {"name": "acme", "cache_registry": "", "quota": None, "mirror": "", "teams": ""}
        )
        self.assertNotIn("proxy_cache", made["organizations"][0])
        self.assertNotIn("quota", made["organizations"][0])
        self.assertNotIn("mirror", made["organizations"][0])
        self.assertNotIn("teams", made["organizations"][0])
        self.assertEqual(made["tasks"], [])

    def test_without_a_name(self):
        for variables in ({}, None, "acme", {"name": "acme", "repositories": [{}]}):
            with self.assertRaises(AnsibleFilterError):
                declaration.quay_org_declaration(variables)

    def test_a_robot_account_of_another_organization(self):
        robots = [{"name": "ci"}, {"name": "acme+deploy"}]
        self.assertEqual(len(declaration.quay_org_declaration({"name": "acme", "robots": robots})["organizations"]), 1)
        with self.assertRaisesRegex(AnsibleFilterError, "tools[+]ci is none of acme"):
            declaration.quay_org_declaration({"name": "acme", "robots": [*robots, {"name": "tools+ci"}]})
