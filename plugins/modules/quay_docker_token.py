# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_docker_token
short_description: Manage application tokens for Docker, Podman, Skopeo and Kubernetes
version_added: "0.1.0"
description:
  - Creates and revokes application tokens, the substitutes for the account password that clients such as Docker and Podman sign in with.
  - Returns the token in the forms that these clients and Kubernetes expect.
  - The tokens are those of the account that signs in, or of the owner of O(quay_token). Tokens of others cannot be managed.
options:
  name:
    description:
      - Title of the token, case-sensitive.
      - Quay permits several tokens with the same title. The live one that was created last is returned.
    type: str
    required: true
  rotate_before:
    description:
      - Period before its end in which a token is replaced, in seconds or as a number with one of V(s), V(m), V(h), V(d), V(w). Only tokens of
        a server that lets them expire have an end.
    type: str
  rotate_after:
    description:
      - Age at which a token is replaced.
    type: str
  overlap:
    description:
      - Period for which a replaced token stays valid, so that the new one can be delivered. Without it, or with V(0), it is revoked in the
        same run; otherwise the first run after the period does it. Must be shorter than O(rotate_before) and
        O(rotate_after) when those are given.
      - To revoke it as soon as the new one is delivered, run the task once more with V(0).
      - With none of O(rotate_before), O(rotate_after) and O(overlap), further tokens of the title are left alone.
    type: str
  state:
    description:
      - V(present) returns the token of that title, and creates it if there is none. A token that has expired counts as none.
      - V(absent) revokes every token of that title.
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
  diff_mode:
    details:
      - The secrets are never part of the difference.
notes:
  - Needs C(FEATURE_APP_SPECIFIC_TOKENS) on the server, which is on by default.
  - Needs a token with the scope C(user:admin), or a login. Robot accounts cannot have application tokens.
  - New tokens expire only if the server says so (C(APP_SPECIFIC_TOKEN_EXPIRATION)).
  - A revocation that fails after a new token was made is a warning; the next run revokes what is left.
  - Set C(no_log) on tasks that register the result.
seealso:
  - module: quaymaster.quay.quay_api_token
  - module: quaymaster.quay.quay_application_token
  - module: quaymaster.quay.quay_robot
  - plugin: quaymaster.quay.quay_docker_config
    plugin_type: filter
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an application token exists
  quaymaster.quay.quay_docker_token:
    quay_host: https://quay.example.com
    quay_username: alice
    quay_password: "{{ quay_password }}"
    name: workstation

- name: Ensure the token of the cluster exists
  quaymaster.quay.quay_docker_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: cluster
  no_log: true
  register: docker_token

- name: Create a Kubernetes pull secret from the token
  kubernetes.core.k8s:
    definition:
      apiVersion: v1
      kind: Secret
      metadata:
        name: quay-pull-secret
        namespace: default
      type: kubernetes.io/dockerconfigjson
      data:
        .dockerconfigjson: "{{ docker_token.dockerconfigjson_b64 }}"
  no_log: true

- name: Sign in with Podman
  containers.podman.podman_login:
    registry: quay.example.com
    username: "{{ docker_token.username }}"
    password: "{{ docker_token.token_code }}"
  no_log: true

- name: Replace the token of the cluster every quarter, and keep the old one until the new one is delivered
  quaymaster.quay.quay_docker_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: cluster
    rotate_after: 90d
    overlap: 7d
  no_log: true
  register: docker_token

- name: Deliver it
  ansible.builtin.copy:
    content: "{{ docker_token.dockerconfigjson_b64 | b64decode }}"
    dest: /root/.docker/config.json
    mode: "0600"
  no_log: true

- name: Revoke what was replaced
  quaymaster.quay.quay_docker_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: cluster
    rotate_after: 90d
    overlap: 0
  no_log: true
  when: docker_token.rotated

- name: Ensure an application token is revoked
  quaymaster.quay.quay_docker_token:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: workstation
    state: absent
"""

RETURN = r"""
name:
  description: Title of the token.
  type: str
  returned: when O(state=present)
  sample: cluster
uuid:
  description: Identifier of the token.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: 00000000-0000-0000-0000-000000000000
username:
  description: User name that belongs to the token, always V($app).
  type: str
  returned: when O(state=present)
  sample: $app
token_code:
  description: Password that belongs to RV(username). Secret.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: TOKEN_CODE_PLACEHOLDER
auth_b64:
  description: RV(username) and RV(token_code), joined by a colon and Base64 encoded. Secret.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: BASE64_PLACEHOLDER
dockerconfigjson_b64:
  description:
    - Docker configuration document (C(config.json)) with the token for the host of O(quay_host), Base64 encoded. Secret.
    - Fits into the key C(.dockerconfigjson) of a Kubernetes secret of the type C(kubernetes.io/dockerconfigjson).
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: BASE64_PLACEHOLDER
created:
  description: When the token was created, in the form of RFC 2822.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: Mon, 05 Jan 2026 08:15:00 -0000
last_accessed:
  description: When the token was last used, in the form of RFC 2822. Null when it never was.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: Tue, 06 Jan 2026 10:30:00 -0000
expiration:
  description: When the token expires, in the form of RFC 2822. Null when it never does.
  type: str
  returned: when O(state=present), except for a new token in check mode
  sample: Tue, 05 Jan 2027 08:15:00 -0000
rotated:
  description: Whether a token was replaced.
  type: bool
  returned: when O(state=present)
  sample: false
revoked:
  description: Identifiers of the tokens that were revoked because another one replaces them; in check mode of those that would be.
  type: list
  elements: str
  returned: when O(state=present)
  sample: []
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            rotate_before=dict(type="str"),
            rotate_after=dict(type="str"),
            overlap=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
