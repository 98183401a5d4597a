# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_team_ldap
short_description: Synchronize Quay teams with LDAP groups
version_added: "0.1.0"
description:
  - Starts, changes and stops the synchronization of a team with a group of the LDAP directory that the server authenticates against.
  - The server updates the members in the background, every 30 minutes by default (C(TEAM_RESYNC_STALE_TIME)). Users who are not in the
    group leave the team. Robots stay.
options:
  name:
    description:
      - Name of the team. It must exist, unless O(sync=false).
    type: str
    required: true
  organization:
    description:
      - Name of the organization that the team belongs to. It must exist, unless O(sync=false).
    type: str
    required: true
  sync:
    description:
      - V(true) synchronizes the team, V(false) stops the synchronization.
    type: bool
    default: true
  group_dn:
    description:
      - Distinguished name of the group, relative to the C(LDAP_BASE_DN) of the server. The group must have at least one member.
      - Required when O(sync=true).
      - When the team is synchronized with another group, the old synchronization is stopped first, and restored if the server refuses the
        new group.
    type: str
  keep_users:
    description:
      - Whether the users stay in the team when the synchronization stops. Only for O(sync=false).
      - V(false) removes them, after the synchronization was stopped. Robots stay. A team that is not synchronized is left alone.
      - Quay does not let users leave the only team that makes them administrators of the organization. If that is the account that signs
        in, it stays, and a warning says so.
    type: bool
    default: true
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs C(FEATURE_TEAM_SYNCING) on the server (it is off by default) and C(AUTHENTICATION_TYPE) set to C(LDAP).
  - Needs a token with the scopes C(org:admin) and C(super:user), and an administrator of the organization who is a superuser. With
    C(FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP), any administrator of the organization can do it.
seealso:
  - module: quaymaster.quay.quay_team
  - module: quaymaster.quay.quay_team_oidc
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a team is synchronized with an LDAP group
  quaymaster.quay.quay_team_ldap:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production
    group_dn: cn=developers,ou=groups

- name: Ensure a team exists and is synchronized
  module_defaults:
    group/quaymaster.quay.quay:
      quay_host: https://quay.example.com
      quay_token: "{{ quay_token }}"
  block:
    - name: Ensure the team exists
      quaymaster.quay.quay_team:
        name: operators
        organization: production
        role: admin

    - name: Ensure the team is synchronized
      quaymaster.quay.quay_team_ldap:
        name: operators
        organization: production
        group_dn: cn=operators,ou=groups
      register: operators

    - name: Tell what happens next
      ansible.builtin.debug:
        msg: "{{ operators is changed | ternary('The server updates the members soon.', 'The members are up to date.') }}"

- name: Ensure a team is not synchronized, and remove its users
  quaymaster.quay.quay_team_ldap:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production
    sync: false
    keep_users: false
"""

RETURN = r"""
team_ldap:
  description:
    - The synchronization afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    name: operators
    sync: true
    group_dn: cn=operators
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            organization=dict(type="str", required=True),
            sync=dict(type="bool", default=True),
            group_dn=dict(type="str"),
            keep_users=dict(type="bool", default=True),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_if=[("sync", True, ["group_dn"])],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
