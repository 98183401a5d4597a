# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_robot_pair
short_description: Rotate the token of a Quay robot account without an interruption
version_added: "0.1.0"
description:
  - A robot account has one token, and a new one locks the old one out at once. This module keeps two accounts that are used in turn,
    O(name) with V(-a) and V(-b) behind it. When the newer one is older than O(rotate_after), the other one is deleted and made anew, and the
    task returns its name and token.
  - The account before it goes on to work until the next rotation. That is the time in which everybody changes to the new one.
  - Repeat the task as often as you like. Until the next rotation it returns the same account and token, in one request.
  - Everything is decided by the time at which the server made the accounts, so nothing has to be kept between two runs.
  - Two runs at the same time can each take the new account away from the other. Run one at a time.
options:
  name:
    description:
      - Organization and common name of the pair, V(organization+name). With V(production+deployer), the accounts are called
        V(production+deployer-a) and V(production+deployer-b).
    type: str
    required: true
  suffixes:
    description: What tells the two accounts apart, two different texts of lower-case letters and digits.
    type: list
    elements: str
    default: [a, b]
  teams:
    description:
      - Teams of the organization that both accounts are in. Rights on repositories come from these teams.
      - Rights that an account has by itself would be lost with it. The module fails before it deletes an account that has such rights,
        is in another team, is named by a default permission, or is used by a mirror.
    type: list
    elements: str
    default: []
  rotate_after:
    description:
      - Age of the newer account from which on the next one is made, in seconds, or a number and one of V(s), V(m), V(h), V(d), V(w), such as V(30d).
      - Required with O(state=present).
    type: str
  unused_for:
    description:
      - The older account is deleted only when nobody used it for this period. Otherwise the module fails and changes nothing.
      - V(0) deletes it in any case. Otherwise the server has to note the use of accounts, as it does by default
        (C(FEATURE_USER_LAST_ACCESSED)).
    type: str
    default: 1h
  description:
    description:
      - Text that says what the accounts are for, up to 255 characters.
      - An account gets it when it is made, so that a change comes with the next rotation. Omitted, the account has that of the one which it
        takes the place of, as it has the metadata of that one.
    type: str
  federations:
    description:
      - The complete list of OIDC identities that may sign in as each of the two accounts. Omitted, each keeps those that it has.
      - Takes another request for each account. Requires Quay 3.13 or later.
    type: list
    elements: dict
    suboptions:
      issuer:
        description: URL of the identity provider, with the scheme V(http://) or V(https://).
        type: str
        required: true
      subject:
        description: The C(sub) claim of the identity.
        type: str
        required: true
  state:
    description:
      - V(present) keeps the pair, and rotates it when that is due.
      - V(absent) deletes both accounts.
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
      - Tokens are never part of the difference.
notes:
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - While the older account is made anew it can do nothing until it is in its last team. Nobody should use it then.
seealso:
  - module: quaymaster.quay.quay_robot
  - module: quaymaster.quay.quay_robot_info
  - module: quaymaster.quay.quay_team
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Rotate the token of the deployer every 30 days
  quaymaster.quay.quay_robot_pair:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+deployer
    teams: [deployers]
    rotate_after: 30d
  no_log: true
  register: deployer

- name: Give it to those who deploy
  ansible.builtin.copy:
    content: "{{ {'auths': {'quay.example.com': {'auth': (deployer.name ~ ':' ~ deployer.token) | b64encode}}} | to_nice_json }}"
    dest: /etc/containers/auth.json
    owner: root
    group: root
    mode: "0600"
  no_log: true

- name: Ensure the pair is gone
  quaymaster.quay.quay_robot_pair:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production+deployer
    state: absent
"""

RETURN = r"""
robot_pair:
  description:
    - The pair afterwards, in check mode as the task would leave it. Empty where there is none.
    - C(accounts) has name and teams of each account, the one to be used first.
  type: dict
  returned: always
  sample:
    name: production+deployer
    accounts:
      - name: production+deployer-b
        teams: [deployers]
      - name: production+deployer-a
        teams: [deployers]
name:
  description: Full name of the account to be used, which is the user name for C(docker login).
  type: str
  returned: when O(state=present)
  sample: production+deployer-b
token:
  description: Token of that account, which is the password for C(docker login). Secret.
  type: str
  returned: when O(state=present), except for an account that would be made in check mode
  sample: ROBOT_TOKEN_PLACEHOLDER
previous_name:
  description: The account that was to be used before, and works until the next rotation. Null when there is none.
  type: str
  returned: when O(state=present)
  sample: production+deployer-a
valid_since:
  description: When the account to be used was made.
  type: str
  returned: when O(state=present), except for an account that would be made in check mode
  sample: "2026-01-31T03:04:05Z"
rotated:
  description: Whether this run made the account.
  type: bool
  returned: when O(state=present)
  sample: true
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            suffixes=dict(type="list", elements="str", default=["a", "b"]),
            teams=dict(type="list", elements="str", default=[]),
            rotate_after=dict(type="str"),
            unused_for=dict(type="str", default="1h"),
            description=dict(type="str"),
            federations=dict(
                type="list",
                elements="dict",
                options=dict(issuer=dict(type="str", required=True), subject=dict(type="str", required=True)),
            ),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_if=[("state", "present", ["rotate_after"])],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
