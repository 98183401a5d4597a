# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_organization_notification
short_description: Manage the notifications of Quay organizations about their storage quota
version_added: "0.1.0"
description:
  - Creates and deletes the notifications that an organization sends when its storage quota is used up to a limit, tests them, and resets
    their failure counter.
  - Quay cannot change a notification. When exactly one is selected by its O(title) and differs, the module creates a new one and
    deletes the old one afterwards.
  - Requires Quay 3.18 or later with C(FEATURE_QUOTA_NOTIFICATIONS), which is off by default.
options:
  organization:
    description:
      - Name of the organization. It must exist, unless O(state=absent).
      - One of O(organization) and O(own) is needed.
    type: str
  own:
    description:
      - Whether to manage the notifications of one's own namespace, that of the account that signs in. Nobody reaches those of another
        account.
    type: bool
    default: false
  title:
    description:
      - Title of the notification. Required to create one.
      - It selects the notifications with exactly this title. When it is not given, O(event) and O(method) select.
    type: str
  event:
    description:
      - What triggers the notification. Required to create one.
      - V(quota_warning) happens when a limit of C(warning_pct) of M(quaymaster.quay.quay_quota) is reached, V(quota_error) when one of
        C(reject_pct) is. A notification without a quota or without such a limit is made with a warning, as it is never sent.
      - It happens at a push, when a limit is set below what is used already, and when the server counts every five minutes; for each limit
        once a day (C(QUOTA_NOTIFICATION_COOLDOWN_SECONDS)), until less is used.
    type: str
    choices: [quota_warning, quota_error]
  method:
    description:
      - How the notification is delivered. Required to create one, together with the parameters in O(config).
      - V(email) writes to the address of the organization or, where there is none, to its administrators, and needs C(FEATURE_MAILING).
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
          - No robot. An organization must be O(organization) itself. With O(own), only a user.
        type: str
      email:
        description:
          - An error - Quay does not look at an address here, see O(method=email).
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
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)). With O(own), the scope C(user:admin).
  - When several notifications are selected, or when they are not selected by their title, differences bring a warning and are not
    corrected. Equal notifications with one title are reduced to one.
  - When the quota of an organization is removed, Quay deletes all of these notifications. A change of its size or limits keeps them.
seealso:
  - module: quaymaster.quay.quay_quota
  - module: quaymaster.quay.quay_notification
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure the quota has a limit that warns
  quaymaster.quay.quay_quota:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    quota: 100 GiB
    warning_pct: 80

- name: Ensure the administrators get a mail when it is reached
  quaymaster.quay.quay_organization_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    title: Storage
    event: quota_warning
    method: email
    config: {}

- name: Ensure a chat hears of refused pushes, and send it a test
  quaymaster.quay.quay_organization_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    title: Full
    event: quota_error
    method: slack
    config:
      url: "{{ chat_hook_url }}"
    test: true

- name: Ensure a notification of my own namespace is gone
  quaymaster.quay.quay_organization_notification:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    own: true
    title: Storage
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
            organization=dict(type="str"),
            own=dict(type="bool", default=False),
            title=dict(type="str"),
            event=dict(type="str", choices=["quota_warning", "quota_error"]),
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
            test=dict(type="bool", default=False),
            reset_failcount=dict(type="bool", default=False),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
