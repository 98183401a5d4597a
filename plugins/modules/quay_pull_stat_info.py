# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_pull_stat_info
short_description: Read how often an image was pulled from Quay
version_added: "0.1.0"
description:
  - Returns how often and when a tag or a manifest was pulled.
  - The server counts with some delay. Deleting a tag resets the counter of the tag, not that of the manifest.
  - A repository, tag or manifest that does not exist gives RV(exists=false) and no failure.
options:
  repository:
    description:
      - Name of the repository, V(namespace/repository), without tag and digest. Without a namespace, the repository belongs to the account
        that signs in.
    type: str
    required: true
  tag:
    description:
      - Tag to report on. Without O(tag) and O(digest), the tag V(latest).
      - Mutually exclusive with O(digest).
    type: str
  digest:
    description:
      - Digest of the manifest to report on, for example V(sha256:...).
      - Mutually exclusive with O(tag).
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs Quay 3.16 or later with C(FEATURE_IMAGE_PULL_STATS) on (it is off by default).
  - Public repositories can be read without a login. Others need a token with the scope C(repo:read) and the right to read.
seealso:
  - module: quaymaster.quay.quay_tag_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read how often the latest image was pulled
  quaymaster.quay.quay_pull_stat_info:
    quay_host: https://quay.example.com
    repository: production/shop

- name: Read how often a tag was pulled
  quaymaster.quay.quay_pull_stat_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    tag: "1.3"
  register: pulls

- name: Ensure a tag that nobody pulled is gone
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.3
    state: absent
  when:
    - pulls.exists
    - pulls.tag_pull_count == 0

- name: Read how often the image with this digest was pulled, under whatever tag
  quaymaster.quay.quay_pull_stat_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    digest: "{{ shop_digest }}"
"""

RETURN = r"""
exists:
  description: Whether the repository has that tag or manifest. When not, the counters are V(0) and the dates null.
  type: bool
  returned: always
  sample: true
tag_name:
  description: Name of the tag.
  type: str
  returned: when O(digest) is not given
  sample: "1.3"
tag_pull_count:
  description: How often the tag was pulled.
  type: int
  returned: when O(digest) is not given
  sample: 42
last_tag_pull_date:
  description: When the tag was last pulled, in the form of RFC 2822. Null when it never was.
  type: str
  returned: when O(digest) is not given
  sample: Mon, 05 Jan 2026 08:15:00 -0000
manifest_digest:
  description:
    - Digest of the manifest. For a tag that was pulled, the digest of the last pull, which can be older than what the tag points to.
    - Empty when the tag does not exist.
  type: str
  returned: always
  sample: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
manifest_pull_count:
  description: How often the manifest was pulled, under any tag or by its digest.
  type: int
  returned: always
  sample: 57
last_manifest_pull_date:
  description: When the manifest was last pulled, in the form of RFC 2822. Null when it never was.
  type: str
  returned: always
  sample: Mon, 05 Jan 2026 08:15:00 -0000
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
        ),
        mutually_exclusive=[["tag", "digest"], ["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
