# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_application_token
short_description: Create, rotate and revoke named API tokens of OAuth applications
version_added: "0.1.0"
description:
  - Keeps an API token of an application alive, replaces it in time, and revokes it.
  - "The token is shown once, when it is made: a run that keeps the token returns none. Names need not be unique in Quay, so a rotation
    makes the new token first and revokes the old one afterwards, at once or after an O(overlap)."
  - The token acts as the account that made it, with the rights of that account at the time of use, cut down to O(rights). It ends with the
    application and its organization, and is refused while the account is disabled.
options:
  organization:
    description:
      - Name of the organization that owns the application. Personal namespaces have no applications.
    type: str
    required: true
  application:
    description:
      - Name of the application. Exactly one of O(application) and O(client_id) is needed.
    type: str
  client_id:
    description:
      - Client ID of the application.
    type: str
  name:
    description:
      - Name of the token, at most 255 characters. Blanks around it are cut off.
      - Tokens without a name, those of people who agreed in the browser or of a server before 3.18, are never touched.
    type: str
    required: true
  rights:
    description:
      - Scopes of the token, at least one. V(all) stands for all others together. A token with other scopes is replaced.
      - The caller cannot give more than the calling token and its user have.
    type: list
    elements: str
    choices: ["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "super:user", "user:admin", "user:read", all]
    default: ["repo:read"]
    aliases: [scopes]
  expiration:
    description:
      - Life of a token that this task makes, in seconds or as a number with one of V(s), V(m), V(h), V(d), V(w). At most, and unless it is
        given, 10 years.
      - Nothing of a token can be changed, so another life alone is no reason to replace one.
    type: str
  rotate_before:
    description:
      - Period before its end in which a token is replaced. Must be shorter than O(expiration).
    type: str
  rotate_after:
    description:
      - Age at which a token is replaced. Must be shorter than O(expiration). A token from before the upgrade to 3.18 has no known age and
        is replaced.
    type: str
  rotate:
    description:
      - V(true) replaces the token in any case, as after a leak; the task is then always changed.
    type: bool
    default: false
  overlap:
    description:
      - Period for which a replaced token stays valid, so that the new one can be handed out. V(0) revokes it in the same run, otherwise a
        later run does it. Must be shorter than O(rotate_before) and O(rotate_after) when those are given.
      - Ignored when the token shall die, with O(rotate=true) and where the old token has a scope that O(rights) lack.
    type: str
    default: "0"
  state:
    description:
      - V(present) keeps one token of the name, and makes it if there is none.
      - V(absent) revokes every living token of the name.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
attributes:
  check_mode:
    details:
      - RV(token) is left out where the run would make one. RV(revoked) lists what the run would revoke.
  diff_mode:
    details:
      - The token is never part of the difference. RV(ignore:tokens) counts the living tokens of the name.
notes:
  - Requires Quay 3.18 or later. M(quaymaster.quay.quay_api_token) works with older ones.
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access and the scope
    C(super:user). A login with a password works, too.
  - A token can rotate itself when it has the scope C(org:admin).
  - A revocation that fails after a new token was made is a warning, so that the new token is never lost; the next run revokes what is left.
  - Set C(no_log) on tasks that register the result.
seealso:
  - module: quaymaster.quay.quay_application
  - module: quaymaster.quay.quay_api_token
  - module: quaymaster.quay.quay_docker_token
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a token that is replaced a month before it ends, and that works for a week longer
  quaymaster.quay.quay_application_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    application: automation
    name: deploy
    rights: [repo:read, repo:write]
    expiration: 90d
    rotate_before: 30d
    overlap: 7d
  no_log: true
  register: deploy

- name: Deliver a new token before the old one is revoked
  ansible.builtin.copy:
    content: "{{ deploy.token }}"
    dest: /etc/deploy/quay-token
    mode: "0600"
  no_log: true
  when: deploy.token is defined and deploy.token is not none

- name: Replace a token that leaked, at once
  quaymaster.quay.quay_application_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    client_id: "{{ quay_client_id }}"
    name: deploy
    rights: [repo:read, repo:write]
    rotate: true
  no_log: true
  register: deploy

- name: Ensure a token is revoked
  quaymaster.quay.quay_application_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    application: automation
    name: deploy
    state: absent
"""

RETURN = r"""
token:
  description: The new token; null where an existing one stays. Secret.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: TOKEN_PLACEHOLDER
uuid:
  description: Identifier of the token.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: 00000000-0000-0000-0000-000000000000
name:
  description: Name of the token.
  type: str
  returned: when O(state=present)
  sample: deploy
scopes:
  description: Scopes of the token.
  type: list
  elements: str
  returned: when O(state=present)
  sample: [repo:read, repo:write]
created:
  description: When the token was made, in the form of ISO 8601; null where the server does not know.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: "2026-01-05T08:15:00.660824Z"
expires_at:
  description: When the token ends, in the form of ISO 8601.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: "2026-04-05T08:15:00.660824Z"
last_accessed:
  description: When the token was last used, to the minute and in the time zone of the server. Null when it never was.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: "2026-01-06T10:30:00.123456Z"
created_by:
  description: Account that the token acts as.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: admin
rotated:
  description: Whether a token was replaced.
  type: bool
  returned: when O(state=present)
  sample: false
revoked:
  description: Identifiers of the tokens that were revoked; in check mode of those that would be.
  type: list
  elements: str
  returned: always
  sample: []
client_id:
  description: Client ID of the application.
  type: str
  returned: when O(state=present) and the application exists
  sample: CLIENT_ID_PLACEHOLDER
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            application=dict(type="str"),
            client_id=dict(type="str"),
            name=dict(type="str", required=True),
            rights=dict(
                type="list",
                elements="str",
                default=["repo:read"],
                choices=[
                    "org:admin",
                    "repo:admin",
                    "repo:create",
                    "repo:read",
                    "repo:write",
                    "super:user",
                    "user:admin",
                    "user:read",
                    "all",
                ],
                aliases=["scopes"],
            ),
            expiration=dict(type="str"),
            rotate_before=dict(type="str"),
            rotate_after=dict(type="str"),
            rotate=dict(type="bool", default=False),
            overlap=dict(type="str", default="0"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[
            ["application", "client_id"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        required_one_of=[["application", "client_id"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
