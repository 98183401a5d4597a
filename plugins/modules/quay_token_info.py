# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_token_info
short_description: Read all credentials of Quay, with their age, last use and end
version_added: "0.1.0"
description:
  - Returns the credentials of organizations, of the whole server, or of the account that signs in. Never returns a secret.
  - Tells those that are worth a look, such as tokens that may do everything, that nobody ever used, or whose owner has left.
options:
  organization:
    description:
      - Organizations whose credentials are read. V(*) stands for all that the caller can see, and for the application tokens of all users,
        which only superusers with full access see.
      - Omitted reads those of the account that signs in.
    type: list
    elements: str
  kinds:
    description:
      - V(api) is the API tokens of applications (from Quay 3.18 on), V(robot) robot accounts, V(docker) application tokens for Docker and
        its like, V(own) the API tokens of the account that signs in, of which Quay tells neither name nor date.
      - V(own) is read without O(organization) only. V(docker) is read without it, and for V(*).
    type: list
    elements: str
    choices: [api, robot, docker, own]
    default: [api, robot, docker, own]
  unused_for:
    description:
      - Only credentials that nobody used for this period, and that were not made within it. A number of seconds, or a number and one of V(s),
        V(m), V(h), V(d), V(w), such as V(90d).
      - None of a kind fit where the server does not note the use; see RV(usage_known).
    type: str
  expiring_within:
    description: Only credentials that work and end within this period, in the form of O(unused_for).
    type: str
  older_than:
    description:
      - Only credentials that were made longer ago than this period, in the form of O(unused_for). API tokens from before the upgrade of the
        server to 3.18 have no date and fit always.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(org:admin) and an administrator of the organizations, or a superuser with full access, or a global read-only
    superuser. Without O(organization), the scope C(user:admin) is needed.
  - "Takes for an organization one request, one for each application and 50 of its tokens, one for robot accounts, and one for members where
    there are tokens; for V(*) three more."
  - Passwords, sessions, tokens that were offered to a user and not taken yet, identities that sign in as robot accounts, and API tokens of
    personal applications of others are not visible here.
seealso:
  - module: quaymaster.quay.quay_application_token
  - module: quaymaster.quay.quay_docker_token
  - module: quaymaster.quay.quay_robot_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Find credentials of all organizations that nobody has used for half a year
  quaymaster.quay.quay_token_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: ["*"]
    unused_for: 26w
  register: forgotten

- name: Find API tokens that end within a month
  quaymaster.quay.quay_token_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: [production]
    kinds: [api]
    expiring_within: 30d
  register: ending

- name: Show what is worth a look
  ansible.builtin.debug:
    msg: "{{ forgotten.findings | map(attribute='message') }}"
"""

RETURN = r"""
tokens:
  description: The credentials.
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description: One of O(kinds).
      type: str
      sample: api
    organization:
      description: Organization that it belongs to; null where it belongs to none.
      type: str
      sample: production
    application:
      description: Application of an API token.
      type: str
      sample: automation
    name:
      description: Name of the token or of the robot account. Null for API tokens of the web interface and of servers before 3.18.
      type: str
      sample: deploy
    uuid:
      description: Identifier of a token; null for robot accounts.
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    owner:
      description: Account that it acts as; null where Quay does not tell, and for robot accounts of organizations.
      type: str
      sample: alice
    scopes:
      description: Scopes of an API token.
      type: list
      elements: str
      sample: [repo:read]
    created:
      description: When it was made; null where Quay does not tell.
      type: str
      sample: "2026-01-31T03:04:05Z"
    created_is:
      description: V(token), or V(account) for robot accounts, whose token can be younger, which Quay does not tell.
      type: str
      sample: token
    last_accessed:
      description: When it was used last, to the minute; null when it never was, or Quay does not tell.
      type: str
      sample: "2026-02-01T00:00:00Z"
    expires:
      description: When it ends; null when it never does, or Quay does not tell.
      type: str
      sample: "2036-01-29T15:04:05Z"
    expired:
      description: Whether it has ended. Quay lists such application tokens for a day.
      type: bool
      sample: false
    age_days:
      description: Whole days since RV(tokens[].created).
      type: int
      sample: 120
    idle_days:
      description: Whole days since it was used; null when it never was.
      type: int
      sample: 3
findings:
  description:
    - "What is worth a look among RV(tokens): V(powerful) for the scopes V(super:user) and V(org:admin), V(long_lived) for an end more than a
      year away, V(unused) for one that is older than 30 days and that nobody ever used, V(unnamed) for an API token without a name,
      V(owner_disabled) and V(owner_outside) for one that acts as a disabled account or as one in no team of the organization."
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description: As in RV(tokens).
      type: str
      sample: api
    organization:
      description: As in RV(tokens).
      type: str
      sample: production
    application:
      description: As in RV(tokens).
      type: str
      sample: automation
    name:
      description: As in RV(tokens).
      type: str
      sample: deploy
    uuid:
      description: As in RV(tokens).
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    finding:
      description: The word for it.
      type: str
      sample: long_lived
    message:
      description: The same as a sentence.
      type: str
      sample: the API token deploy of the application automation of production is valid until 2036-01-29T15:04:05Z
usage_known:
  description: Whether the server notes the use of credentials, by kind. When not, nothing of the kind is called unused.
  type: dict
  returned: always
  sample: {api: true, robot: true, docker: true, own: false}
incomplete:
  description: What could not be read, a sentence each.
  type: list
  elements: str
  returned: always
  sample: ["the API tokens of production: needs Quay 3.18"]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="list", elements="str"),
            kinds=dict(
                type="list",
                elements="str",
                default=["api", "robot", "docker", "own"],
                choices=["api", "robot", "docker", "own"],
            ),
            unused_for=dict(type="str"),
            expiring_within=dict(type="str"),
            older_than=dict(type="str"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
