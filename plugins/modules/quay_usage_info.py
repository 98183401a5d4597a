# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_usage_info
short_description: Read how much storage Quay's organizations and repositories use
version_added: "0.1.0"
description:
  - Returns the storage that organizations, repositories and personal namespaces use, their quotas, and what is refused now or soon.
  - Sizes are those that Quay counts, of compressed layers and configurations, each once in an organization and once in each repository. So
    the repositories do not add up to the organization, and layers that organizations share count in each.
  - Deleted tags count until the time machine ends and the garbage collector has run. Uploads in progress do not count.
  - A superuser reads all organizations in one request for each 100. Others, and O(organizations), take one request for each organization.
options:
  organizations:
    description: Names of organizations. All that the caller sees when omitted.
    type: list
    elements: str
  repositories:
    description: Return each repository as well. One request for each organization, and for each 100 repositories.
    type: bool
    default: false
  users:
    description: Return the personal namespaces as well. Needs a superuser or a global read-only superuser.
    type: bool
    default: false
  pulls:
    description:
      - Return the pull counters of each live tag as well, with O(repositories). Quay lists none, so it takes a request for each tag.
      - Needs Quay 3.16 or later with C(FEATURE_IMAGE_PULL_STATS) on. Quay counts every 5 minutes.
    type: bool
    default: false
  registry_size:
    description: Return the size of the whole registry as well. Needs a superuser or a global read-only superuser.
    type: bool
    default: false
  recalculate:
    description:
      - Ask Quay to count the size of the registry anew, unless that is waiting or running already. Needs a superuser.
      - Quay counts some time later; read it then with O(registry_size).
    type: bool
    default: false
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs C(FEATURE_QUOTA_MANAGEMENT), which is off by default, and C(FEATURE_EDIT_QUOTA), which is on by default. With either off there are
    no sizes, and the module fails, unless O(registry_size), O(recalculate) or O(pulls) asks for what Quay knows without them.
  - Needs a token with the scope C(super:user) and a superuser, or a global read-only superuser, for everything; members of an organization
    see its size. What the caller may not see is left out with a warning.
seealso:
  - module: quaymaster.quay.quay_quota
  - module: quaymaster.quay.quay_pull_stat_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read the usage of all organizations
  quaymaster.quay.quay_usage_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
  register: usage

- name: Tell where pushes are refused, or will be soon
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.percent }} % of {{ item.quota | human_readable }}, {{ item.problem }}"
  loop: "{{ usage.organizations | selectattr('problem') }}"

- name: Read the largest repositories of an organization
  quaymaster.quay.quay_usage_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organizations: [production]
    repositories: true
  register: production

- name: Let Quay count the registry
  quaymaster.quay.quay_usage_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    recalculate: true
"""

RETURN = r"""
organizations:
  description: The organizations, sorted by name.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Name of the organization.
      type: str
      sample: production
    size:
      description: Bytes that it uses. Null while Quay is counting, and where it does not.
      type: int
      sample: 52326400
    status:
      description:
        - V(complete) when the size is current, V(running) while it is being counted, V(waiting) before that.
        - V(unmeasured) where the server does not count.
      type: str
      sample: complete
    uncertain:
      description: Whether the size was counted by a rule of an old version.
      type: bool
      sample: false
    quota:
      description: Bytes that it may use; the server's default quota when it has none of its own. Null without any.
      type: int
      sample: 107374182400
    percent:
      description: Used part of the quota. Null without quota or size.
      type: int
      sample: 48
    limits:
      description: The limits of its own quota, with C(type) (V(Warning) or V(Reject)) and C(percent).
      type: list
      elements: dict
      sample: [{type: Warning, percent: 80}]
    problem:
      description:
        - Null when nothing is wrong.
        - V(refused) when pushes are refused, V(refused_soon) when less than 10 percent of the quota are left before that.
        - V(warned) when a limit that warns is reached, V(over_quota) when the quota is used up and nothing refuses pushes.
      type: str
      sample: refused_soon
    repositories:
      description:
        - With O(repositories), each with C(name), C(size), C(last_modified) (null when nothing was ever pushed), C(popularity) (actions of the
          last week, counted once a day) and C(state).
        - With O(pulls) also C(pulls), a list with C(tag), C(tag_pull_count), C(last_tag_pull), C(manifest_pull_count) and
          C(last_manifest_pull) of each live tag. Tags of one image show the same C(manifest_pull_count).
      type: list
      elements: dict
      sample: [{name: shop, size: 41943040, last_modified: "2026-11-28T03:34:49Z", popularity: 12.0, state: NORMAL}]
users:
  description: The personal namespaces, sorted by name, with the same keys.
  type: list
  elements: dict
  returned: when O(users=true)
registry:
  description: The size of all stored layers, each once, those of deleted repositories too until they are collected.
  type: dict
  returned: when O(registry_size=true) or O(recalculate=true)
  contains:
    size:
      description: Bytes. Null when it was never counted.
      type: int
      sample: 52326400
    calculated:
      description: When it was counted. Null when never.
      type: str
      sample: "2026-11-28T03:35:11Z"
    queued:
      description: Whether a count waits.
      type: bool
      sample: false
    running:
      description: Whether a count runs.
      type: bool
      sample: false
total:
  description: Sum of the namespaces that are returned. Null when the size of one is not known.
  type: int
  returned: always
  sample: 52326400
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organizations=dict(type="list", elements="str"),
            repositories=dict(type="bool", default=False),
            users=dict(type="bool", default=False),
            pulls=dict(type="bool", default=False),
            registry_size=dict(type="bool", default=False),
            recalculate=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
