# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_repository_restore
short_description: Restore Quay repositories as of a moment
version_added: "0.1.0"
description:
  - Lets the tags of a repository, or of all repositories of an organization, point to the images that they pointed to at a moment. Deleted
    and expired tags come back, moved ones go back.
  - Works as long as the server keeps the images, which is the time machine of the organization (C(time_machine_expiration), two weeks by
    default). A moment before that is refused.
  - A second run with the same moment changes nothing.
options:
  repository:
    description:
      - Repository, V(namespace/repository). Without a namespace, it belongs to the account that signs in.
      - One of O(repository) and O(organization) is required.
    type: str
  organization:
    description:
      - Organization all of whose repositories are restored. Deleted repositories cannot come back.
    type: str
  at:
    description:
      - The moment.
      - "A date and time with a zone (V(2026-11-28T09:00:00Z)), or how long ago it was (V(2h))."
    type: str
    required: true
  remove_newer:
    description:
      - Whether to delete tags that were not there at the moment. They stay in the time machine.
    type: bool
    default: false
  max_removals:
    description:
      - Most tags that may lose the image that they point to now, because they move or are removed. With more, the task fails before the first
        write.
    type: int
    default: 100
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scopes C(repo:read) and C(repo:write) and the right to write to the repositories, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - A restored tag is a new one, without the expiration that somebody had set. Labels of the image and policies decide anew when it expires and
    whether it is immutable. It counts as the newest for an auto-prune policy that keeps so many tags, which then takes others; a check warns
    of such policies, as far as the account may read them, and M(quaymaster.quay.quay_policy_preview) tells afterwards what goes.
  - Of an organization that the account does not administer, repositories that it cannot see are left out with a warning.
  - Immutable tags are not moved; with one of them in the way, the task fails before the first write. So it does where a repository that has
    to change is read-only or a mirror.
  - Images come first, then the tags of their signatures (C(sha256-....sig) and the like), then deletions.
seealso:
  - module: quaymaster.quay.quay_tag
  - module: quaymaster.quay.quay_tag_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a repository is as it was before the faulty release
  quaymaster.quay.quay_repository_restore:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    at: "2026-11-27T18:00:00+01:00"
    remove_newer: true

- name: Show what two hours have done to an organization
  quaymaster.quay.quay_repository_restore:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    at: 2h
  check_mode: true
  diff: true
"""

RETURN = r"""
at:
  description: The moment.
  type: str
  returned: always
  sample: "2026-11-27T17:00:00Z"
restored:
  description: Tags that point to their image of then again, or would in check mode. The difference tells the images.
  type: list
  elements: str
  returned: always
  sample: ["production/shop:1.4"]
removed:
  description: Tags that were deleted, or would be in check mode.
  type: list
  elements: str
  returned: always
  sample: ["production/shop:1.5-broken"]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            repository=dict(type="str"),
            organization=dict(type="str"),
            at=dict(type="str", required=True),
            remove_newer=dict(type="bool", default=False),
            max_removals=dict(type="int", default=100),
        ),
        mutually_exclusive=[
            ["repository", "organization"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        required_one_of=[["repository", "organization"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
