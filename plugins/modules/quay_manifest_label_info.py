# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_manifest_label_info
short_description: List the labels of an image manifest in Quay
version_added: "0.1.0"
description:
  - Returns the labels of an image manifest, those from the image build and those that were added later.
  - An image that does not exist gives an empty list and no failure.
options:
  image:
    description:
      - Image, V(namespace/repository:tag) or V(namespace/repository@digest). The namespace is an organization or a user.
      - Without tag and digest, the tag V(latest) is meant. With both, the digest counts.
      - Without a namespace, the image belongs to the account that signs in.
    type: str
    required: true
  key:
    description:
      - Return only labels with exactly this key. Omitted or empty returns all.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Public repositories can be read without a login. Others need a token with the scope C(repo:read) and the right to read.
seealso:
  - module: quaymaster.quay.quay_manifest_label
  - module: quaymaster.quay.quay_tag_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: List the labels of a public image
  quaymaster.quay.quay_manifest_label_info:
    quay_host: https://quay.example.com
    image: production/shop:1.4

- name: Read one label of an image
  quaymaster.quay.quay_manifest_label_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    key: stage
  register: stage

- name: Fail when the image is not released
  ansible.builtin.assert:
    that: "'released' in stage.labels | map(attribute='value')"
"""

RETURN = r"""
labels:
  description: Labels of the manifest. Several may have the same key.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Identifier of the label.
      type: str
      returned: always
      sample: 00000000-0000-0000-0000-000000000000
    key:
      description: Key of the label.
      type: str
      returned: always
      sample: stage
    value:
      description: Value of the label.
      type: str
      returned: always
      sample: released
    source_type:
      description: Origin of the label, V(api) for labels that were added later, V(manifest) for those from the image build.
      type: str
      returned: always
      sample: api
    media_type:
      description: Media type of the value, V(text/plain) or V(application/json).
      type: str
      returned: always
      sample: text/plain
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN, image=dict(type="str", required=True), key=dict(type="str", no_log=False)),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
