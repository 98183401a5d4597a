# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_quota
short_description: Manage the storage quota of Quay organizations
version_added: "0.1.0"
description:
  - Sets, changes and deletes the storage quota of an organization, with limits that warn and limits that refuse pushes.
  - The default quota of the server (C(DEFAULT_SYSTEM_REJECT_QUOTA_BYTES)) is not the quota of an organization and is left alone.
options:
  organization:
    description:
      - Name of the organization. It must exist, unless O(state=absent).
    type: str
    required: true
  quota:
    description:
      - Size of the quota, a number of bytes or a decimal number with a unit, for example V(500 GiB) or V(1.5TB). At least 1 byte.
      - The units V(KB), V(MB), V(GB), V(TB), V(PB) and V(EB) are powers of 1000; V(KiB), V(MiB), V(GiB), V(TiB), V(PiB) and V(EiB) are
        powers of 1024. Upper and lower case are equal, and the V(B) can be left out.
      - Omitted keeps the size. When only a percentage is given and the organization has no quota, it gets one of 8000000 TB.
    type: str
  warning_pct:
    description:
      - Percentage of the quota, 1 to 100, from which the organization is warned, or a list of several, each of which warns.
      - V(0) removes the limits of this type, as an empty list does. Omitted keeps them.
    type: list
    elements: int
  reject_pct:
    description:
      - Percentage of the quota, 1 to 100, from which pushes are refused, or a list of several, as Quay permits them.
      - V(0) removes the limits of this type, as an empty list does. Omitted keeps them.
    type: list
    elements: int
  state:
    description:
      - V(present) sets or changes the quota.
      - V(absent) deletes it with its limits.
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
  - Needs Quay 3.7 or later with C(FEATURE_QUOTA_MANAGEMENT) on (it is off by default), C(FEATURE_EDIT_QUOTA) and
    C(FEATURE_SUPER_USERS) on (the default).
  - Changes need a superuser with full access (C(FEATURE_SUPERUSERS_FULL_ACCESS)) and a token with the scope C(super:user).
    Administrators of the organization cannot make them.
seealso:
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_organization_prune
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an organization has a quota
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    organization: production
    quota: 500 GiB

- name: Ensure an organization is warned at 80 percent, and refused at 95
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    organization: production
    quota: 1.5 TB
    warning_pct: 80
    reject_pct: 95
  register: quota

- name: Ensure an organization is warned at 70, 80 and 90 percent
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    organization: staging
    quota: 1 TB
    warning_pct: [70, 80, 90]

- name: Tell what happened
  ansible.builtin.debug:
    msg: "{{ quota is changed | ternary('The quota was corrected.', 'The quota was right.') }}"

- name: Ensure pushes are not refused
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    organization: production
    reject_pct: 0

- name: Ensure an organization has no quota
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    organization: sandbox
    state: absent
"""

RETURN = r"""
quota:
  description:
    - The quota afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    quota: 10737418240
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            quota=dict(type="str"),
            warning_pct=dict(type="list", elements="int"),
            reject_pct=dict(type="list", elements="int"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
