# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_mirror_info
short_description: Read how the mirrors in Quay are doing
version_added: "0.1.0"
description:
  - Returns the mirrors of the whole server, of a namespace or of one repository, with what is wrong with each.
  - The state of the mirrors of repositories comes from the health of the server where it tells that (Quay 3.18 and later, to superusers
    with full access, and with O(organization) to its members), in one request for each 1000 mirrors. That health knows only mirrors that are
    enabled and whose repository is in the state V(MIRROR), and it does not tell when they run next.
  - Elsewhere each repository in the state V(MIRROR) is asked for its mirror, which takes one request each. Disabled mirrors are among those.
  - A mirror whose repository is in another state than V(MIRROR) is seen with O(repository) only.
  - Without O(organization) and O(repository), all organizations that the caller sees are asked for their mirror, which takes one request
    each; mirrors that the caller does not administer are left out, with a warning.
  - An organization or repository that does not exist gives RV(exists=false) and no failure.
options:
  organization:
    description:
      - Organization or personal namespace whose mirrors are read, those of its repositories and that of the organization.
      - Mutually exclusive with O(repository). Without both, the whole server is read.
    type: str
  repository:
    description:
      - Repository whose mirror is read, V(namespace/repository). Without a namespace, it belongs to the account that signs in.
      - A repository that the mirror of its organization made is looked up there.
      - Mutually exclusive with O(organization).
    type: str
  problems_only:
    description: Leave out the mirrors that have no problem.
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
  - Needs a token with the scopes C(repo:admin) and C(org:admin), and a user who is an administrator of the organization. O(repository) can
    do with C(repo:admin) and an administrator of the repository, unless the mirror of the organization made it.
  - Why the mirror of a repository failed stands only in the newest lines of the log of the repository, which is read for failing mirrors.
seealso:
  - module: quaymaster.quay.quay_repository_mirror
  - module: quaymaster.quay.quay_org_mirror
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read which mirrors need attention
  quaymaster.quay.quay_mirror_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    problems_only: true
  register: found

- name: Read which mirrors of the whole server need attention
  quaymaster.quay.quay_mirror_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    problems_only: true

- name: Make sure that the name is right
  ansible.builtin.assert:
    that: found.exists

- name: Report them
  ansible.builtin.debug:
    msg: "{{ item.repository }}: {{ item.problem }} {{ item.message | default('', true) }}"
  loop: "{{ found.mirrors }}"

- name: Free those that are stuck
  quaymaster.quay.quay_repository_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: "{{ item.repository }}"
    recover: true
  loop: "{{ found.mirrors | selectattr('problem', 'equalto', 'stuck') }}"

- name: Read the mirror of one repository
  quaymaster.quay.quay_mirror_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
"""

RETURN = r"""
exists:
  description: Whether the organization or the repository exists. When not, there are no mirrors.
  type: bool
  returned: always
  sample: true
mirrors:
  description: The mirrors, empty when there are none.
  type: list
  elements: dict
  returned: always
  contains:
    repository:
      description: Full name of the repository. Null for the search of an organization's mirror for repositories.
      type: str
      sample: production/shop
    kind:
      description: V(repository) for a mirror of a repository of its own, V(organization) for what belongs to the mirror of the organization.
      type: str
      sample: repository
    enabled:
      description: Whether the mirror is enabled. For repositories of an organization's mirror, whether that is.
      type: bool
      sample: true
    status:
      description:
        - What Quay says, V(NEVER_RUN), V(SYNC_NOW), V(SYNCING), V(SUCCESS), V(FAIL), V(CANCEL) or V(SKIP).
        - V(SUCCESS) of a search says nothing about the repositories that it found.
      type: str
      sample: FAIL
    retries_remaining:
      description: How often Quay tries it again before the next interval. Null for repositories of an organization's mirror.
      type: int
      sample: 2
    next:
      description:
        - When the next synchronization is due. Null for repositories of an organization's mirror.
        - Null also where the state comes from the health of the server, which does not tell it, unless the mirror is running.
      type: str
      sample: "2026-02-01T03:00:00Z"
    last_sync:
      description:
        - When it was last synchronized. Quay tells it for repositories of an organization's mirror, and in the health of the server where that
          has its metrics. Null elsewhere.
      type: str
      sample: "2026-01-31T03:04:05Z"
    message:
      description: Why it failed or was skipped, at most 1000 characters. Null when Quay tells no reason, or does not tell it to the caller.
      type: str
      sample: "unauthorized: access to the requested resource is not authorized"
    problem:
      description:
        - Null when nothing is wrong.
        - V(stuck) is a synchronization whose worker is gone. Quay never starts another one.
          O(quaymaster.quay.quay_repository_mirror#module:recover) frees the mirror.
        - V(cancelled) is an enabled mirror that was cancelled. That of a repository sleeps until
          O(quaymaster.quay.quay_repository_mirror#module:force_sync).
        - V(failing) and V(never_run) are the states V(FAIL) and V(NEVER_RUN).
        - V(wrong_state) is a mirror whose repository is not in the state V(MIRROR), so that nothing is synchronized.
        - V(skipped) is a repository that is no longer in the source, or that the filters of the organization's mirror exclude.
      type: str
      sample: failing
healthy:
  description: Whether Quay takes the mirrors of repositories for healthy. Not so when over 20 % of those that have run fail, or workers are missing.
  type: bool
  returned: when O(organization) is given and the server tells its health
  sample: false
issues:
  description: What Quay finds wrong with the mirrors of repositories, at most 5 entries of each sort.
  type: list
  elements: dict
  returned: when O(organization) is given and the server tells its health
  contains:
    severity:
      description: V(critical), V(error) or V(warning).
      type: str
      sample: error
    message:
      description: What is wrong.
      type: str
      sample: Repository production/shop has exhausted all retry attempts
    timestamp:
      description: When Quay found it.
      type: str
      sample: "2026-01-31T03:04:05.678901Z"
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
            problems_only=dict(type="bool", default=False),
        ),
        mutually_exclusive=[
            ["organization", "repository"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
