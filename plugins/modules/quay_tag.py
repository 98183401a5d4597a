# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_tag
short_description: Manage image tags in Quay
version_added: "0.1.0"
description:
  - Adds tags to images, moves and deletes them, sets their expiration, and makes them immutable.
  - Brings deleted and moved tags back from the server's time machine, and deletes tags for good.
options:
  image:
    description:
      - Image, V(namespace/repository:tag) or V(namespace/repository@digest). The namespace is an organization or a user.
      - Without tag and digest, the tag V(latest) is meant. With both, the digest counts.
      - Without a namespace, the image belongs to the account that signs in.
      - The image must exist, unless O(state=absent).
      - With O(state=restored), V(namespace/repository:tag) is the tag to bring back; with a digest, O(tag) gets this image.
    type: str
    required: true
  tag:
    description:
      - Tag to put on the image, or to delete. A tag that points to another image is moved.
      - Up to 128 letters, digits, V(_), V(.) and V(-), not starting with V(.) or V(-).
      - Omitted or empty, the tag in O(image) is meant. Required when O(image) has a digest.
    type: str
  expiration:
    description:
      - Date and time at which the server deletes the tag, in the form of O(expiration_format). It lies in the future.
      - An empty value means that the tag never expires. Omitted keeps the date.
      - V(+30d) means at the latest so long from now. A tag that expires earlier keeps its date, so that a later run changes nothing.
      - The time zone is that of the machine where the module runs, unless the value names one (C(%z)).
      - The server keeps the date between one hour and two years after the tag was put on its image, by default
        (C(LABELED_EXPIRATION_MINIMUM) and C(LABELED_EXPIRATION_MAXIMUM)).
    type: str
  expiration_format:
    description:
      - Form of O(expiration), with the directives of C(strptime).
      - Known are C(%Y %y %m %d %j %b %B %a %A %H %I %p %M %S %f %z %Z %%), and C(%s) for seconds since 1970. Names of months and days
        are English.
    type: str
    default: "%Y%m%d%H%M.%S"
  immutable:
    description:
      - Whether the tag can be neither moved nor deleted. Omitted keeps it.
      - Requires Quay 3.17 or later with C(FEATURE_IMMUTABLE_TAGS) on (it is off by default).
      - An immutable tag has no expiration, unless the server allows both (C(FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE)).
      - V(false) needs an administrator of the repository and the scope C(repo:admin).
    type: bool
  match:
    description:
      - Names of tags, or patterns with V(*), V(?) and V([...]). All tags of the repository that fit are meant, and O(image) names the
        repository alone.
      - With O(state=absent) they are deleted, except immutable ones, of which a warning tells. With O(state=present) they get
        O(expiration) and O(immutable) where they are.
    type: list
    elements: str
  keep:
    description:
      - With O(match), names or patterns of tags that are left alone.
    type: list
    elements: str
  older_than:
    description:
      - With O(match), takes only tags that were put on their image at least so long ago, for example V(30d).
    type: str
  max_removals:
    description:
      - With O(match), most tags that the call may change. With more, the task fails before the first write.
      - Omitted, it is 100. With O(permanent=true) it must be given.
    type: int
  at:
    description:
      - With O(state=restored), the moment whose image the tag gets again.
      - "A date and time with a zone (V(2026-11-28T09:00:00Z)), one in the form of O(expiration_format), or how long ago it was (V(2h))."
      - Omitted, the tag gets the image that it had last before the present one, or before it was deleted. A tag that a restore has brought
        back stays then.
    type: str
  permanent:
    description:
      - With O(state=absent), also takes the tag out of the history, so that nobody can restore it.
      - There is no way back. The server must permit it (C(PERMANENTLY_DELETE_TAGS), which is off by default).
    type: bool
    default: false
  digest:
    description:
      - With O(state=absent) and O(permanent=true), takes only the history of this image away. The tag itself stays.
    type: str
  state:
    description:
      - V(present) puts the tag on the image. A moved tag is a new one, which loses its expiration and its immutability, until the labels of
        the image or a policy give it new ones.
      - V(absent) deletes the tag. An image without tags is removed by the server after a while (C(time_machine_expiration) of the
        organization). Until then the tag can be restored.
      - V(restored) lets the tag point to an image again that it pointed to before. It is a new tag then, without the expiration that
        somebody had set; labels of the image and policies decide anew when it expires and whether it is immutable. The tags of its
        signatures (C(sha256-....sig)) are restored by their own names.
    type: str
    choices: [present, absent, restored]
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
  - Not possible in repositories that are read-only or mirrors, but for O(permanent).
seealso:
  - module: quaymaster.quay.quay_tag_info
  - module: quaymaster.quay.quay_manifest_label
  - module: quaymaster.quay.quay_organization_immutability
  - module: quaymaster.quay.quay_repository_immutability
  - module: quaymaster.quay.quay_repository_prune
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure the tag stable points to the same image as 1.4
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    tag: stable
  register: stable

- name: Show the digest behind the tag
  ansible.builtin.debug:
    msg: "{{ stable.tag }} is {{ stable.manifest_digest }}."

- name: Ensure a digest has a tag that expires
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: "production/shop@{{ shop_digest }}"
    tag: preview
    expiration: "2027-01-31 18:00 +0000"
    expiration_format: "%Y-%m-%d %H:%M %z"

- name: Ensure a tag never expires
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    expiration: ""

- name: Ensure a tag is immutable
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    immutable: true

- name: Ensure a tag is gone
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.2
    state: absent

- name: Ensure the images of old pull requests are gone
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop
    match: ["pr-*"]
    keep: [pr-template]
    older_than: 30d
    max_removals: 20
    state: absent

- name: Ensure builds of branches expire within two weeks
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop
    match: ["branch-*"]
    expiration: "+14d"

- name: Ensure a deleted tag is back
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:1.4
    state: restored

- name: Ensure a tag is where it was on Friday evening
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:stable
    at: "2026-11-27T18:00:00+01:00"
    state: restored

- name: Ensure nobody can restore a tag
  quaymaster.quay.quay_tag:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    image: production/shop:leaked
    permanent: true
    state: absent
"""

RETURN = r"""
tag:
  description: Name of the tag.
  type: str
  returned: when O(state) is not V(absent) and O(match) is not given
  sample: stable
manifest_digest:
  description: Digest of the manifest that the tag points to. Null in a check that takes an image which O(image) names by a tag as made earlier.
  type: str
  returned: when O(state) is not V(absent) and O(match) is not given
  sample: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
end_ts:
  description: When the tag expires, in seconds since 1970. Null when it never does.
  type: int
  returned: when O(state) is not V(absent) and O(match) is not given, except in check mode for a tag that is put on an image
  sample: 1801418400
tags:
  description: Names of the tags that were changed, or would be in check mode.
  type: list
  elements: str
  returned: when O(match) is given
  sample: [pr-17, pr-21]
immutable:
  description: Whether the tag is immutable now. Null when the server knows no immutable tags.
  type: bool
  returned: when O(state=restored), except in check mode for a tag that is restored
  sample: false
recoverable_until:
  description:
    - Until when the deleted tag can be restored at least, in seconds since 1970, as long as nobody shortens the time machine of the
      organization. 0 when it is deleted for good.
  type: int
  returned: when O(state=absent) and the tag was there
  sample: 1801418400
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            image=dict(type="str", required=True),
            tag=dict(type="str"),
            expiration=dict(type="str"),
            expiration_format=dict(type="str", default="%Y%m%d%H%M.%S"),
            immutable=dict(type="bool"),
            match=dict(type="list", elements="str"),
            keep=dict(type="list", elements="str"),
            older_than=dict(type="str"),
            max_removals=dict(type="int"),
            at=dict(type="str"),
            permanent=dict(type="bool", default=False),
            digest=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent", "restored"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
