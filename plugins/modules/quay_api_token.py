# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_api_token
short_description: Create OAuth access tokens for the Quay API
version_added: "0.1.0"
description:
  - Creates an OAuth access token of an application for the account that signs in, or assigns one to another user.
  - Every run creates a further token, so the task is always changed. The older tokens stay valid.
  - From Quay 3.18 on, take M(quaymaster.quay.quay_application_token) instead, whose tokens have a name, end, are rotated and can be revoked,
    unless the token is for another account (O(for_user)). To move, make a named token of the same application with the same rights, hand it
    out, and revoke the old one, which has no name, in the web interface.
options:
  quay_username:
    description:
      - Name of the account that signs in. Without O(for_user), it owns the token.
      - The account must belong to a team with the role C(admin) in the organization that owns the application. Being a superuser is not
        enough.
      - Falls back to the environment variable E(QUAY_USERNAME).
    type: str
    required: true
  quay_password:
    description:
      - Password of O(quay_username).
      - Falls back to the environment variable E(QUAY_PASSWORD).
    type: str
    required: true
  quay_token:
    description:
      - Ignored, because Quay creates tokens only for a login with a password. Accepted so that C(module_defaults) of the action group work
        here too.
    type: str
  client_id:
    description:
      - Client ID of the OAuth application that the token belongs to. M(quaymaster.quay.quay_application) returns it.
    type: str
    required: true
  rights:
    description:
      - Scopes of the token, at least one. V(all) stands for all others together.
      - A scope does not go beyond the roles of the user. V(super:user) has no effect for a user who is not a superuser.
    type: list
    elements: str
    choices: ["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "super:user", "user:admin", "user:read", all]
    default: ["repo:read"]
  for_user:
    description:
      - Name of a user who shall own the token instead. The user finds a notification in the web interface and fetches the token there;
        the module returns none.
      - Requires Quay 3.12 or later with C(FEATURE_ASSIGN_OAUTH_TOKEN) on.
    type: str
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
attributes:
  check_mode:
    details:
      - Signs in and looks the application up. RV(access_token) then holds a placeholder.
  diff_mode:
    details:
      - The token is never part of the difference.
notes:
  - The server accepts a login with a password only with C(FEATURE_DIRECT_LOGIN).
  - Tokens are valid for 10 years. They can be revoked in the web interface.
  - Set C(no_log) on tasks that register the result, or store the token in a vault.
seealso:
  - module: quaymaster.quay.quay_application
  - module: quaymaster.quay.quay_application_token
  - module: quaymaster.quay.quay_docker_token
  - module: quaymaster.quay.quay_first_user
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Create a token that can read repositories
  quaymaster.quay.quay_api_token:
    quay_host: https://quay.example.com
    quay_username: admin
    quay_password: "{{ quay_password }}"
    client_id: "{{ quay_client_id }}"
  no_log: true
  register: reader

- name: Create a token that manages organizations and repositories
  quaymaster.quay.quay_api_token:
    quay_host: https://quay.example.com
    quay_username: admin
    quay_password: "{{ quay_password }}"
    client_id: "{{ quay_client_id }}"
    rights:
      - org:admin
      - repo:admin
      - repo:create
      - user:admin
  no_log: true
  register: manager

- name: Ensure a repository exists, with the new token
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ manager.access_token }}"
    name: production/shop

- name: Offer a token to another user
  quaymaster.quay.quay_api_token:
    quay_host: https://quay.example.com
    quay_username: admin
    quay_password: "{{ quay_password }}"
    client_id: "{{ quay_client_id }}"
    for_user: alice
    rights:
      - repo:read
      - repo:write
"""

RETURN = r"""
access_token:
  description:
    - The OAuth access token. Secret.
    - In check mode, a placeholder of 40 characters that no server accepts.
  type: str
  returned: when O(for_user) is not given
  sample: ACCESS_TOKEN_PLACEHOLDER
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import CONNECTION, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            CONNECTION,
            quay_username=dict(type="str", required=True, fallback=(env_fallback, ["QUAY_USERNAME"])),
            quay_password=dict(type="str", required=True, no_log=True, fallback=(env_fallback, ["QUAY_PASSWORD"])),
            quay_token=dict(type="str", no_log=True, fallback=(env_fallback, ["QUAY_TOKEN"])),
            client_id=dict(type="str", required=True),
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
            ),
            for_user=dict(type="str"),
        ),
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
