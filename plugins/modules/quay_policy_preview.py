# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_policy_preview
short_description: Read which tags policies of Quay would prune or lock now
version_added: "0.1.0"
description:
  - Returns the tags that auto-pruning would delete now, by the policies on the server or by others that you think of.
  - Returns the tags that new immutability policies would lock as soon as they are set. What they lock is no longer pruned.
  - Quay prunes within about an hour of a change; nothing tells when. A pruned tag can be restored until its time machine ends.
  - Policies of a repository add to those of its organization and to the one in the configuration of the server
    (C(DEFAULT_NAMESPACE_AUTOPRUNE_POLICY)). Only repositories in the state V(NORMAL) are pruned.
  - An organization or repository that does not exist gives RV(exists=false) and no failure.
options:
  organization:
    description:
      - Organization or personal namespace whose repositories are looked at.
      - Exactly one of O(organization) and O(repository) is needed.
    type: str
  repository:
    description:
      - Repository that is looked at, V(namespace/repository). Without a namespace, it belongs to the account that signs in.
      - Whether a policy of another repository of the namespace stops the pruning is seen with O(organization) only.
    type: str
  prune_policies:
    description:
      - Auto-prune policies that the organization or the repository shall have. Those of the other level count as they are on the server.
      - Omitted, those on the server are looked at.
    type: list
    elements: dict
    suboptions:
      method:
        description: V(tags) keeps the newest tags, V(date) deletes tags that are older than the value.
        type: str
        choices: [tags, date]
        required: true
      value:
        description: Number of tags to keep, or an age such as V(30d), as in M(quaymaster.quay.quay_repository_prune).
        type: str
        required: true
      tag_pattern:
        description: Regular expression that selects tags, if it matches any part of them. Omitted or empty, all tags are meant.
        type: str
      tag_pattern_matches:
        description: Whether the tags that match are meant (V(true)) or all others (V(false)).
        type: bool
        default: true
  immutability_policies:
    description: Immutability policies to be set. Those on the server have locked their tags when they were made.
    type: list
    elements: dict
    suboptions:
      tag_pattern:
        description: Regular expression that has to match the whole tag, 1 to 256 characters.
        type: str
        required: true
      behavior:
        description: Which tags are locked, those that match (V(matching_immutable), the default) or all others.
        type: str
        choices: [matching_immutable, not_matching_immutable]
  mode:
    description:
      - V(replace) takes O(prune_policies) in the place of those that the organization or repository has.
      - V(add) takes them beside those.
    type: str
    choices: [replace, add]
    default: replace
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(repo:read) and a user who may read the repositories. Policies are only shown to administrators, with the
    scopes C(repo:admin) and C(org:admin); those that are hidden are left out, with a warning.
  - Takes one request for the policies of each repository, and one for each 100 tags of those that a policy concerns.
  - A pattern that the database of the server refuses stops the pruning of the whole namespace, without a sign in Quay. So does a policy
    of a repository that is read-only or a mirror, unless the namespace has a policy, too. The module warns of both, and lists no tags then.
  - The database of the server evaluates the patterns of O(prune_policies). Where databases differ, a warning says so.
seealso:
  - module: quaymaster.quay.quay_organization_prune
  - module: quaymaster.quay.quay_repository_prune
  - module: quaymaster.quay.quay_organization_immutability
  - module: quaymaster.quay.quay_repository_immutability
  - module: quaymaster.quay.quay_tag
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read what is pruned next in an organization
  quaymaster.quay.quay_policy_preview:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
  register: preview

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.repository }}:{{ item.tag }} goes by {{ item.policy }}"
  loop: "{{ preview.prune }}"

- name: Try policies before they are set
  quaymaster.quay.quay_policy_preview:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    prune_policies:
      - method: tags
        value: 20
        tag_pattern: ^v
        tag_pattern_matches: false
    immutability_policies:
      - tag_pattern: v[0-9]+\.[0-9]+
    mode: add
  register: preview

- name: Stop before too much is lost
  ansible.builtin.assert:
    that: preview.prune | length < 50
"""

RETURN = r"""
exists:
  description: Whether the organization or the repository exists. When not, there are no tags.
  type: bool
  returned: always
  sample: true
prune:
  description: The tags that would be deleted, empty when there are none.
  type: list
  elements: dict
  returned: always
  contains:
    repository:
      description: Full name of the repository.
      type: str
      sample: production/shop
    tag:
      description: The tag.
      type: str
      sample: v1.0
    manifest_digest:
      description: Digest of the image that it points to.
      type: str
      sample: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    age:
      description: Seconds since the tag was pushed, moved or restored.
      type: int
      sample: 864000
    policy:
      description: The policy that takes it, and its place.
      type: str
      sample: tags 20 of the namespace production
    borderline:
      description:
        - Whether Quay tells too little to be sure. Of tags of one second, another one may go in the place of this one, and one that just comes
          of age may stay for the moment. A warning names all tags of the second.
      type: bool
      sample: false
lock:
  description: The tags that would be locked, empty when there are none.
  type: list
  elements: dict
  returned: always
  contains:
    repository:
      description: Full name of the repository.
      type: str
      sample: production/shop
    tag:
      description: The tag.
      type: str
      sample: v1.0
    loses_expiration:
      description: Whether the tag has an expiration that locking removes.
      type: bool
      sample: false
tags:
  description: How many tags were looked at, those of the repositories that a policy concerns.
  type: int
  returned: always
  sample: 120
repositories:
  description: How many repositories a policy concerns.
  type: int
  returned: always
  sample: 3
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str"),
            repository=dict(type="str"),
            prune_policies=dict(
                type="list",
                elements="dict",
                options=dict(
                    method=dict(type="str", required=True, choices=["tags", "date"]),
                    value=dict(type="str", required=True),
                    tag_pattern=dict(type="str"),
                    tag_pattern_matches=dict(type="bool", default=True),
                ),
            ),
            immutability_policies=dict(
                type="list",
                elements="dict",
                options=dict(
                    tag_pattern=dict(type="str", required=True),
                    behavior=dict(type="str", choices=["matching_immutable", "not_matching_immutable"]),
                ),
            ),
            mode=dict(type="str", default="replace", choices=["replace", "add"]),
        ),
        mutually_exclusive=[
            ["organization", "repository"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        required_one_of=[["organization", "repository"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
