# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_notification
short_description: Manage the notifications of Quay repositories
version_added: "0.1.0"
description:
  - Creates and deletes the notifications that a repository sends when something happens, tests them, and resets their failure counter.
  - Quay cannot change a notification. When exactly one is selected by its O(title) and differs, the module creates a new one and
    deletes the old one afterwards.
options:
  repository:
    description:
      - Name of the repository, V(namespace/repository). Without a namespace, the repository belongs to the account that signs in.
      - It must exist, unless O(state=absent).
    type: str
    required: true
  title:
    description:
      - Title of the notification. Required to create one.
      - Without O(search_string) and O(regexp), it selects the notifications with exactly this title.
      - When none of the three is given, O(event) and O(method) select.
    type: str
  event:
    description:
      - What triggers the notification. Required to create one.
      - The events V(build_*) require C(FEATURE_BUILD_SUPPORT) on the server, V(repo_mirror_sync_*) C(FEATURE_REPO_MIRROR),
        V(vulnerability_found) C(FEATURE_SECURITY_SCANNER) and V(repo_image_expiry) C(FEATURE_IMAGE_EXPIRY_TRIGGER).
        The server accepts the events without them, but they never happen; a warning says so.
    type: str
    choices:
      - repo_push
      - build_failure
      - build_queued
      - build_start
      - build_success
      - build_cancelled
      - vulnerability_found
      - repo_mirror_sync_started
      - repo_mirror_sync_success
      - repo_mirror_sync_failed
      - repo_image_expiry
  method:
    description:
      - How the notification is delivered. Required to create one, together with the parameters in O(config).
      - V(email) needs O(config.email), an address that is confirmed for the repository in the web interface, and C(FEATURE_MAILING).
      - V(flowdock) needs O(config.flow_api_token).
      - V(hipchat) needs O(config.room_id) and O(config.notification_token).
      - V(quay_notification) shows the notification in the web interface, and needs O(config.name).
      - V(slack) needs O(config.url).
      - V(webhook) needs O(config.url) and understands O(config.template).
    type: str
    choices: [email, flowdock, hipchat, quay_notification, slack, webhook]
  config:
    description:
      - Parameters of the O(method). Required to create a notification. Those of another method are an error, where they exclude each other.
    type: dict
    suboptions:
      type:
        description:
          - Kind of account that O(config.name) is, for O(method=quay_notification).
        type: str
        choices: [user, team, org]
        default: user
      name:
        description:
          - User, team of the organization, or organization that sees the notification, for O(method=quay_notification).
          - No robot. An organization must be the namespace of the repository.
        type: str
      email:
        description:
          - Address to write to, for O(method=email).
        type: str
      url:
        description:
          - Address to call, for O(method=webhook) and O(method=slack). It starts with V(http://) or V(https://) and does not lead to the
            server itself. It often holds a secret and is masked in the difference.
        type: str
      template:
        description:
          - Body to send, for O(method=webhook). JSON, as text or as a structure. Without it, the server sends a standard body.
        type: raw
      room_id:
        description:
          - Room to write to, for O(method=hipchat). Requires O(config.notification_token).
        type: str
      notification_token:
        description:
          - Token of the room, for O(method=hipchat). Requires O(config.room_id).
        type: str
      flow_api_token:
        description:
          - Token of the flow, for O(method=flowdock).
        type: str
  vulnerability_level:
    description:
      - Lowest severity that triggers O(event=vulnerability_found). Worse ones trigger it too.
    type: str
    choices: [critical, high, medium, low, negligible, unknown]
  image_expiry_days:
    description:
      - Days before the expiration of an image that trigger O(event=repo_image_expiry), 1 or more.
      - Requires Quay 3.12 or later.
    type: int
    default: 7
  ref_regex:
    description:
      - For the events V(build_*), only builds of branches and tags that this regular expression fits trigger the notification, for
        example V(heads/release-.+). Omitted keeps the setting; empty stands for all builds.
    type: str
  regexp:
    description:
      - Select the notifications in whose title this regular expression finds something. The syntax is that of Python.
      - Mutually exclusive with O(search_string).
    type: str
    aliases: [regex]
  search_string:
    description:
      - Select the notifications whose title contains this string.
      - Mutually exclusive with O(regexp).
    type: str
  test:
    description:
      - Whether to send a test through each selected notification, a new one included. A test is no change.
    type: bool
    default: false
  reset_failcount:
    description:
      - Whether to set the failure counter of the selected notifications to zero. The server stops using a notification after three
        failures.
    type: bool
    default: false
  state:
    description:
      - V(present) creates the notification when none is selected.
      - V(absent) deletes all selected notifications.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a token with the scope C(repo:admin) and an administrator of the repository, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - When several notifications are selected, or when they are not selected by their exact title, differences bring a warning and are not
    corrected. Equal notifications with that exact title are reduced to one.
seealso:
  - module: quaymaster.quay.quay_repository
  - module: quaymaster.quay.quay_message
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a webhook is called after each push
  quaymaster.quay.quay_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    title: Deploy
    event: repo_push
    method: webhook
    config:
      url: "{{ deploy_hook_url }}"

- name: Ensure the developers hear of severe vulnerabilities, and send them a test
  quaymaster.quay.quay_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    title: Vulnerabilities
    event: vulnerability_found
    vulnerability_level: high
    method: quay_notification
    config:
      type: team
      name: developers
    test: true
  register: vulnerabilities

- name: Show the identifiers
  ansible.builtin.debug:
    var: vulnerabilities.uuids

- name: Send a JSON document of our own to a webhook
  quaymaster.quay.quay_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    title: Inventory
    event: repo_push
    method: webhook
    config:
      url: "{{ inventory_hook_url }}"
      template:
        source: quay
        repository: production/shop

- name: Let failed notifications work again
  quaymaster.quay.quay_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    regexp: ".*"
    reset_failcount: true

- name: Ensure a notification is gone
  quaymaster.quay.quay_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    repository: production/shop
    title: Deploy
    state: absent
"""

RETURN = r"""
uuids:
  description: Identifiers of the selected notifications, or of the one that was created.
  type: list
  elements: str
  returned: when O(state=present), except for a new notification in check mode
  sample: [00000000-0000-0000-0000-000000000000]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            repository=dict(type="str", required=True),
            title=dict(type="str"),
            event=dict(
                type="str",
                choices=[
                    "repo_push",
                    "build_failure",
                    "build_queued",
                    "build_start",
                    "build_success",
                    "build_cancelled",
                    "vulnerability_found",
                    "repo_mirror_sync_started",
                    "repo_mirror_sync_success",
                    "repo_mirror_sync_failed",
                    "repo_image_expiry",
                ],
            ),
            method=dict(type="str", choices=["email", "flowdock", "hipchat", "quay_notification", "slack", "webhook"]),
            config=dict(
                type="dict",
                options=dict(
                    type=dict(type="str", default="user", choices=["user", "team", "org"]),
                    name=dict(type="str"),
                    email=dict(type="str"),
                    url=dict(type="str"),
                    template=dict(type="raw"),
                    room_id=dict(type="str"),
                    notification_token=dict(type="str", no_log=True),
                    flow_api_token=dict(type="str", no_log=True),
                ),
                mutually_exclusive=[
                    ["name", "email"],
                    ["name", "url"],
                    ["name", "template"],
                    ["name", "room_id"],
                    ["name", "notification_token"],
                    ["name", "flow_api_token"],
                    ["email", "url"],
                    ["email", "template"],
                    ["email", "room_id"],
                    ["email", "notification_token"],
                    ["email", "flow_api_token"],
                    ["url", "room_id"],
                    ["url", "notification_token"],
                    ["url", "flow_api_token"],
                    ["room_id", "flow_api_token"],
                    ["room_id", "template"],
                    ["flow_api_token", "template"],
                ],
                required_together=[["room_id", "notification_token"]],
            ),
            vulnerability_level=dict(
                type="str",
                choices=["critical", "high", "medium", "low", "negligible", "unknown"],
            ),
            image_expiry_days=dict(type="int", default=7),
            ref_regex=dict(type="str"),
            regexp=dict(type="str", aliases=["regex"]),
            search_string=dict(type="str"),
            test=dict(type="bool", default=False),
            reset_failcount=dict(type="bool", default=False),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[
            ["regexp", "search_string"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
