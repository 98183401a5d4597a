# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_application
short_description: Manage the OAuth applications of Quay organizations
version_added: "0.1.0"
description:
  - Creates, changes, renames and deletes OAuth applications, and returns the client ID and the client secret.
  - Access tokens belong to an application, see M(quaymaster.quay.quay_application_token) and M(quaymaster.quay.quay_api_token).
options:
  organization:
    description:
      - Name of the organization that owns the application. It must exist, unless O(state=absent).
        Personal namespaces have no applications.
    type: str
    required: true
  name:
    description:
      - Name of the application, case-sensitive. Choose 2 characters or more.
      - Quay permits several applications with the same name. The module then fails and lists their client IDs. Only those that are equal
        in everything else are kept as they are, or changed together, and a warning lists them.
    type: str
    required: true
  new_name:
    description:
      - Name that the application shall have afterwards. An empty value counts as not given.
      - When O(name) exists, it is renamed. When only O(new_name) exists, the rename was done earlier and the module goes on with that
        application. When none exists, the application is created under O(new_name). When both exist, the module fails.
    type: str
  description:
    description:
      - Text that describes the application. Omitted keeps the text, an empty value clears it.
    type: str
  application_uri:
    description:
      - Home page of the application. Omitted keeps it, an empty value clears it.
    type: str
  redirect_uri:
    description:
      - Prefix of the addresses to which the server may send users back after they granted access. Omitted keeps it, an empty value
        clears it.
    type: str
  avatar_email:
    description:
      - E-mail address that selects the picture of the application. Omitted keeps it, an empty value clears it.
    type: str
  reset_client_secret:
    description:
      - V(true) gives an existing application another client secret, as after a leak; the task is then always changed. The old one is dead
        at once; the access tokens of the application stay valid.
      - An application that the task creates has a new secret anyway.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the application.
      - V(absent) deletes it with all its access tokens. With O(new_name), the application of that name is deleted if there is one, and
        otherwise O(name).
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
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - Set C(no_log) on tasks that register the result.
seealso:
  - module: quaymaster.quay.quay_api_token
  - module: quaymaster.quay.quay_application_token
  - module: quaymaster.quay.quay_organization
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an application exists
  quaymaster.quay.quay_application:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: automation

- name: Ensure an application exists with all its settings
  quaymaster.quay.quay_application:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: dashboard
    description: Shows the images of all teams
    application_uri: https://dashboard.example.com
    redirect_uri: https://dashboard.example.com/oauth
    avatar_email: dashboard@example.com
  no_log: true
  register: dashboard

- name: Create an access token of the application
  quaymaster.quay.quay_api_token:
    quay_host: https://quay.example.com
    quay_username: admin
    quay_password: "{{ quay_password }}"
    client_id: "{{ dashboard.client_id }}"
  no_log: true
  register: dashboard_token

- name: Rename an application
  quaymaster.quay.quay_application:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: dashboard
    new_name: overview

- name: Replace the client secret of an application
  quaymaster.quay.quay_application:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: overview
    reset_client_secret: true
  no_log: true
  register: overview

- name: Ensure an application is gone
  quaymaster.quay.quay_application:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: production
    name: automation
    state: absent
"""

RETURN = r"""
application:
  description:
    - The application afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    name: dashboard
    description: Shows what is new
name:
  description: Name of the application.
  type: str
  returned: when O(state=present)
  sample: dashboard
client_id:
  description: Client ID of the application.
  type: str
  returned: when O(state=present), except for a new application in check mode
  sample: CLIENT_ID_PLACEHOLDER
client_secret:
  description:
    - Client secret of the application, null for read-only superusers, and in check mode where it would be reset. Secret.
  type: str
  returned: when O(state=present), except for a new application in check mode
  sample: CLIENT_SECRET_PLACEHOLDER
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            name=dict(type="str", required=True),
            new_name=dict(type="str"),
            description=dict(type="str"),
            application_uri=dict(type="str"),
            redirect_uri=dict(type="str"),
            avatar_email=dict(type="str"),
            reset_client_secret=dict(type="bool", default=False),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
