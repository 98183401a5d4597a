# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_message
short_description: Manage the messages on the pages of the Quay web interface
version_added: "0.1.0"
description:
  - Publishes, changes and deletes the messages that the web interface shows to all users on every page.
  - Quay cannot change a message. The module publishes the new one first and deletes the old one afterwards.
options:
  content:
    description:
      - Text of the message, kept exactly, final line breaks included.
      - Without O(search_string) and O(regexp), it also selects the message with exactly this text.
      - Required when no message is selected and one has to be published.
    type: str
  severity:
    description:
      - Importance, which decides the colour. Omitted keeps it; a new message then gets V(info).
    type: str
    choices: [info, warning, error]
  format:
    description:
      - How O(content) is shown. Omitted keeps it; a new message then gets V(plain).
    type: str
    choices: [markdown, plain]
    aliases: [media_type]
  regexp:
    description:
      - Select the messages in whose text this regular expression finds something. The syntax is that of Python.
      - An empty one counts as not given. Mutually exclusive with O(search_string).
    type: str
    aliases: [regex]
  search_string:
    description:
      - Select the messages whose text contains this string. An empty one counts as not given.
      - Mutually exclusive with O(regexp).
    type: str
  search_severity:
    description:
      - Select only messages with this severity, in addition to the other conditions. Without any other condition, all with this severity.
    type: str
    choices: [info, warning, error]
  state:
    description:
      - V(present) publishes the message, or replaces the selected ones. One message remains of several that are selected.
        When none is selected, but the same message is there already, nothing is published.
      - V(absent) deletes all selected messages.
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
  - Needs a superuser, a token with the scope C(super:user), and C(FEATURE_SUPER_USERS) on the server (the default).
    Not possible on quay.io.
seealso:
  - module: quaymaster.quay.quay_notification
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a message is shown
  quaymaster.quay.quay_message:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    content: Ask registry@example.com for access.

- name: Ensure one maintenance message is shown, whatever an older one said
  quaymaster.quay.quay_message:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    content: "**Maintenance** on {{ maintenance_day }}, from 8 to 10 o'clock UTC."
    format: markdown
    severity: warning
    search_string: "**Maintenance**"
  register: maintenance

- name: Show the identifier of the message
  ansible.builtin.debug:
    var: maintenance.uuid

- name: Ensure no message about a day of the past year is shown
  quaymaster.quay.quay_message:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    regexp: "2025-[0-9]{2}-[0-9]{2}"
    state: absent

- name: Ensure no error message is shown
  quaymaster.quay.quay_message:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    search_severity: error
    state: absent
"""

RETURN = r"""
uuid:
  description: Identifier of the message. It changes when the message is replaced.
  type: str
  returned: when O(state=present), except for a new message in check mode
  sample: 00000000-0000-0000-0000-000000000000
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            content=dict(type="str"),
            severity=dict(type="str", choices=["info", "warning", "error"]),
            format=dict(type="str", choices=["markdown", "plain"], aliases=["media_type"]),
            regexp=dict(type="str", aliases=["regex"]),
            search_string=dict(type="str"),
            search_severity=dict(type="str", choices=["info", "warning", "error"]),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[
            ["regexp", "search_string"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
