# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_config_info
short_description: Read the configuration of a Quay server
version_added: "0.1.0"
description:
  - Returns the configuration that the server runs with, defaults included.
  - The server masks passwords and keys that it knows, but not everything that may be secret, for example the URLs of webhooks.
options: {}
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs Quay 3.15 or later with C(FEATURE_SUPER_USERS) and C(FEATURE_SUPERUSER_CONFIGDUMP) on. The latter is off by default.
  - Needs a superuser or a read-only superuser, and a token with the scope C(super:user).
  - Set C(no_log) on the task, because parts of the configuration that the server does not mask may be secret.
seealso:
  - module: quaymaster.quay.quay_capabilities_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read the server configuration
  quaymaster.quay.quay_config_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
  no_log: true
  register: quay

- name: Fail when auto-pruning is off
  ansible.builtin.assert:
    that: quay.config.FEATURE_AUTO_PRUNE | default(false)
    fail_msg: Set FEATURE_AUTO_PRUNE to true first.

- name: Show which periods the server offers for deleted tags
  ansible.builtin.debug:
    var: quay.config.TAG_EXPIRATION_OPTIONS
"""

RETURN = r"""
config:
  description:
    - Server configuration, with the names that the configuration file C(config.yaml) uses.
    - Values that the server masks consist of asterisks and their length.
  type: dict
  returned: always
  sample:
    AUTHENTICATION_TYPE: Database
    FEATURE_AUTO_PRUNE: true
    PREFERRED_URL_SCHEME: https
    SERVER_HOSTNAME: quay.example.com
    TAG_EXPIRATION_OPTIONS: [0s, 1d, 1w, 2w, 4w]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=LOGIN,
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
