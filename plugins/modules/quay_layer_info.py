# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_layer_info
short_description: List the layers of an image in Quay
version_added: "0.1.0"
description:
  - Returns the layers of an image with the commands that created them, the top layer first.
  - An image that does not exist gives an empty list and no failure.
  - Multi-architecture images have no layers of their own. The list is empty then, and a warning asks for the digest of one architecture.
options:
  image:
    description:
      - Image, V(namespace/repository:tag) or V(namespace/repository@digest). The namespace is an organization or a user.
      - Without tag and digest, the tag V(latest) is meant. With both, the digest counts.
      - Without a namespace, the image belongs to the account that signs in.
    type: str
    required: true
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
  - module: quaymaster.quay.quay_manifest_label_info
  - module: quaymaster.quay.quay_tag_info
  - module: quaymaster.quay.quay_vulnerability_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: List the layers of a public image
  quaymaster.quay.quay_layer_info:
    quay_host: https://quay.example.com
    image: production/shop:1.4

- name: List the layers of the image with this digest
  quaymaster.quay.quay_layer_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: "production/shop@{{ shop_digest }}"
  register: shop

- name: Show the command behind each layer, from the base to the top
  ansible.builtin.debug:
    msg: "{{ item.index }}: {{ (item.command or ['-']) | join(' ') }}"
  loop: "{{ shop.layers | reverse }}"
  loop_control:
    label: "{{ item.index }}"
"""

RETURN = r"""
layers:
  description: Layers from the top to the base. Empty when the image does not exist or has several architectures.
  type: list
  elements: dict
  returned: always
  contains:
    index:
      description: Position of the layer, V(0) is the base.
      type: int
      returned: always
      sample: 1
    command:
      description: Command that created the layer, null when the image does not record it.
      type: list
      elements: str
      returned: always
      sample: ["/bin/sh -c #(nop)  CMD [\"/bin/sh\"]"]
    created_datetime:
      description: When the layer was created, in the form of RFC 2822. Null when unknown.
      type: str
      returned: always
      sample: Mon, 05 Jan 2026 08:15:00 -0000
    compressed_size:
      description: Size of the compressed layer in bytes, null when unknown.
      type: int
      returned: always
      sample: 3418409
    is_remote:
      description: Whether the layer is stored elsewhere.
      type: bool
      returned: always
      sample: false
    urls:
      description: Where a remote layer is stored, null for others.
      type: list
      elements: str
      returned: always
    comment:
      description: Comment in the history of the image, null without one.
      type: str
      returned: always
    author:
      description: Author in the history of the image, null without one.
      type: str
      returned: always
    blob_digest:
      description: Digest of the compressed layer.
      type: str
      returned: always
      sample: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN, image=dict(type="str", required=True)),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
