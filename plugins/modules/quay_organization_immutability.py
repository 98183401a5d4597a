# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_organization_immutability
short_description: Manage the tag immutability policies of Quay organizations
version_added: "0.1.0"
description:
  - Creates, changes and deletes the policies that make tags of an organization or personal namespace immutable.
  - Immutable tags can be neither moved nor deleted, and auto-pruning spares them.
  - Creating or changing a policy makes all existing tags that it selects immutable at once. Deleting or changing it releases none;
    release single tags with M(quaymaster.quay.quay_tag).
options:
  namespace:
    description:
      - Name of the organization or of the user whose repositories the policy counts for. It must exist, unless O(state=absent).
      - An organization that is a mirror as a whole cannot have policies.
    type: str
    required: true
  tag_pattern:
    description:
      - Regular expression that selects tags, 1 to 256 characters. It has to match the whole tag. White space around it is removed.
      - It identifies the policy. There can be only one with the same pattern.
    type: str
    required: true
  new_tag_pattern:
    description:
      - Regular expression that the policy shall have afterwards. An empty value counts as not given.
      - When O(tag_pattern) exists, its pattern is changed. When only O(new_tag_pattern) exists, the change was done earlier and the module
        goes on with that policy. When none exists, the policy is created with O(new_tag_pattern). When both exist, the module fails.
    type: str
  behavior:
    description:
      - Which tags are immutable, those that match the pattern (V(matching_immutable)) or all others (V(not_matching_immutable)).
      - Omitted keeps the behavior; a new policy then uses V(matching_immutable).
    type: str
    choices: [matching_immutable, not_matching_immutable]
  state:
    description:
      - V(present) creates or changes the policy.
      - V(absent) deletes it. With O(new_tag_pattern), the policy of that pattern is deleted if there is one, and otherwise
        O(tag_pattern).
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
  - Needs Quay 3.17 or later with C(FEATURE_IMMUTABLE_TAGS) on (it is off by default).
  - Tags that become immutable lose their expiration date, unless the server allows both (C(FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE)).
  - Needs a token with the scope C(org:admin) and an administrator of the organization, the user of the personal namespace, or a
    superuser with full access (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
seealso:
  - module: quaymaster.quay.quay_repository_immutability
  - module: quaymaster.quay.quay_organization_prune
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_tag
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure tags of releases are immutable
  quaymaster.quay.quay_organization_immutability:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    tag_pattern: 'v[0-9]+\.[0-9]+\.[0-9]+'

- name: Ensure all tags are immutable, except those of branches
  quaymaster.quay.quay_organization_immutability:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    tag_pattern: '(main|feature-.*)'
    behavior: not_matching_immutable
  register: policy

- name: Show the identifier of the policy
  ansible.builtin.debug:
    msg: "{{ policy.id | default('The policy is to be created.') }}"

- name: Change the pattern of a policy
  quaymaster.quay.quay_organization_immutability:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    tag_pattern: '(main|feature-.*)'
    new_tag_pattern: '(main|test|feature-.*)'

- name: Ensure a policy is gone
  quaymaster.quay.quay_organization_immutability:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    tag_pattern: 'v[0-9]+\.[0-9]+\.[0-9]+'
    state: absent
"""

RETURN = r"""
organization_immutability:
  description:
    - The policy afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    namespace: production
    tag_pattern: ^v
    behavior: matching_immutable
id:
  description: Identifier of the policy.
  type: str
  returned: when O(state=present), except for a new policy in check mode
  sample: 00000000-0000-0000-0000-000000000000
lock:
  description:
    - The tags that the policy locks as soon as it is set, as M(quaymaster.quay.quay_policy_preview) returns them. Nothing unlocks them
      by itself, not even the removal of the policy. The difference names up to 100 of them under C(locks_now), and C(preview) counts
      them.
  type: list
  elements: dict
  returned: in check mode and with C(--diff), when the policy is new or changed
  sample:
    - repository: production/web
      tag: v1.0
      loses_expiration: false
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            namespace=dict(type="str", required=True),
            tag_pattern=dict(type="str", required=True),
            new_tag_pattern=dict(type="str"),
            behavior=dict(type="str", choices=["matching_immutable", "not_matching_immutable"]),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
