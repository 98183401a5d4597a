# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_robot
short_description: Manage Quay robot accounts
version_added: "0.1.0"
description:
  - Creates and deletes robot accounts, and returns the token that a robot signs in with.
  - Manages the federation of robots, so that workloads can sign in with OpenID Connect (OIDC) identities instead of a stored token.
  - The token of an existing robot is changed with O(regenerate) only.
options:
  name:
    description:
      - Name of the robot, V(organization+robot) or V(user+robot). Without V(+), the robot belongs to the account that signs in.
      - The part after V(+) consists of lower-case letters and digits, in groups joined by a single V(.), V(_) or V(-);
        2 to 255 characters.
    type: str
    required: true
  description:
    description:
      - Text that says what the robot is for, up to 255 characters.
      - Quay takes it only when the robot is created. A different text for an existing robot changes nothing and brings a warning.
    type: str
  metadata:
    description:
      - Anything to keep with the robot, as keys and values, for example who owns it. Everybody who may see the robot can read it.
      - Quay takes it only when the robot is created. Other metadata for an existing robot change nothing and bring a warning.
    type: dict
  federations:
    description:
      - OIDC identities that may sign in as the robot without a token. Omitted leaves them alone.
      - Requires Quay 3.13 or later.
    type: list
    elements: dict
    suboptions:
      issuer:
        description:
          - URL of the identity provider, with the scheme V(http://) or V(https://). It has to equal the C(iss) claim of the identity.
        type: str
        required: true
      subject:
        description:
          - The C(sub) claim of the identity.
        type: str
        required: true
  append:
    description:
      - V(true) adds the entries of O(federations) to those of the robot.
      - V(false) makes O(federations) the complete list. An empty list then removes all.
    type: bool
    default: true
  regenerate:
    description:
      - V(true) gives an existing robot a new token. Quay refuses the old one from then on, so whoever uses it needs the new one at once;
        M(quaymaster.quay.quay_robot_pair) rotates without an interruption.
      - The result is always changed, unless O(unused_for) says otherwise. A robot that the task creates is not given another token.
      - Rights, teams, federations and mirrors that use the robot go on as before. Credentials that other servers keep for their own
        mirrors or proxy caches of this one cannot be found from here, and need the new token.
      - Log-ins that exist already stay good for up to an hour.
    type: bool
    default: false
  unused_for:
    description:
      - O(regenerate) only when nobody used the robot for this period, and it was not created within it. A number of seconds, or a number
        and one of V(s), V(m), V(h), V(d), V(w), such as V(90d).
      - The server has to note the use of accounts, as it does by default (C(FEATURE_USER_LAST_ACCESSED)).
    type: str
  state:
    description:
      - V(present) creates the robot if it is missing, and brings O(federations) to the wanted state.
      - V(absent) deletes the robot. The module fails while a mirror of a repository or of the organization uses it, because that
        mirror would break.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
attributes:
  diff_mode:
    details:
      - The token is never part of the difference; a new one is shown as V((new\)).
notes:
  - A robot of an organization needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with
    full access (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - A robot of a personal namespace needs the scope C(user:admin). Only the owner of the namespace can manage it.
  - The server can forbid robot accounts altogether (C(ROBOTS_DISALLOW)).
seealso:
  - module: quaymaster.quay.quay_default_perm
  - module: quaymaster.quay.quay_docker_token
  - module: quaymaster.quay.quay_org_mirror
  - module: quaymaster.quay.quay_repository
  - module: quaymaster.quay.quay_repository_mirror
  - module: quaymaster.quay.quay_robot_info
  - module: quaymaster.quay.quay_robot_pair
  - module: quaymaster.quay.quay_team
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a robot account exists
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+deployer

- name: Ensure a robot exists and read its token
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+builder
    description: Pushes the images that the pipeline builds
    metadata:
      owner: platform-team
  no_log: true
  register: robot

- name: Write a registry login for the build hosts
  ansible.builtin.copy:
    content: "{{ {'auths': {'quay.example.com': {'auth': (robot.name ~ ':' ~ robot.token) | b64encode}}} | to_nice_json }}"
    dest: /etc/containers/auth.json
    owner: root
    group: root
    mode: "0600"
  no_log: true

- name: Ensure that only one GitHub workflow can sign in as the robot
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+builder
    federations:
      - issuer: https://token.actions.githubusercontent.com
        subject: repo:example/application:ref:refs/heads/main
    append: false

- name: Lock out whoever still has the token of a robot that nobody used for long
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+deployer
    regenerate: true
    unused_for: 90d
  no_log: true

- name: Ensure a robot account is gone
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+deployer
    state: absent
"""

RETURN = r"""
robot:
  description:
    - The robot account afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    name: production+ci
    description: Builds the shop
name:
  description: Full name of the robot, which is the user name for C(docker login).
  type: str
  returned: when O(state=present)
  sample: production+builder
token:
  description:
    - Token of the robot, which is the password for C(docker login). Secret.
    - The server hides it from read-only superusers; it is missing then.
  type: str
  returned: when O(state=present), except for a new robot or a new token in check mode
  sample: ROBOT_TOKEN_PLACEHOLDER
regenerated:
  description: Whether the robot got a new token in place of another one.
  type: bool
  returned: when O(state=present)
  sample: false
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            description=dict(type="str"),
            metadata=dict(type="dict"),
            federations=dict(
                type="list",
                elements="dict",
                options=dict(issuer=dict(type="str", required=True), subject=dict(type="str", required=True)),
            ),
            append=dict(type="bool", default=True),
            regenerate=dict(type="bool", default=False),
            unused_for=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
