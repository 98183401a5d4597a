# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: quay_org_declaration
short_description: Turn the variables of the role quay_org into a declaration
version_added: "0.1.0"
description:
  - Makes what M(quaymaster.quay.quay_registry) takes as O(quaymaster.quay.quay_registry#module:config) out of the variables of the role
    P(quaymaster.quay.quay_org#role). The role works with it, and who leaves the role for registry files can write it into one.
  - The members of teams and the federations of robot accounts become exactly the given ones; everything else is added to what is there.
  - Passwords stay readable in it.
options:
  _input:
    description: The variables, without the C(quay_org_) that their names begin with. Those of the connection do not belong to them.
    type: dict
    required: true
seealso:
  - module: quaymaster.quay.quay_registry
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Write the variables of the role into a registry file
  ansible.builtin.copy:
    content: "{{ variables | quaymaster.quay.quay_org_declaration | to_nice_yaml }}"
    dest: registry/acme.yml
    mode: "0600"
  vars:
    variables:
      name: acme
      teams: [{name: developers, members: [alice]}]
      repositories: [{name: shop, perms: [{name: developers, type: team, role: write}]}]
"""

RETURN = r"""
_value:
  description: The declaration.
  type: dict
"""

from ansible.errors import AnsibleFilterError

# What a registry file calls otherwise.
RENAMED = {"perms": "permissions", "prune": "prune_policies", "immutability": "immutability_policies"}
# Belongs to an object of an own kind there.
QUOTA = ("quota", "warning_pct", "reject_pct")
CACHE = ("registry", "username", "password", "insecure", "expiration")
# A setting of old servers, which registry files do not have.
DEPRECATED = ("auto_prune_method", "auto_prune_value")


def given(entry, keys=None, prefix=""):
    """Those values of an entry that are not empty, under their names without the prefix."""
    found = {key: entry.get(prefix + key) for key in keys or entry}
    return {key: value for key, value in found.items() if value is not None}


def entry_of(entry, *others):
    """An entry under the names of a registry file."""
    return {RENAMED.get(key, key): value for key, value in given(entry).items() if key not in others}


def with_namespace(organization, permission):
    """A default permission with the whole name of a robot account, which is a user for Quay."""
    if permission.get("type") != "robot":
        return given(permission)
    name = permission["name"]
    return {**given(permission), "type": "user", "name": name if "+" in name else f"{organization}+{name}"}


def deprecated(module, name, entry):
    """The task for what only old servers have, where it is given."""
    options = given(entry, DEPRECATED)
    return [{module: {"name": name, **options}}] if options else []


def quay_org_declaration(variables):
    try:
        name = variables["name"]
    except (KeyError, TypeError):
        raise AnsibleFilterError("quay_org_declaration: the variables lack the name of the organization") from None
    # ansible-core before 2.19 makes an empty text of none.
    variables = {key: value for key, value in variables.items() if value is not None and value != ""}
    for key in ("default_perms", "repositories"):
        if not all(entry.get("name") for entry in variables.get(key) or []):
            raise AnsibleFilterError(f"quay_org_declaration: an entry of {key} lacks its name")
    for robot in variables.get("robots") or []:
        namespace, plus, _short = str(robot.get("name") or "").partition("+")
        if plus and namespace != name:
            raise AnsibleFilterError(
                f"quay_org_declaration: the robot account {robot['name']} is none of {name}: "
                f"name robot accounts without a namespace, or with that of the organization ({name}+NAME)"
            )
    cache = given(variables, CACHE, "cache_") if variables.get("cache_registry") else None
    repositories = variables.get("repositories") or []
    organization = {
        **entry_of(variables, "users", *QUOTA, *DEPRECATED, *(f"cache_{key}" for key in CACHE)),
        "prune": {"members": True, "federations": True},
        "proxy_cache": cache,
        "quota": given(variables, QUOTA) or None,
        "default_permissions": [with_namespace(name, entry) for entry in variables.get("default_perms") or []],
        "repositories": [entry_of(entry, *DEPRECATED) for entry in repositories],
    }
    organization.pop("default_perms", None)
    tasks = deprecated("quay_organization", name, variables)
    for entry in repositories:
        tasks += deprecated("quay_repository", f"{name}/{entry['name']}", entry)
    return {"users": variables.get("users") or [], "organizations": [given(organization)], "tasks": tasks}


class FilterModule:
    def filters(self):
        return {"quay_org_declaration": quay_org_declaration}
