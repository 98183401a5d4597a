# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_default_perm
short_description: Manage the default permissions of Quay organizations
version_added: "0.1.0"
description:
  - Creates, changes and deletes default permissions, the rights that every new repository of an organization receives.
  - Existing repositories are not touched. Manage their rights with M(quaymaster.quay.quay_repository).
  - Quay permits several default permissions for the same grantee and creator, with different roles. O(role) names all that stay.
options:
  organization:
    description:
      - Name of the organization. It must exist, unless O(state=absent).
    type: str
    required: true
  name:
    description:
      - Who receives the right. A user, a robot (V(organization+robot)) or a team of the organization.
      - A user of an LDAP or OIDC directory who never signed in to Quay is first made known to the server, which can change the spelling of
        the name.
    type: str
    required: true
  type:
    description:
      - Kind of account that O(name) is. Robots are of the kind V(user).
    type: str
    choices: [user, team]
    default: user
  role:
    description:
      - Right to give. V(read) allows to pull, V(write) to push as well, V(admin) to manage the repository as well.
      - A list gives several, each by a default permission of its own. Others for the same grantee and creator are removed.
      - Omitted keeps the rights; a new default permission then gives V(read).
    type: list
    elements: str
    choices: [read, write, admin]
  creator:
    description:
      - Name of a user. The default permission then counts only for repositories that this user creates. Robots are refused.
      - Omitted or empty, it counts for all repositories. This is another default permission, not a change of the same one.
    type: str
  state:
    description:
      - V(present) creates the default permission, or changes the right that it gives.
      - V(absent) deletes it, whatever right it gives.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
seealso:
  - module: quaymaster.quay.quay_repository
  - module: quaymaster.quay.quay_robot
  - module: quaymaster.quay.quay_team
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a team can pull from all new repositories
  quaymaster.quay.quay_default_perm:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: developers
    type: team

- name: Ensure a robot can push to the repositories that one user creates
  quaymaster.quay.quay_default_perm:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: production+builder
    role: write
    creator: alice
  register: default_perm

- name: Show the right that the robot gets
  ansible.builtin.debug:
    msg: "Default permission {{ default_perm.id | default('(new)') }} gives {{ default_perm.role }}."

- name: Ensure a default permission is gone
  quaymaster.quay.quay_default_perm:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: interns
    type: team
    state: absent
"""

RETURN = r"""
default_perm:
  description:
    - The default permission afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    name: operators
    type: team
    creator: null
    role: write
id:
  description: Identifier of the default permission, of several the one with the least right.
  type: str
  returned: when O(state=present), except for a new default permission in check mode
  sample: 00000000-0000-0000-0000-000000000000
role:
  description: Right that the default permission gives; a list of several.
  type: raw
  returned: when O(state=present)
  sample: write
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            name=dict(type="str", required=True),
            type=dict(type="str", default="user", choices=["user", "team"]),
            role=dict(type="list", elements="str", choices=["read", "write", "admin"]),
            creator=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
