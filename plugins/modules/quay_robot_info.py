# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_robot_info
short_description: Read the robot accounts of Quay, with their age and last use
version_added: "0.1.0"
description:
  - Returns robot accounts by organization and name, with their age, their last use, their teams and the repositories that they have rights
    on. Never returns a token.
  - Tells robot accounts that nobody has used for long, for clean-up and rotation.
options:
  organization:
    description:
      - Organizations whose robot accounts are read. V(*) stands for all that the caller can see.
      - Omitted reads those of the account that signs in.
    type: list
    elements: str
  pattern:
    description:
      - Only robot accounts whose name without that of the organization fits. V(*) stands for any characters, V(?) for one, V([abc]) for one
        of those.
    type: str
  unused_for:
    description:
      - Only robot accounts that nobody used for this period, and that were not made within it. A number of seconds, or a number and one of
        V(s), V(m), V(h), V(d), V(w), such as V(90d).
      - None fit where the server does not note the use of accounts; see RV(usage_known).
    type: str
  older_than:
    description: Only robot accounts that were made longer ago than this period, in the form of O(unused_for).
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser. Members of the organization see the
    robot accounts without their teams and repositories. Without O(organization), the scope C(user:admin) is needed.
  - Takes one request for each organization, and one for whether the server notes the use of accounts.
seealso:
  - module: quaymaster.quay.quay_robot
  - module: quaymaster.quay.quay_robot_pair
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Find robot accounts of pipelines that nobody has used for half a year
  quaymaster.quay.quay_robot_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: ["*"]
    pattern: ci-*
    unused_for: 26w
  register: forgotten

- name: Delete them
  quaymaster.quay.quay_robot:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: "{{ item.name }}"
    state: absent
  loop: "{{ forgotten.robots }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
robots:
  description: The robot accounts, by name.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Full name.
      type: str
      sample: production+deployer
    description:
      description: Text that says what it is for.
      type: str
      sample: Deploys to production
    created:
      description: When it was made. Its token can be younger, which Quay does not tell.
      type: str
      sample: "2026-01-31T03:04:05Z"
    last_accessed:
      description: When somebody used it last, to the minute. Null when nobody did.
      type: str
      sample: "2026-02-01T00:00:00Z"
    age_days:
      description: Whole days since it was made.
      type: int
      sample: 120
    idle_days:
      description: Whole days since somebody used it. Null when nobody did.
      type: int
      sample: 3
    teams:
      description: Names of its teams. Null when Quay does not show them to the caller.
      type: list
      elements: str
      sample: [deployers]
    repositories:
      description: Names of the repositories that it has rights on by itself, not by a team. Null when Quay does not show them to the caller.
      type: list
      elements: str
      sample: [shop]
findings:
  description: Robot accounts among RV(robots) that nobody used for O(unused_for), or for 90 days where that is not given.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Full name of the robot account.
      type: str
      sample: production+deployer
    finding:
      description: V(unused).
      type: str
      sample: unused
    message:
      description: The same as a sentence.
      type: str
      sample: nobody has used the robot account production+deployer for 120 days
usage_known:
  description: Whether the server notes the use of accounts (C(FEATURE_USER_LAST_ACCESSED)). When not, nothing is called unused.
  type: bool
  returned: always
  sample: true
incomplete:
  description: What could not be read, a sentence each.
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
            organization=dict(type="list", elements="str"),
            pattern=dict(type="str"),
            unused_for=dict(type="str"),
            older_than=dict(type="str"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
