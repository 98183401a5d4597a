# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_organization_prune
short_description: Manage the auto-pruning policies of Quay organizations
version_added: "0.1.0"
description:
  - Creates and deletes the policies by which the server deletes tags of an organization or personal namespace.
  - Policies are not changed. One with another value is another policy; set O(append=false) to replace the old one.
options:
  namespace:
    description:
      - Name of the organization or of the user whose repositories the policy counts for. It must exist, unless O(state=absent).
    type: str
    required: true
  method:
    description:
      - V(tags) keeps the newest tags of each repository, O(value) is their number.
      - V(date) deletes tags that are older than O(value).
    type: str
    choices: [tags, date]
    required: true
  value:
    description:
      - Number of tags to keep for O(method=tags), 1 or more.
      - Age for O(method=date), a number with the unit V(s), V(m), V(h), V(d) or V(w) in lower case, for example V(30d).
        V(7d) and V(1w) make two different policies.
    type: str
    required: true
  tag_pattern:
    description:
      - Regular expression that selects tags. Omitted or empty, the policy counts for all tags. White space around it is removed.
    type: str
  tag_pattern_matches:
    description:
      - Whether the policy counts for the tags that match O(tag_pattern) (V(true)) or for all others (V(false)).
      - Without O(tag_pattern), it has no effect.
    type: bool
    default: true
  append:
    description:
      - V(true) keeps other policies. V(false) deletes them, after this one was created; a single other one is replaced in place.
      - Without effect when O(state=absent).
    type: bool
    default: true
  state:
    description:
      - V(present) creates the policy.
      - V(absent) deletes the policy that has exactly this method, value and pattern.
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
  - Needs Quay 3.13 or later with C(FEATURE_AUTO_PRUNE) on (it is off by default).
  - Needs a token with the scope C(org:admin) and an administrator of the organization, the user of the personal namespace, or a
    superuser with full access (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - The policy of the whole server (C(DEFAULT_NAMESPACE_AUTOPRUNE_POLICY)) counts in addition and is not managed here.
  - Deleted tags can be restored for as long as the time machine of the namespace keeps them. Immutable tags are never pruned.
seealso:
  - module: quaymaster.quay.quay_repository_prune
  - module: quaymaster.quay.quay_organization_immutability
  - module: quaymaster.quay.quay_organization
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure the newest 20 tags are kept
  quaymaster.quay.quay_organization_prune:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    method: tags
    value: "20"

- name: Ensure tags of nightly builds are deleted after four weeks
  quaymaster.quay.quay_organization_prune:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    method: date
    value: 4w
    tag_pattern: '^nightly-'
  register: nightly

- name: Show the identifier of the policy
  ansible.builtin.debug:
    var: nightly.id

- name: Ensure there is only one policy, and that it spares the tags of releases
  quaymaster.quay.quay_organization_prune:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    method: date
    value: 90d
    tag_pattern: '^v[0-9]+$'
    tag_pattern_matches: false
    append: false

- name: Ensure a policy is gone
  quaymaster.quay.quay_organization_prune:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    namespace: production
    method: tags
    value: "20"
    state: absent
"""

RETURN = r"""
organization_prune:
  description:
    - The policy afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    namespace: production
    method: tags
    value: "5"
id:
  description:
    - Identifier of the policy. Null in check mode for a policy that would be created.
  type: str
  returned: when O(state=present)
  sample: 00000000-0000-0000-0000-000000000000
prune:
  description:
    - The tags that the policy would delete now, as M(quaymaster.quay.quay_policy_preview) returns them. The difference names up to 100
      of them under C(prunes_now), and C(preview) counts them.
    - Where it ends what kept the whole namespace from being pruned, also those that policies which are there take then.
    - Auto-pruning works at intervals of about an hour; nothing tells when.
  type: list
  elements: dict
  returned: in check mode and with C(--diff), when the policy is new
  sample:
    - repository: production/web
      tag: nightly-2025-01-31
      manifest_digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
      age: 7776001
      policy: date 90d of the namespace production
      borderline: false
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            namespace=dict(type="str", required=True),
            method=dict(type="str", required=True, choices=["tags", "date"]),
            value=dict(type="str", required=True),
            tag_pattern=dict(type="str"),
            tag_pattern_matches=dict(type="bool", default=True),
            append=dict(type="bool", default=True),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
