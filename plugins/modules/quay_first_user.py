# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_first_user
short_description: Create the first account of an empty Quay registry
version_added: "0.1.0"
description:
  - Creates the first user account of a Quay server whose database has no account yet, and on request an OAuth access token for it.
  - This works once in the life of an installation. A second run fails; use M(quaymaster.quay.quay_user) for all further accounts.
  - With the returned token, the tasks that follow can set up the rest of the registry.
options:
  username:
    description:
      - Name of the account.
      - Lower-case letters and digits, in groups joined by a single V(.), V(_) or V(-); 2 to 255 characters.
      - List the name under C(SUPER_USERS) in the server configuration beforehand to make the account a superuser.
    type: str
    required: true
  password:
    description:
      - Password of the account in clear text, 8 characters or more, without white space.
    type: str
    required: true
  email:
    description:
      - E-mail address of the account.
      - Needed when the server sends mail (C(FEATURE_MAILING)). An empty value counts as not given.
    type: str
  create_token:
    description:
      - Whether to create an OAuth access token as well.
      - The token carries all scopes and expires after 2 hours and 30 minutes. It belongs to an application called C(automation) in
        the personal namespace of the account.
    type: bool
    default: false
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.ignored_login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
attributes:
  check_mode:
    details:
      - Checks the values and the settings of the server. Whether the database is empty cannot be seen from outside.
notes:
  - Needs Quay 3.6 or later with C(FEATURE_USER_INITIALIZE) on (it is off by default) and C(AUTHENTICATION_TYPE) set to C(Database).
  - Needs no login. Switch C(FEATURE_USER_INITIALIZE) off again once the account exists.
  - Register the result under C(no_log) or store it in a vault at once, because the secrets cannot be read a second time.
seealso:
  - module: quaymaster.quay.quay_user
  - module: quaymaster.quay.quay_api_token
  - module: quaymaster.quay.quay_organization
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Create the first account
  quaymaster.quay.quay_first_user:
    quay_host: https://quay.example.com
    username: admin
    password: "{{ admin_password }}"

- name: Create the first account with an access token
  quaymaster.quay.quay_first_user:
    quay_host: https://quay.example.com
    username: admin
    password: "{{ admin_password }}"
    email: admin@example.com
    create_token: true
  no_log: true
  register: first_user

- name: Create an organization with the returned token
  quaymaster.quay.quay_organization:
    quay_host: https://quay.example.com
    quay_token: "{{ first_user.access_token }}"
    name: production
"""

RETURN = r"""
username:
  description: Name of the account.
  type: str
  returned: always
  sample: admin
email:
  description: E-mail address of the account, null when it has none.
  type: str
  returned: always
  sample: admin@example.com
encrypted_password:
  description: Password in the encrypted form that C(docker login) and similar commands accept instead of the clear text. Secret.
  type: str
  returned: always, except in check mode
  sample: ENCRYPTED_PASSWORD_PLACEHOLDER
access_token:
  description: OAuth access token with all scopes, valid for 2 hours and 30 minutes. Secret.
  type: str
  returned: when O(create_token=true), except in check mode
  sample: ACCESS_TOKEN_PLACEHOLDER
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            username=dict(type="str", required=True),
            password=dict(type="str", required=True, no_log=True),
            email=dict(type="str"),
            create_token=dict(type="bool", default=False),
        ),
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
