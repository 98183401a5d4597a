# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_capabilities_info
short_description: Read the capabilities that a Quay server announces
version_added: "0.1.0"
description:
  - Returns what the registry announces about itself to clients, such as the architectures that mirrors can be limited to.
  - Needs no login, also when the server forbids anonymous access.
options: {}
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.ignored_login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs Quay 3.17 or later.
seealso:
  - module: quaymaster.quay.quay_config_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read the capabilities of the registry
  quaymaster.quay.quay_capabilities_info:
    quay_host: https://quay.example.com
  register: registry

- name: Fail when the registry cannot store sparse manifests
  ansible.builtin.assert:
    that: registry.capabilities.sparse_manifests.supported

- name: List the architectures that mirrors can be limited to
  ansible.builtin.debug:
    msg: "{{ registry.capabilities.mirror_architectures | join(', ') }}"
"""

RETURN = r"""
capabilities:
  description: Capabilities as the server announces them. Newer servers may add keys.
  type: dict
  returned: always
  sample:
    mirror_architectures: [amd64, arm64, ppc64le, s390x]
    sparse_manifests:
      supported: true
      required_architectures: []
      optional_architectures_allowed: true
  contains:
    sparse_manifests:
      description: Whether image indexes may be stored without the images of all architectures (C(FEATURE_SPARSE_INDEX)).
      type: dict
      returned: always
      contains:
        supported:
          description: Whether the server stores such indexes.
          type: bool
          returned: always
          sample: true
        required_architectures:
          description: Architectures that must be there nevertheless.
          type: list
          elements: str
          returned: always
          sample: []
        optional_architectures_allowed:
          description: Whether any other architecture may be missing.
          type: bool
          returned: always
          sample: true
    mirror_architectures:
      description: Architectures that mirrors can be limited to.
      type: list
      elements: str
      returned: always
      sample: [amd64, arm64, ppc64le, s390x]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(argument_spec=LOGIN, supports_check_mode=True)
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
