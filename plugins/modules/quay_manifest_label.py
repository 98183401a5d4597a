# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_manifest_label
short_description: Manage the labels of image manifests in Quay
version_added: "0.1.0"
description:
  - Adds labels to image manifests and removes them.
  - A label belongs to the manifest, not to the tag. All tags that point to the same digest share it.
  - Labels from the image build can be neither changed nor removed.
options:
  image:
    description:
      - Image, V(namespace/repository:tag) or V(namespace/repository@digest). The namespace is an organization or a user.
      - Without tag and digest, the tag V(latest) is meant. With both, the digest counts.
      - Without a namespace, the image belongs to the account that signs in.
      - The image must exist, unless O(state=absent).
    type: str
    required: true
  key:
    description:
      - Key of the label, up to 255 lower-case letters and digits, with single V(-) or V(.) in between.
      - Quay reserves keys that start with V(quay), V(internal), V(io.quay), V(com.coreos), V(com.tectonic), V(com.docker.),
        V(io.docker.), V(org.dockerproject.), V(org.opencontainers.), V(io.cncf.), V(io.kubernetes.) or V(io.k8s.), and those that the
        server lists in C(LABEL_KEY_RESERVED_PREFIXES). Labels with such keys cannot be created, V(quay.expires-after) included.
    type: str
    required: true
  value:
    description:
      - Value of the label. Required when O(state=present).
      - When O(state=absent), only labels with this value are removed; without it, all labels with the key.
    type: str
  replace:
    description:
      - Whether O(state=present) removes all other values of the key. A manifest may have several labels with the same key.
      - The new label is created before the others are removed.
    type: bool
    default: true
  state:
    description:
      - V(present) creates the label, if there is none with this key and value.
      - V(absent) removes it. Labels from the image build stay, and bring a warning.
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
  - Needs a token with the scope C(repo:write) and the right to write to the repository, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - Not possible in repositories that are read-only or mirrors.
seealso:
  - module: quaymaster.quay.quay_manifest_label_info
  - module: quaymaster.quay.quay_tag
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an image has a label
  quaymaster.quay.quay_manifest_label:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    key: stage
    value: released

- name: Ensure an image has one more component label
  quaymaster.quay.quay_manifest_label:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: "production/shop@{{ shop_digest }}"
    key: component
    value: checkout
    replace: false
  register: label

- name: Show where the label comes from
  ansible.builtin.debug:
    msg: "{{ label.key }}={{ label.value }} comes from {{ label.source_type }}."

- name: Ensure an image has no label with this key, whatever the value
  quaymaster.quay.quay_manifest_label:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    key: stage
    state: absent
"""

RETURN = r"""
id:
  description: Identifier of the label.
  type: str
  returned: when O(state=present), except for a new label in check mode
  sample: 00000000-0000-0000-0000-000000000000
key:
  description: Key of the label.
  type: str
  returned: when O(state=present)
  sample: stage
value:
  description: Value of the label.
  type: str
  returned: when O(state=present)
  sample: released
source_type:
  description: Origin of the label, V(api) for labels that were added later, V(manifest) for those from the image build.
  type: str
  returned: when O(state=present)
  sample: api
media_type:
  description: Media type of the value, V(text/plain) or V(application/json).
  type: str
  returned: when O(state=present)
  sample: text/plain
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            image=dict(type="str", required=True),
            key=dict(type="str", required=True, no_log=False),
            value=dict(type="str"),
            replace=dict(type="bool", default=True),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_if=[("state", "present", ["value"])],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
