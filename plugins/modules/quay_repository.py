# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_repository
short_description: Manage Quay repositories
version_added: "0.1.0"
description:
  - Creates, configures and deletes image repositories, and manages who may use them.
  - All users, robots and teams that shall get a right are looked up before the first write. Rights are granted before others are revoked.
options:
  name:
    description:
      - Name of the repository, V(namespace/repository). The namespace is an organization or a personal namespace. Without a namespace,
        the repository belongs to the account that signs in.
      - The part after the namespace may hold more V(/), if the server allows it (C(FEATURE_EXTENDED_REPOSITORY_NAMES), on by default).
      - Each part starts with a lower-case letter or a digit; V(.), V(_) and V(-) may follow. The name has at most 255 characters.
    type: str
    required: true
  visibility:
    description:
      - Whether everybody may pull from the repository (V(public)) or only accounts with a right (V(private)).
      - Omitted keeps the visibility; a new repository then is private.
    type: str
    choices: [public, private]
  description:
    description:
      - Text that describes the repository, in Markdown. Omitted keeps the text, an empty value clears it.
    type: str
  perms:
    description:
      - Rights on the repository. Omitted leaves all rights alone, whatever O(append) says.
      - The owner of a personal namespace has all rights on its repositories and is left out of the comparison.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of a user, of a robot (V(namespace+robot), of the namespace of the repository) or of a team of the organization.
        type: str
        required: true
      type:
        description:
          - Kind of account that O(perms[].name) is. Robots are of the kind V(user). Personal namespaces have no teams.
        type: str
        choices: [user, team]
        default: user
      role:
        description:
          - Right to grant. V(read) allows to pull, V(write) to push as well, V(admin) to manage the repository as well.
        type: str
        choices: [read, write, admin]
        default: read
  append:
    description:
      - V(true) grants the rights in O(perms) in addition to those that exist. The role of an account that is listed becomes the listed one.
      - V(false) makes O(perms) the complete list, for users, robots and teams alike. An empty list then revokes everything.
      - Quay gives the account that creates a repository an explicit right, and new repositories the default permissions of the
        organization. With V(false), these are revoked unless O(perms) lists them. An account that may create repositories, but not
        see the default permissions, gets a warning and has to run the task twice for that.
    type: bool
    default: true
  star:
    description:
      - Whether the repository has a star in the list of the account that signs in. Omitted keeps it.
      - Requires the scope C(user:admin). Ignored for anonymous access.
    type: bool
  repo_state:
    description:
      - State of the repository. Omitted keeps it; a new repository is V(NORMAL).
      - V(READ_ONLY) refuses every push and every deletion of tags.
      - V(MIRROR) lets only the robot of the mirror push. Configure the mirror with M(quaymaster.quay.quay_repository_mirror).
      - Requires C(FEATURE_REPO_MIRROR) on the server. Not possible while the whole organization is a mirror.
    type: str
    choices: [NORMAL, READ_ONLY, MIRROR]
  auto_prune_method:
    description:
      - Deprecated, use M(quaymaster.quay.quay_repository_prune). That module knows several policies and tag patterns.
      - V(none) deletes all auto-pruning policies of the repository.
      - V(tags) keeps the newest O(auto_prune_value) tags.
      - V(date) deletes tags older than O(auto_prune_value).
      - Only a policy without tag pattern is changed; policies with a pattern are left alone, except by V(none).
      - Requires C(FEATURE_AUTO_PRUNE) on the server.
    type: str
    choices: [none, tags, date]
  auto_prune_value:
    description:
      - Deprecated, use M(quaymaster.quay.quay_repository_prune).
      - Number of tags to keep for O(auto_prune_method=tags).
      - Age for O(auto_prune_method=date), a number with the unit V(s), V(m), V(h), V(d) or V(w), for example V(30d).
      - Requires O(auto_prune_method), which in turn requires it for V(tags) and V(date).
    type: str
  state:
    description:
      - V(present) creates or changes the repository.
      - V(absent) deletes it with all its images. The server removes the data later, the name is free at once.
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
  - Creating needs a token with the scope C(repo:create), everything else C(repo:admin) and an administrator of the repository, or a
    superuser with full access (C(FEATURE_SUPERUSERS_FULL_ACCESS)). For O(description) alone, C(repo:write) suffices.
  - Granting rights to teams needs the scope C(org:admin) as well, to look them up.
  - In an organization that is a mirror as a whole, repositories cannot be created.
seealso:
  - module: quaymaster.quay.quay_default_perm
  - module: quaymaster.quay.quay_notification
  - module: quaymaster.quay.quay_repository_immutability
  - module: quaymaster.quay.quay_repository_mirror
  - module: quaymaster.quay.quay_repository_prune
  - module: quaymaster.quay.quay_tag
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a private repository exists
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production/shop

- name: Ensure a repository is public, and that these accounts can use it
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production/shop
    visibility: public
    description: |
      # Shop
      Images of the web shop.
    perms:
      - name: developers
        type: team
        role: read
      - name: production+builder
        role: write

- name: Ensure that nobody but the operators has a right on a repository
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production/base
    perms:
      - name: operators
        type: team
        role: admin
    append: false
  register: base

- name: Tell what happened
  ansible.builtin.debug:
    msg: "{{ base is changed | ternary('Rights were corrected.', 'All rights were as they should be.') }}"

- name: Freeze a repository
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production/legacy
    repo_state: READ_ONLY

- name: Ensure a repository is gone
  quaymaster.quay.quay_repository:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: production/experiment
    state: absent
"""

RETURN = r"""
repository:
  description:
    - The repository afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    name: production/web
    visibility: private
    description: The shop
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            visibility=dict(type="str", choices=["public", "private"]),
            description=dict(type="str"),
            perms=dict(
                type="list",
                elements="dict",
                options=dict(
                    name=dict(type="str", required=True),
                    type=dict(type="str", default="user", choices=["user", "team"]),
                    role=dict(type="str", default="read", choices=["read", "write", "admin"]),
                ),
            ),
            append=dict(type="bool", default=True),
            star=dict(type="bool"),
            repo_state=dict(type="str", choices=["NORMAL", "READ_ONLY", "MIRROR"]),
            auto_prune_method=dict(type="str", choices=["none", "tags", "date"]),
            auto_prune_value=dict(type="str"),
            state=dict(type="str", default="present", choices=["present", "absent"]),
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
