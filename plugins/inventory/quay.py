# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: quay
short_description: Organizations or repositories of Quay servers as hosts
version_added: "0.1.0"
author: Quaymaster contributors (@quaymaster)
description:
  - Makes every organization, or every repository, of one or several Quay servers a host, so that C(--limit), loops over groups and the
    job slicing of Automation Platform work on them.
  - Nothing is contacted but the servers. The hosts get C(ansible_connection=local), because modules run on the controller.
  - Hosts have the variables C(quay_host), C(quay_server), C(quay_organization) and, for repositories, C(quay_repository) (with the
    organization), C(quay_visibility), C(quay_state), C(quay_kind) and C(quay_description). Credentials never become variables.
  - Groups are C(quay_server_NAME), C(quay_organization_NAME) and, for repositories, C(quay_visibility_public),
    C(quay_visibility_private) and one for each state, such as C(quay_state_normal). Characters that a group name cannot have become C(_).
  - Names can become the same group then, C(my-org) and C(my.org) for example. A warning says so. To reach one of them alone, limit
    by the names of the hosts, as in C(--limit 'my-org/*').
  - The name of the configuration file ends in C(quay.yml), C(quay.yaml), C(quaymaster.yml) or C(quaymaster.yaml).
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [quaymaster.quay.quay]
  hosts:
    description: What becomes a host.
    type: str
    choices: [organizations, repositories]
    default: repositories
  organizations:
    description:
      - Only these organizations. Without it, all organizations of a server for a superuser (a token needs the scope C(super:user)), and
        those that the account belongs to for everybody else.
      - One that does not exist is an error, and so is a token that the server does not know.
      - Without an account it is required, and only public repositories are seen.
    type: list
    elements: str
  quays:
    description:
      - Several servers. Each entry has the key C(name), and any of the options O(quay_host), O(quay_token), O(quay_username),
        O(quay_password), O(validate_certs), O(ca_path), O(timeout), O(retries) and O(organizations); those beside this list are the
        defaults, credentials (also those of the environment) only for an entry without any.
      - With it, the name of the server and C(/) are put in front of the names of the hosts.
    type: list
    elements: dict
  quay_host:
    description:
      - Base URL of the server.
      - Falls back to the environment variable E(QUAY_HOST), and then to V(http://127.0.0.1).
    type: str
  quay_token:
    description:
      - OAuth access token, instead of O(quay_username) and O(quay_password).
      - Falls back to the environment variable E(QUAY_TOKEN), unless O(quay_username) or O(quay_password) is set.
    type: str
  quay_username:
    description:
      - Name of the account that signs in.
      - Falls back to the environment variable E(QUAY_USERNAME), unless O(quay_token) is set.
    type: str
  quay_password:
    description:
      - Password of O(quay_username).
      - Falls back to the environment variable E(QUAY_PASSWORD), unless O(quay_token) is set.
    type: str
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the server.
      - Falls back to the environment variable E(QUAY_VERIFY_SSL), and then to V(true).
    type: bool
  ca_path:
    description:
      - PEM file with the certificates of the authorities to trust.
      - Falls back to the environment variable E(QUAY_CA_PATH), and then to the certificate store of the machine.
    type: str
  timeout:
    description:
      - Seconds to wait for the answer to each single request.
      - Falls back to the environment variable E(QUAY_TIMEOUT), and then to 10.
    type: float
  retries:
    description:
      - How often a request is repeated when the connection drops or the server is overloaded.
      - Falls back to the environment variable E(QUAY_RETRIES), and then to 3.
    type: int
notes:
  - An empty option, or an empty environment variable, counts as not given.
  - "The cache is kept for each question: other servers, another account or other organizations have a cache of their own. The cache
    plugin P(ansible.builtin.jsonfile#cache) makes files that everybody on the machine can read, with the names and descriptions of
    repositories: put its directory where only those people get who may see them."
"""

EXAMPLES = r"""
# team.quay.yml: all repositories of the server that QUAY_HOST and QUAY_TOKEN name
plugin: quaymaster.quay.quay

---
# The organizations of two servers, kept for an hour
plugin: quaymaster.quay.quay
hosts: organizations
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/tmp/quay-inventory
cache_timeout: 3600
quays:
  - name: east
    quay_host: https://quay.east.example.com
    quay_token: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      ...
  - name: west
    quay_host: https://quay.west.example.com
    quay_token: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      ...

---
# Groups of one's own
plugin: quaymaster.quay.quay
organizations: [acme]
groups:
  mirrors: quay_state == 'MIRROR'
keyed_groups:
  - key: quay_repository.split('/')[1].split('-')[0]
    prefix: team
compose:
  image: quay_host | urlsplit('netloc') ~ '/' ~ quay_repository
"""

import hashlib
import json
import os
import sys

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.quaymaster.quay.plugins.action.quay import REMEDY, start, text, untrusted

ENDINGS = ("quay.yml", "quay.yaml", "quaymaster.yml", "quaymaster.yaml")
LOGIN = ("quay_token", "quay_username", "quay_password")
OPTIONS = ("quay_host", "validate_certs", "ca_path", "timeout", "retries", "organizations", *LOGIN)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Turns what the executable lists into hosts."""

    NAME = "quaymaster.quay.quay"

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith(ENDINGS)

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._groups = {}
        question = self._question()
        key, cache = self._key(path, question), cache and self.get_option("cache")
        try:
            servers = self._cache[key] if cache else None
        except KeyError:
            servers = None
        if servers is None:
            servers = self._ask(question)
            if self.get_option("cache"):
                self._cache[key] = servers
        for server in servers:
            for warning in server["warnings"]:
                self.display.warning(f"{server['name']}: {warning}")
            for organization in server["organizations"]:
                self._add(server, organization)

    def _question(self):
        """What the executable is asked. It takes the rest from the environment, and checks everything."""
        values = {name: self.get_option(name) for name in OPTIONS}
        question = {
            "defaults": {name: value for name, value in values.items() if value is not None},
            "repositories": self.get_option("hosts") == "repositories",
        }
        if self.get_option("quays"):
            question["quays"] = self.get_option("quays")
        return question

    def _key(self, path, question):
        """The name in the cache: another server, account or choice never gets what was kept for this one."""

        # Nobody guesses a token from its digest, but perhaps a password. The user name says whose answer it is.
        def public(found):
            return {name: value for name, value in found.items() if name != "quay_password"}

        environment = {name: os.environ.get(name) for name in ("QUAY_HOST", "QUAY_TOKEN", "QUAY_USERNAME")}
        asked = json.loads(json.dumps([question, environment], default=text), object_hook=public)
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return f"{self.get_cache_key(path)}_{digest[:32]}"

    def _ask(self, question):
        try:
            answer = json.loads(start("inventory", content=question).stdout)
        except ValueError:
            raise AnsibleParserError(f"quaymaster ended without an answer. If it cannot run here: {REMEDY}") from None
        if isinstance(answer, dict):
            raise AnsibleParserError(answer["msg"])
        return answer

    def _add(self, server, organization):
        prefix = f"{server['name']}/" if self.get_option("quays") else ""
        facts = {
            "ansible_connection": "local",
            # That of Ansible itself, for modules of other collections.
            "ansible_python_interpreter": sys.executable,
            "quay_host": server["quay_host"],
            "quay_server": server["name"],
            "quay_organization": organization["name"],
        }
        groups = {"server": server["name"], "organization": organization["name"]}
        if "repositories" not in organization:
            self._add_host(prefix + organization["name"], facts, groups)
        for repository in organization.get("repositories", []):
            name = f"{organization['name']}/{repository['name']}"
            more = {f"quay_{key}": repository[key] for key in ("visibility", "state", "kind", "description")}
            states = {"visibility": repository["visibility"], "state": str(repository["state"]).lower()}
            self._add_host(prefix + name, facts | {"quay_repository": name} | more, groups | states)

    def _add_host(self, name, facts, groups):
        # A description is written by whoever may write to a repository.
        facts = untrusted(facts)
        self.inventory.add_host(name)
        for key, value in facts.items():
            self.inventory.set_variable(name, key, value)
        for kind, value in groups.items():
            group = self.inventory.add_group(self._sanitize_group_name(f"quay_{kind}_{value}"))
            self.inventory.add_child(group, name)
            other = self._groups.setdefault(group, value)
            if other != value:
                self.display.warning(
                    f"The group {group} holds both {other} and {value}: limit by the names of the hosts."
                )
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), facts, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), facts, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), facts, name, strict=strict)
