# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_organization
short_description: Manage Quay organizations
version_added: "0.1.0"
description:
  - Creates, changes, renames and deletes organizations.
  - Everything that the server could refuse is checked before the first write, so that no half configured organization stays behind.
options:
  name:
    description:
      - Name of the organization.
      - Lower-case letters and digits, in groups joined by a single V(.), V(_) or V(-); 2 to 255 characters.
        4 characters or more are recommended.
    type: str
    required: true
  new_name:
    description:
      - Name that the organization shall have afterwards, under the same rules as O(name). An empty value counts as not given.
      - When O(name) exists, it is renamed. When only O(new_name) exists, the rename was done earlier and the module goes on with that
        organization. When none exists, the organization is created under O(new_name). When both exist, the module fails.
      - Robot accounts are renamed too, C(old+robot) becomes C(new+robot). Clients that use them have to be changed.
      - Renaming needs a superuser (token scope C(super:user)) and is not possible on quay.io.
    type: str
  email:
    description:
      - Contact address of the organization. Omitted or empty keeps the address as it is, V(none) removes it.
      - No account may use the same address, unless the server allows it (C(FEATURE_ORG_SHARED_EMAIL)).
    type: str
  time_machine_expiration:
    description:
      - How long deleted tags can be restored, before they are removed for good. Omitted keeps the period.
      - A number of seconds, or a number with a unit (V(s), V(m), V(h), V(d), V(w), or a word such as V(days)), for example V(2w) or
        V(14 days).
      - Must be one of the periods that the server offers under C(TAG_EXPIRATION_OPTIONS), by default V(0s), V(1d), V(1w), V(2w) and
        V(4w). The server must permit the change (C(FEATURE_CHANGE_TAG_EXPIRATION), on by default).
    type: str
  invoice_email:
    description:
      - Whether invoices are sent by mail, on servers with billing. Omitted keeps it; for a new organization they are not.
    type: bool
  invoice_email_address:
    description:
      - Where invoices are sent, when it is not the contact address. Omitted or empty keeps the address as it is, V(none) removes it.
    type: str
  auto_prune_method:
    description:
      - Deprecated, use M(quaymaster.quay.quay_organization_prune). That module knows several policies and tag patterns.
      - V(none) deletes all auto-pruning policies of the organization.
      - V(tags) keeps the newest O(auto_prune_value) tags of each repository.
      - V(date) deletes tags older than O(auto_prune_value).
      - Only a policy without tag pattern is changed; policies with a pattern are left alone, except by V(none).
      - Requires C(FEATURE_AUTO_PRUNE) on the server.
    type: str
    choices: [none, tags, date]
  auto_prune_value:
    description:
      - Deprecated, use M(quaymaster.quay.quay_organization_prune).
      - Number of tags to keep for O(auto_prune_method=tags).
      - Age for O(auto_prune_method=date), a number with the unit V(s), V(m), V(h), V(d) or V(w), for example V(30d).
      - Requires O(auto_prune_method), which in turn requires it for V(tags) and V(date).
    type: str
  state:
    description:
      - V(present) creates or changes the organization.
      - V(absent) deletes it with all its repositories, teams and robot accounts. With O(new_name), the organization of that name is
        deleted if there is one, and otherwise O(name). The name stays reserved until the clean-up of the server is done.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), deletes the organization although robot accounts of others go along.
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
  - Creating needs a token with the scope C(user:admin). It can be reserved to superusers (C(FEATURE_SUPERUSERS_ORG_CREATION_ONLY)).
  - Changing and deleting need the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
seealso:
  - module: quaymaster.quay.quay_organization_prune
  - module: quaymaster.quay.quay_org_mirror
  - module: quaymaster.quay.quay_quota
  - module: quaymaster.quay.quay_robot
  - module: quaymaster.quay.quay_team
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an organization exists
  quaymaster.quay.quay_organization:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production

- name: Ensure an organization has a contact and keeps deleted tags for four weeks
  quaymaster.quay.quay_organization:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production
    email: registry@example.com
    time_machine_expiration: 4w

- name: Rename an organization
  quaymaster.quay.quay_organization:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_superuser_token }}"
    name: production
    new_name: prod

- name: Ensure an organization is gone
  quaymaster.quay.quay_organization:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: sandbox
    state: absent

- name: Set up an organization with one set of connection options
  module_defaults:
    group/quaymaster.quay.quay:
      quay_host: https://quay.example.com
      quay_token: "{{ quay_token }}"
  block:
    - name: Ensure the organization exists
      quaymaster.quay.quay_organization:
        name: production
      register: production

    - name: Tell what happened
      ansible.builtin.debug:
        msg: "{{ production is changed | ternary('The organization is new.', 'The organization was there.') }}"

    - name: Ensure its operators are a team
      quaymaster.quay.quay_team:
        name: operators
        organization: production
        role: admin
"""

RETURN = r"""
organization:
  description:
    - The organization afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    name: production
    email: production@example.com
    time_machine_expiration: 1209600
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            new_name=dict(type="str"),
            email=dict(type="str"),
            time_machine_expiration=dict(type="str"),
            invoice_email=dict(type="bool"),
            invoice_email_address=dict(type="str"),
            auto_prune_method=dict(type="str", choices=["none", "tags", "date"]),
            auto_prune_value=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
            force=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_if=[
            ("auto_prune_method", "tags", ["auto_prune_value"]),
            ("auto_prune_method", "date", ["auto_prune_value"]),
        ],
        required_by={"auto_prune_value": ["auto_prune_method"]},
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
