# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_access_info
short_description: Read who can do what in Quay, and why
version_added: "0.1.0"
description:
  - Returns the effective rights of every account on every repository of organizations, with all reasons for each.
  - They come from teams, rights of an account of its own (whoever creates a repository keeps one), public repositories, the administrators
    of the organization, and superusers. Robot accounts of other namespaces that are in a team, people who are in no team, and disabled
    accounts are among them.
  - Takes 7 requests for an organization, one for each 100 repositories, one for each team with rights, and one for each repository on
    which an account has a right of its own. O(detail=name) leaves the last ones out, O(accounts) and O(repositories) those that concern no
    wanted account or repository.
options:
  organization:
    description: Organizations, or V(*) for all that the account sees. A user name stands for the personal namespace of that user.
    type: list
    elements: str
    required: true
  detail:
    description:
      - V(role) reads the roles of rights that accounts have of their own.
      - V(name) leaves them out. RV(access[].role) is null where such a right may be the highest.
    type: str
    choices: [role, name]
    default: role
  accounts:
    description: Return only the rights of these users and robot accounts (V(namespace+name)). Lines for everybody are left out then.
    type: list
    elements: str
  repositories:
    description: Return only the rights on these repositories, V(organization/name). Lines for all repositories stay, because they hold there.
    type: list
    elements: str
  pending:
    description:
      - Return the invitations to teams, too, which takes a request for each team.
      - Quay knows them only with FEATURE_MAILING. Where that is off there are none.
    type: bool
    default: false
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(org:admin) and a user who is an administrator of the organization, or the token of a superuser with
    C(org:admin), C(repo:admin) and C(super:user) where FEATURE_SUPERUSERS_FULL_ACCESS is on.
  - A global read-only superuser is the best account for it. It sees everything with a token of any scope, and cannot change what belongs to
    others.
  - API tokens have the rights of the user who made them, cut down by their scopes. They are not listed here.
  - Teams that are synchronized with a directory are as old as the last synchronization. Who is restricted, and which groups of a directory
    make superusers, Quay does not tell.
seealso:
  - module: quaymaster.quay.quay_team
  - module: quaymaster.quay.quay_default_perm
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read who can do what in an organization
  quaymaster.quay.quay_access_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: [production]
  register: found

- name: Make sure that everything could be read
  ansible.builtin.assert:
    that: not found.incomplete

- name: Show who can push to a repository
  ansible.builtin.debug:
    msg: "{{ item.account }}: {{ item.via | join(', ') }}"
  loop: >-
    {{ found.access | selectattr('repository', 'in', ['*', 'shop']) | selectattr('role', 'in', ['write', 'admin'])
       | rejectattr('enabled', 'false') }}

- name: Find people with rights who are in no team of any organization
  quaymaster.quay.quay_access_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: ["*"]
  register: found

- name: Report them
  ansible.builtin.debug:
    msg: "{{ found.access | selectattr('outsider') | map(attribute='account') | unique }}"

- name: Read the rights of one robot account
  quaymaster.quay.quay_access_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: [production]
    accounts: [production+ci]
"""

RETURN = r"""
access:
  description: The rights, sorted by organization, account and repository.
  type: list
  elements: dict
  returned: always
  contains:
    account:
      description: Name of the user or robot account, V(*) for everybody.
      type: str
      sample: jdoe
    kind:
      description:
        - V(user), V(robot), V(team_robot) for a robot account of another namespace that is in a team, or V(anyone) for everybody.
        - Everybody includes callers without an account, unless FEATURE_ANONYMOUS_ACCESS is off.
      type: str
      sample: user
    organization:
      description: The organization or personal namespace.
      type: str
      sample: production
    repository:
      description: Name of the repository. V(*) for every one, also those to come, for administrators, superusers and owners of a namespace.
      type: str
      sample: shop
    role:
      description:
        - V(read), V(write) or V(admin), the highest that any reason gives.
        - V(none) for a superuser where FEATURE_SUPERUSERS_FULL_ACCESS is off, who can take ownership of the organization at any time.
        - Null where it was not read.
      type: str
      sample: write
    via:
      description:
        - All reasons, that of the highest role first. One that gives a lower role names it, as in V(team devs (read\)).
        - V(direct) is a right of the account's own. The others are V(team NAME), V(administrator (team NAME\)), V(public), V(owner),
          V(superuser), V(superuser (can take ownership\)) and V(global read-only superuser).
      type: list
      elements: str
      sample: [team devs, direct (read)]
    outsider:
      description: Whether the user is in no team of the organization, or the robot account belongs to another namespace.
      type: bool
      sample: false
    enabled:
      description:
        - Whether the user is enabled, or for a personal robot account its owner. A disabled account can do nothing until it is enabled again.
        - Null where only a superuser could tell, and for everybody.
      type: bool
      sample: true
    last_accessed:
      description: When a robot account of the organization was last used, as far as Quay knows.
      type: str
      sample: "2026-01-31T03:04:05Z"
    state:
      description:
        - State of the repository. Whatever the role, nobody pushes to one in the state V(READ_ONLY), and to one in the states V(MIRROR) and
          V(ORG_MIRROR) only the robot account of the mirror.
        - Null in lines for all repositories.
      type: str
      sample: NORMAL
future:
  description: Default permissions, which give rights on repositories that are made from now on.
  type: list
  elements: dict
  returned: always
  contains:
    organization:
      description: The organization.
      type: str
      sample: production
    creator:
      description: Whose new repositories they apply to. Null for everybody's.
      type: str
      sample: production+ci
    account:
      description: Who gets the right, a user, robot account or team.
      type: str
      sample: devs
    kind:
      description: V(user), V(robot) or V(team).
      type: str
      sample: team
    role:
      description: V(read), V(write) or V(admin).
      type: str
      sample: write
    outsider:
      description: Whether it is a user who is in no team of the organization, such as one who left.
      type: bool
      sample: false
    enabled:
      description: As RV(access[].enabled). Null for teams.
      type: bool
      sample: true
pending:
  description: Invitations that nobody has answered yet. Empty without O(pending=true).
  type: list
  elements: dict
  returned: always
  contains:
    organization:
      description: The organization.
      type: str
      sample: production
    team:
      description: The team.
      type: str
      sample: devs
    account:
      description: The invited user. Null for an invitation by e-mail.
      type: str
      sample: jdoe
    email:
      description: The e-mail address. Null for an invited user.
      type: str
      sample: null
repositories:
  description: The repositories.
  type: list
  elements: dict
  returned: always
  contains:
    organization:
      description: The organization or personal namespace.
      type: str
      sample: production
    repository:
      description: Its name.
      type: str
      sample: shop
    public:
      description: Whether everybody can pull.
      type: bool
      sample: false
    state:
      description: V(NORMAL), V(READ_ONLY), V(MIRROR) or V(ORG_MIRROR).
      type: str
      sample: NORMAL
incomplete:
  description: What could not be read and why, a sentence each. What stands above is the whole truth only where this is empty.
  type: list
  elements: str
  returned: always
  sample: []
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="list", elements="str", required=True),
            detail=dict(type="str", default="role", choices=["role", "name"]),
            accounts=dict(type="list", elements="str"),
            repositories=dict(type="list", elements="str"),
            pending=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
