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
      - Without an account it is required, and only public repositories are seen.
    type: list
    elements: str
  quays:
    description:
      - Several servers. Each entry has the key C(name), and any of the options O(quay_host), O(quay_token), O(quay_username),
        O(quay_password), O(validate_certs), O(ca_path), O(timeout), O(retries) and O(organizations); those beside this list are the
        defaults, credentials only for an entry without any.
      - With it, the name of the server and C(/) are put in front of the names of the hosts.
    type: list
    elements: dict
  quay_host:
    description: Base URL of the server.
    type: str
    default: http://127.0.0.1
    env: [{name: QUAY_HOST}]
  quay_token:
    description: OAuth access token. It goes before O(quay_username).
    type: str
    env: [{name: QUAY_TOKEN}]
  quay_username:
    description: Name of the account that signs in.
    type: str
    env: [{name: QUAY_USERNAME}]
  quay_password:
    description: Password of O(quay_username).
    type: str
    env: [{name: QUAY_PASSWORD}]
  validate_certs:
    description: Whether to verify the TLS certificate of the server.
    type: bool
    default: true
    env: [{name: QUAY_VERIFY_SSL}]
  ca_path:
    description: PEM file with the certificates of the authorities to trust.
    type: path
    env: [{name: QUAY_CA_PATH}]
  timeout:
    description: Seconds to wait for the answer to each single request.
    type: float
    default: 10.0
    env: [{name: QUAY_TIMEOUT}]
  retries:
    description: How often a request is repeated when the connection drops or the server is overloaded.
    type: int
    default: 3
    env: [{name: QUAY_RETRIES}]
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

import json
from urllib.parse import urlsplit

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.quaymaster.quay.plugins.action.quay import start

ENDINGS = ("quay.yml", "quay.yaml", "quaymaster.yml", "quaymaster.yaml")
LOGIN = ("quay_token", "quay_username", "quay_password")
CONNECTION = ("quay_host", "validate_certs", "ca_path", "timeout", "retries", *LOGIN)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Turns what the executable lists into hosts."""

    NAME = "quaymaster.quay.quay"

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith(ENDINGS)

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        servers = self._servers()
        key, cache = self.get_cache_key(path), cache and self.get_option("cache")
        try:
            answers = self._cache[key] if cache else None
        except KeyError:
            answers = None
        if answers is None:
            answers = [self._ask(server) for server in servers]
            if self.get_option("cache"):
                self._cache[key] = answers
        for server, answer in zip(servers, answers):
            for organization in answer["organizations"]:
                self._add(server, organization)

    def _servers(self):
        shared = {name: self.get_option(name) for name in (*CONNECTION, "organizations")}
        entries = self.get_option("quays")
        for entry in entries or []:
            unknown = set(entry) - {"name", *shared}
            if unknown:
                raise AnsibleParserError(f"An entry of quays has unknown keys: {', '.join(sorted(unknown))}.")
        own_login = [any(name in entry for name in LOGIN) for entry in entries or []]
        defaults = [{key: value for key, value in shared.items() if not (own and key in LOGIN)} for own in own_login]
        servers = [default | entry for default, entry in zip(defaults, entries or [])] or [shared]
        for server in servers:
            server["prefix"] = bool(entries)
            server.setdefault("name", urlsplit(server["quay_host"]).hostname or server["quay_host"])
        return servers

    def _ask(self, server):
        connection = {name: server[name] for name in CONNECTION if server.get(name) is not None}
        question = {
            "quays": [connection],
            "organizations": server["organizations"],
            "repositories": self.get_option("hosts") == "repositories",
        }
        try:
            answer = json.loads(start("inventory", content=question).stdout)
        except ValueError:
            raise AnsibleParserError("quaymaster inventory ended without an answer.") from None
        if isinstance(answer, dict):
            raise AnsibleParserError(answer["msg"])
        return answer[0]

    def _add(self, server, organization):
        prefix = f"{server['name']}/" if server["prefix"] else ""
        facts = {
            "ansible_connection": "local",
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
        self.inventory.add_host(name)
        for key, value in facts.items():
            self.inventory.set_variable(name, key, value)
        for kind, value in groups.items():
            group = self.inventory.add_group(self._sanitize_group_name(f"quay_{kind}_{value}"))
            self.inventory.add_child(group, name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), facts, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), facts, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), facts, name, strict=strict)
