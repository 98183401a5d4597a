# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_team
short_description: Manage the teams of Quay organizations
version_added: "0.1.0"
description:
  - Creates, changes and deletes teams, their role in the organization and their members.
  - All accounts that shall join are looked up before the first write. Members are added before others are removed.
options:
  name:
    description:
      - Name of the team.
      - Lower-case letters and digits, in groups joined by a single V(.), V(_) or V(-); 2 to 255 characters.
    type: str
    required: true
  organization:
    description:
      - Name of the organization that the team belongs to. It must exist, unless O(state=absent).
    type: str
    required: true
  role:
    description:
      - What the members may do in the organization. Omitted keeps the role; a new team then gets V(member).
      - V(member) gives no right by itself. The team can be granted rights on repositories.
      - V(creator) adds the right to create repositories.
      - V(admin) gives full control of the organization. The role cannot be taken from the last team that makes the calling user an
        administrator.
    type: str
    choices: [member, creator, admin]
  description:
    description:
      - Text that describes the team, in Markdown. Omitted keeps the text, an empty value clears it.
    type: str
  members:
    description:
      - Accounts that belong to the team. Robots are written as V(organization+robot) and must belong to O(organization).
      - Omitted leaves the members alone, whatever O(append) says.
      - A user of an LDAP or OIDC directory who never signed in to Quay is first made known to the server, which can change the spelling of
        the name.
      - Where the server invites instead of adding (C(FEATURE_MAILING) with C(FEATURE_REQUIRE_TEAM_INVITE)), an invited user counts as
        a member. Invitations to bare e-mail addresses are left alone.
      - In a team that is synchronized with a directory, only robots can be added or removed.
    type: list
    elements: str
  append:
    description:
      - V(true) adds O(members) to those that the team has.
      - V(false) makes O(members) the complete list. An empty list then removes everybody.
    type: bool
    default: true
  state:
    description:
      - V(present) creates or changes the team.
      - V(absent) deletes it, and with it the rights that its members have through it.
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
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)). Looking up accounts can also need the scope C(user:read).
seealso:
  - module: quaymaster.quay.quay_team_ldap
  - module: quaymaster.quay.quay_team_oidc
  - module: quaymaster.quay.quay_default_perm
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_repository
  - module: quaymaster.quay.quay_robot
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a team exists
  quaymaster.quay.quay_team:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production

- name: Ensure a team may create repositories and has these members, among others
  quaymaster.quay.quay_team:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: developers
    organization: production
    role: creator
    description: "**Developers** of the shop"
    members:
      - alice
      - bob
      - production+builder

- name: Ensure a team has exactly these members
  quaymaster.quay.quay_team:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: operators
    organization: production
    role: admin
    members:
      - alice
      - carol
    append: false
  register: operators

- name: Tell what happened
  ansible.builtin.debug:
    msg: "{{ operators is changed | ternary('The team was corrected.', 'The team was as it should be.') }}"

- name: Ensure a team is gone
  quaymaster.quay.quay_team:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: interns
    organization: production
    state: absent
"""

RETURN = r"""
team:
  description:
    - The team afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    name: operators
    role: admin
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
            role=dict(type="str", choices=["member", "creator", "admin"]),
            description=dict(type="str"),
            members=dict(type="list", elements="str"),
            append=dict(type="bool", default=True),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
