# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_registry_info
short_description: Export Quay organizations as a declaration
version_added: "0.1.0"
description:
  - Reads organizations with everything in them and returns the declaration that M(quaymaster.quay.quay_registry) would make them from.
  - Applying it at once changes nothing.
  - Quay does not show passwords and tokens. They are left out and listed.
options:
  organizations:
    description:
      - Names of the organizations, or patterns with V(*), V(?) and V([...]). Without it, all that the account can see.
    type: list
    elements: str
  jobs:
    description:
      - Requests at a time, from 1 to 256.
    type: int
    default: 8
  users:
    description:
      - Whether to export the accounts, too. Only superusers see them.
    type: bool
    default: false
  messages:
    description:
      - Whether to export the messages of the day, too.
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
  - What the account cannot see is not exported. Administrators of an organization see everything in it.
seealso:
  - module: quaymaster.quay.quay_registry
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Export two organizations
  quaymaster.quay.quay_registry_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organizations: [acme, tools]
  register: export

- name: Keep them as a registry file
  ansible.builtin.copy:
    content: "{{ export.yaml }}"
    dest: registry/export.yml
    mode: "0644"
  delegate_to: localhost

- name: Give another server the same content
  quaymaster.quay.quay_registry:
    quay_host: https://quay-west.example.com
    quay_token: "{{ quay_token_west }}"
    config: "{{ export.registry }}"
"""

RETURN = r"""
registry:
  description: The declaration, as M(quaymaster.quay.quay_registry) takes it under O(quaymaster.quay.quay_registry#module:config).
  returned: success
  type: dict
  sample:
    organizations:
      - name: acme
        robots:
          - name: ci
yaml:
  description: The same as the text of a registry file, with comments about what had to be left out.
  returned: success
  type: str
  sample: |
    ---
    organizations:
      - name: acme
        robots:
          - name: ci
left_out:
  description: What Quay does not show, a line each.
  returned: success
  type: list
  elements: str
  sample: []
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organizations=dict(type="list", elements="str"),
            jobs=dict(type="int", default=8),
            users=dict(type="bool", default=False),
            messages=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
