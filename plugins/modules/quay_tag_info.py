# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_tag_info
short_description: List the tags of a Quay repository
version_added: "0.1.0"
description:
  - Returns the tags of a repository with their history, one entry for each period in which a tag pointed to an image, the newest first.
  - A repository that does not exist gives an empty list and RV(exists=false), and no failure.
options:
  repository:
    description:
      - Name of the repository, V(namespace/repository), without tag and digest. Without a namespace, the repository belongs to the account
        that signs in.
    type: str
    required: true
  tag:
    description:
      - Return only the entries of exactly this tag. Omitted or empty returns all.
      - Mutually exclusive with O(digest).
    type: str
  digest:
    description:
      - Return only the entries of tags that point, or pointed, to this digest, for example V(sha256:...). Omitted or empty returns all.
      - Mutually exclusive with O(tag).
    type: str
  only_active_tags:
    description:
      - Whether to leave out deleted, moved and expired entries.
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
  - Public repositories can be read without a login. Others need a token with the scope C(repo:read) and the right to read.
seealso:
  - module: quaymaster.quay.quay_tag
  - module: quaymaster.quay.quay_pull_stat_info
  - module: quaymaster.quay.quay_vulnerability_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: List the tags of a public repository, with their history
  quaymaster.quay.quay_tag_info:
    quay_host: https://quay.example.com
    repository: production/shop

- name: Find the tags that point to an image
  quaymaster.quay.quay_tag_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    digest: "{{ shop_digest }}"
    only_active_tags: true
  register: shop

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ shop.tags | map(attribute='name') | join(', ') }}"

- name: Look for a tag
  quaymaster.quay.quay_tag_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    tag: "1.4"
    only_active_tags: true
  register: release

- name: Fail when the tag is missing
  ansible.builtin.assert:
    that: release.tags | length > 0
"""

RETURN = r"""
exists:
  description: Whether the repository exists.
  type: bool
  returned: always
  sample: true
tags:
  description: Entries as the server sends them, the newest first. Newer servers may add keys.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Name of the tag.
      type: str
      returned: always
      sample: "1.4"
    manifest_digest:
      description: Digest that the tag points or pointed to.
      type: str
      returned: always
      sample: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    size:
      description: Size of the image in bytes, null when unknown.
      type: int
      returned: always
      sample: 3418409
    start_ts:
      description: When the tag was put on the image, in seconds since 1970.
      type: int
      returned: always
      sample: 1767600900
    last_modified:
      description: When the tag was put on the image, in the form of RFC 2822.
      type: str
      returned: always
      sample: Mon, 05 Jan 2026 08:15:00 -0000
    end_ts:
      description: End of the entry, in seconds since 1970. In the past for deleted, moved and expired tags, in the future for tags that will expire.
      type: int
      returned: when the entry has an end
      sample: 1801418400
    expiration:
      description: The same as C(end_ts), in the form of RFC 2822.
      type: str
      returned: when the entry has an end
      sample: Sun, 31 Jan 2027 18:00:00 -0000
    immutable:
      description: Whether the tag can be neither moved nor deleted.
      type: bool
      returned: when C(FEATURE_IMMUTABLE_TAGS) is on
      sample: false
    reversion:
      description: Whether the tag was put back to an older image.
      type: bool
      returned: always
      sample: false
    is_manifest_list:
      description: Whether the tag points to a multi-architecture image.
      type: bool
      returned: always
      sample: false
    is_sparse:
      description: Whether images of some architectures are missing.
      type: bool
      returned: for multi-architecture images on recent servers
      sample: false
    child_manifest_count:
      description: Number of images in a multi-architecture image.
      type: int
      returned: for multi-architecture images on recent servers
      sample: 2
    present_child_count:
      description: Number of those images that the server holds.
      type: int
      returned: for multi-architecture images on recent servers
      sample: 2
    child_manifests_presence:
      description: Whether the server holds each of those images.
      type: dict
      returned: for multi-architecture images on recent servers
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            repository=dict(type="str", required=True),
            tag=dict(type="str"),
            digest=dict(type="str"),
            only_active_tags=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["tag", "digest"], ["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
