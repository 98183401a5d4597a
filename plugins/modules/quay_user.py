# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_user
short_description: Manage the user accounts of a Quay server
version_added: "0.1.0"
description:
  - Creates, changes, disables and deletes user accounts.
  - The server refuses every change to a superuser. The module then changes nothing and warns if something differs.
options:
  username:
    description:
      - Name of the account.
      - Lower-case letters and digits, in groups joined by a single V(.), V(_) or V(-); 2 to 255 characters.
    type: str
    required: true
  email:
    description:
      - E-mail address of the account, up to 254 characters. Omitted or empty keeps the address as it is.
      - Required to create an account when the server sends mail (C(FEATURE_MAILING)). The server then asks the user to confirm it.
    type: str
  password:
    description:
      - Password of the account, 8 characters or more, without white space. Omitted or empty keeps the password; a new account then has
        the one that the server makes, which is returned once as RV(password).
      - The server does not give the password back. A task with a password is therefore always changed, unless O(update_password=on_create).
    type: str
  update_password:
    description:
      - V(always) sets O(password) on every run.
      - V(on_create) sets it for a new account only, as M(ansible.builtin.user) does.
    type: str
    choices: [always, on_create]
    default: always
  enabled:
    description:
      - Whether the account can sign in, pull and push. Omitted keeps it; a new account is enabled.
    type: bool
  superuser:
    description:
      - V(true) adds the account to C(SUPER_USERS) in the configuration file of the server. That file must have the setting and be writable.
        It counts after the next restart; until then, each run is changed, and a warning says so.
      - V(false) and omitted change nothing. The right cannot be taken away through the API.
    type: bool
    aliases: [is_superuser]
  quota:
    description:
      - Size of the storage quota of the personal namespace, a number of bytes or a decimal number with a unit, for example V(10 GiB), as in
        M(quaymaster.quay.quay_quota). V(0) removes the quota. Omitted keeps it.
      - Needs C(FEATURE_QUOTA_MANAGEMENT) (off by default) and C(FEATURE_EDIT_QUOTA). Superusers, too, can have one.
      - Quay has no route for superusers that sets limits of such a quota.
    type: str
  state:
    description:
      - V(present) creates or changes the account.
      - V(absent) deletes it with its personal namespace, the repositories and robots in it included. It is refused when an organization
        would lose its last administrator. The name stays reserved until the clean-up of the server is done.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), deletes the account although organizations lose their last administrator, or robot accounts of others go along.
      - The server finds robot accounts by a pattern in which C(_) of the name stands for any character, so that the deletion of C(a_b)
        takes the robots of C(a-b) along.
    type: bool
    default: false
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs a superuser, a token with the scope C(super:user), and C(FEATURE_SUPER_USERS) on the server (the default).
  - Creating accounts and setting passwords needs C(AUTHENTICATION_TYPE) set to C(Database) on the server. O(email) can also be changed
    with C(AppToken).
  - The very first account of a server is created with M(quaymaster.quay.quay_first_user).
seealso:
  - module: quaymaster.quay.quay_first_user
  - module: quaymaster.quay.quay_quota
  - module: quaymaster.quay.quay_robot
  - module: quaymaster.quay.quay_team
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an account exists
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: alice
    email: alice@example.com
  register: alice

- name: Tell the password that the server made for a new account
  ansible.builtin.debug:
    msg: "Give {{ alice.password }} to alice."
  when: alice.password is defined

- name: Ensure an account exists, with a password that its owner may change
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: alice
    password: "{{ alice_password }}"
    update_password: on_create

- name: Ensure an account cannot be used
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: bob
    enabled: false

- name: Ensure an account cannot store more than 10 GiB
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: alice
    quota: 10 GiB

- name: Ensure an account is a superuser after the next restart
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: carol
    superuser: true

- name: Ensure an account is gone
  quaymaster.quay.quay_user:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    username: bob
    state: absent
"""

RETURN = r"""
user:
  description:
    - The account afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    username: alice
    email: alice@example.com
    enabled: true
password:
  description:
    - Password that the server made for a new account. It cannot be read again. Treat it as a secret, for example with C(no_log).
  returned: when the account was created without O(password), except in check mode
  type: str
  sample: K3JQ6ZB0RLV8WMX1T5NHC2YD7P4GAEFS
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            username=dict(type="str", required=True),
            email=dict(type="str"),
            password=dict(type="str", no_log=True),
            update_password=dict(type="str", default="always", choices=["always", "on_create"], no_log=False),
            enabled=dict(type="bool"),
            superuser=dict(type="bool", aliases=["is_superuser"]),
            quota=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
            force=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
