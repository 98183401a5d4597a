# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_log_info
short_description: Read, count and export the usage log of Quay
version_added: "0.1.0"
description:
  - Returns the log of the whole registry, of an organization, of a repository or of the account that signs in, newest first. Quay writes an
    entry for nearly every change, and for pulls, pushes and log-ins.
  - Quay lists 20 entries a page, which is one request each. Its pages lose entries when two entries across a border have the same time. So
    each finished day (UTC) of the time is compared with the exact numbers that Quay counts, and missing entries are looked for in the logs of
    organizations, repositories and accounts (up to 200 of them). RV(incomplete) tells what is still missing.
  - C(quaymaster logs --follow) collects a log continuously.
options:
  organization:
    description:
      - Organization, or account, whose log is read. That of another account can be read by superusers with full access.
      - At most one of O(organization), O(repository) and O(own). Without them, the log of the whole registry is read.
    type: str
  repository:
    description: Repository whose log is read, V(namespace/repository). Without a namespace, it belongs to the account that signs in.
    type: str
  own:
    description: Read the log of the account that signs in.
    type: bool
    default: false
  since:
    description:
      - The beginning. A date (V(2026-11-28)), a time (V(2026-11-28T10:00:00Z), in UTC where it names no zone), or a period back from now
        (V(6h), V(30d)).
      - 24 hours ago when omitted.
    type: str
  until:
    description:
      - The end, in the same forms; a date is meant with its whole day. Now when omitted.
    type: str
  performer:
    description:
      - Not with an export. Only what this account did, V(NAME) for a user or V(ORGANIZATION+NAME) for a robot account. It must exist.
      - With O(organization) or O(own) only.
    type: str
  kinds:
    description:
      - Not with an export. Only entries of these kinds, such as V(delete_tag) or V(login_failure). All are read, and the others left out here.
    type: list
    elements: str
  count:
    description:
      - Return numbers for each kind and day instead of entries. It takes one request for each calendar month, and counts each day that the
        time touches as a whole.
      - O(performer) has to be an account that the caller can see.
    type: bool
    default: false
  max_entries:
    description: Return at most this number of entries, the newest ones. V(0) is no limit.
    type: int
    default: 10000
  export_url:
    description:
      - Let Quay write the entries of the time, in whole days, to a file, and send the place of the file to this address (C(http) or
        C(https)), as JSON with C(export_id), C(status) and C(exported_data_url). The file is there for an hour.
      - An export has no pages and loses nothing. With local storage (C(LocalStorage)) Quay damages the file, so check that it is JSON and
        ends with a terminator.
      - Not for the whole registry.
    type: str
  export_email:
    description: The same, with the place of the file sent to this e-mail address.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(super:user) and a user who is a superuser or a global read-only superuser for the whole registry,
    C(org:admin) and an administrator for O(organization), C(repo:admin) and an administrator for O(repository), and C(user:admin) for O(own).
  - Reading changes nothing. With O(export_url) or O(export_email) each run queues an export and is a change; check mode queues none.
  - Where C(FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL) is off, Quay does not count, and lost entries are not noticed.
  - Where Quay writes its log to Elasticsearch or Splunk, it shows it only with a search account there (Quay 3.17 and later say so).
seealso:
  - module: quaymaster.quay.quay_pull_stat_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Read who deleted tags this week
  quaymaster.quay.quay_log_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    since: 7d
    kinds: [delete_tag, delete_repo]
  register: deletions

- name: Tell them
  ansible.builtin.debug:
    msg: "{{ item.time }} {{ item.performer.name | default('a worker') }} {{ item.kind }} {{ item.metadata.repo }}"
  loop: "{{ deletions.logs }}"

- name: Make sure that nothing is missing of the days that are over (today is not compared)
  ansible.builtin.assert:
    that:
      - deletions.incomplete == {}
      - not deletions.truncated

- name: Count log-ins that failed, on the whole registry
  quaymaster.quay.quay_log_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    since: 30d
    kinds: [login_failure]
    count: true

- name: Let Quay export the log of November
  quaymaster.quay.quay_log_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    since: "2026-11-01"
    until: "2026-11-30"
    export_url: https://archive.example.com/quay
"""

RETURN = r"""
logs:
  description: The entries, newest first.
  type: list
  elements: dict
  returned: when nothing is counted or exported
  contains:
    time:
      description: When it happened (ISO 8601, UTC, whole seconds).
      type: str
      sample: "2026-11-28T03:34:49Z"
    kind:
      description: What happened. Newer Quays have more kinds.
      type: str
      sample: create_tag
    datetime:
      description: When it happened, as Quay writes it.
      type: str
      sample: Sat, 28 Nov 2026 03:34:49 -0000
    ip:
      description: Where the request came from. Null for what Quay's own workers did.
      type: str
      sample: 192.0.2.1
    performer:
      description: The account that did it, with C(kind), C(name) and C(is_robot). Null for workers, anonymous callers and deleted accounts.
      type: dict
      sample: {kind: user, name: jdoe, is_robot: false}
    namespace:
      description: Where it happened, with C(kind) (V(org) or V(user)) and C(name). Only in the log of the whole registry, while the namespace exists.
      type: dict
      sample: {kind: org, name: production}
    metadata:
      description: What else Quay says, by kind. Passwords in addresses are hidden.
      type: dict
      sample: {namespace: production, repo: shop, tag: v1}
counts:
  description: How many entries there are of each kind on each day. Days without any are left out.
  type: list
  elements: dict
  returned: when O(count=true)
  contains:
    day:
      description: The day, in UTC.
      type: str
      sample: "2026-11-28"
    kind:
      description: What happened.
      type: str
      sample: pull_repo
    count:
      description: How often.
      type: int
      sample: 1204
truncated:
  description: Whether there are more entries than O(max_entries).
  type: bool
  returned: always
  sample: false
incomplete:
  description: >-
    By day and kind, how many entries Quay counts and did not list. Empty when nothing is missing of the finished days that
    were read from end to end; other days are not compared. A day with nothing in it: entries of it cannot be read, and it is not known how many.
  type: dict
  returned: always
  sample: {"2026-11-27": {pull_repo: 19}}
export_id:
  description: What the export is called in what Quay sends.
  type: str
  returned: when O(export_url) or O(export_email) is given, except in check mode
  sample: 1e04ed0e-e977-4826-b6f8-095d91d2c519
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
            own=dict(type="bool", default=False),
            since=dict(type="str"),
            until=dict(type="str"),
            performer=dict(type="str"),
            kinds=dict(type="list", elements="str"),
            count=dict(type="bool", default=False),
            max_entries=dict(type="int", default=10000),
            export_url=dict(type="str"),
            export_email=dict(type="str"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
