# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_team_oidc
short_description: Synchronize Quay teams with OIDC groups
version_added: "0.1.0"
description:
  - Starts, changes and stops the synchronization of a team with a group of the OpenID Connect (OIDC) provider that the server authenticates
    against.
  - Starting removes all users from the team at once. They come back one by one, when they next sign in. Robots stay.
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
      - V(true) synchronizes the team, V(false) stops the synchronization. The users stay in the team when it stops.
    type: bool
    default: true
  group_name:
    description:
      - Name or identifier of the group, exactly as the provider puts it into the group claim of its tokens. The server does not check it.
      - Required when O(sync=true).
      - When the team is synchronized with another group, the old synchronization is stopped first, and restored if the server refuses the
        new group.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs Quay 3.11 or later with C(FEATURE_TEAM_SYNCING) on (it is off by default) and C(AUTHENTICATION_TYPE) set to C(OIDC).
  - Needs a token with the scopes C(org:admin) and C(super:user), and an administrator of the organization who is a superuser. With
    C(FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP), any administrator of the organization can do it.
seealso:
  - module: quaymaster.quay.quay_team
  - module: quaymaster.quay.quay_team_ldap
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a team is synchronized with an OIDC group
  quaymaster.quay.quay_team_oidc:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production
    group_name: quay-developers

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
      quaymaster.quay.quay_team_oidc:
        name: operators
        organization: production
        group_name: "{{ operators_group_id }}"
      register: operators

    - name: Tell what happens next
      ansible.builtin.debug:
        msg: "{{ operators is changed | ternary('The operators have to sign in again.', 'The operators are members.') }}"

- name: Ensure a team is not synchronized
  quaymaster.quay.quay_team_oidc:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production
    sync: false
"""

RETURN = r"""
team_oidc:
  description:
    - The synchronization afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    name: operators
    sync: true
    group_name: operators
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
            group_name=dict(type="str"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_if=[("sync", True, ["group_name"])],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
