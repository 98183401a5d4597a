# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_organization_member
short_description: Remove people from Quay organizations
version_added: "0.1.0"
description:
  - Takes people out of an organization as a whole - out of all of its teams, and with every right of their own on its repositories. Or
    keeps those who are named, and takes everybody else out.
  - Removes what Quay leaves behind of somebody who is removed, which would give rights again - default permissions, invitations that are
    still open, and robot accounts of the personal namespace in teams. It tells the API tokens that stay.
  - People join an organization by a team, with M(quaymaster.quay.quay_team), or by a right on a repository, with
    M(quaymaster.quay.quay_repository). This module only takes away.
options:
  organization:
    description:
      - Name of the organization. It must exist with O(state=exact).
    type: str
    required: true
  names:
    description:
      - User names, no robot accounts - with O(state=absent) those who shall go, with O(state=exact) those who may stay.
      - With O(state=absent), somebody who is not there is no error; with O(state=exact), a warning says so.
    type: list
    elements: str
    required: true
    aliases: [members]
  state:
    description:
      - V(absent) removes those who are named.
      - V(exact) removes everybody else, members and outside collaborators alike. It is refused when more than half of them would go, unless
        the caller is among O(names). The caller itself always stays then.
    type: str
    choices: [absent, exact]
    default: absent
  collaborators:
    description:
      - With O(state=exact), whether outside collaborators go as well, who are in no team and have a right of their own on a repository.
    type: bool
    default: true
  default_permissions:
    description:
      - Whether to delete the default permissions that name somebody who goes, as the one who gets the right or as the creator of the
        repository. Otherwise the next repository gives the right again.
    type: bool
    default: true
  invitations:
    description:
      - Whether to withdraw the invitations of those who go, which could still be accepted. There are some only with C(FEATURE_MAILING) and
        C(FEATURE_REQUIRE_TEAM_INVITE); they take one request for each team.
    type: bool
    default: true
  successor:
    description:
      - User who is put into a team with the role admin first, where the last administrator goes. Without one that is an error.
      - Nothing happens with it while somebody else administers the organization.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - Somebody who is removed from a team that follows LDAP or OIDC comes back with its next synchronization, which a warning tells. The group
    has to change.
  - API tokens that somebody made in an application of the organization work on, without rights in it. RV(left) names them;
    M(quaymaster.quay.quay_application_token) revokes them.
  - Repositories stay, whoever created them.
seealso:
  - module: quaymaster.quay.quay_team
  - module: quaymaster.quay.quay_user
  - module: quaymaster.quay.quay_application_token
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure that leavers are gone
  quaymaster.quay.quay_organization_member:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    names: [jdoe, asmith]
    successor: bob
  register: gone

- name: Show what they still have
  ansible.builtin.debug:
    var: gone.left

- name: Ensure that nobody else belongs to the organization
  quaymaster.quay.quay_organization_member:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    names: "{{ staff }}"
    state: exact
"""

RETURN = r"""
removed:
  description: Those who were removed, or would be in check mode.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: User name.
      type: str
      sample: jdoe
    teams:
      description: Teams that the user was in.
      type: list
      elements: str
      sample: [developers]
    repositories:
      description: Repositories, by their short names, on which the user had a right of its own.
      type: list
      elements: str
      sample: [shop]
    default_permissions:
      description: Number of the default permissions that named the user.
      type: int
      sample: 1
    invitations:
      description: Number of the invitations that were open.
      type: int
      sample: 0
    robots:
      description: Robot accounts of the user that were in teams of the organization.
      type: list
      elements: str
      sample: [jdoe+laptop]
left:
  description: What stays of those who were removed.
  type: list
  elements: str
  returned: always
  sample: [tokens of jdoe in the application ci]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            names=dict(type="list", elements="str", required=True, aliases=["members"]),
            state=dict(type="str", default="absent", choices=["absent", "exact"]),
            collaborators=dict(type="bool", default=True),
            default_permissions=dict(type="bool", default=True),
            invitations=dict(type="bool", default=True),
            successor=dict(type="str"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
