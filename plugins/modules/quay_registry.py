# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_registry
short_description: Bring whole Quay registries to a declared state
version_added: "0.1.0"
description:
  - Takes a declaration of any number of organizations with everything in them, compares it with one or several servers, and makes
    the difference disappear.
  - Everything is read and planned before the first write. Check mode shows the same plan that a run executes.
  - What the declaration does not name stays as it is, unless O(prune) names its kind. Ceilings stop a run that would remove too much.
  - When something goes wrong, only what builds on it is left out. The module fails in the end and tells all mistakes.
  - A fault of one server, such as credentials that are not valid, stops that server only. A mistake in the declaration, or a limit
    that would be broken, stops the run on all servers before the first write.
options:
  config:
    description:
      - The declaration, with the keys C(registry), C(users), C(messages), C(organizations) and C(tasks). The file
        C(docs/registry.md) of the collection describes it; the options of its entries are those of the modules.
      - Values may come from ansible-vault. They are never shown.
      - Requires no O(src); when both are given, they are merged.
    type: dict
  src:
    description:
      - Files with declarations, or directories with such files, on the machine where the module runs. They are merged.
      - "Passwords and tokens in them can be references, V({env: NAME}) or V({file: PATH}). Files that are encrypted by ansible-vault
        cannot be read; include their variables and give them as O(config)."
      - Files of Mass Quay Configurator and manifests of the Quay operator are understood as well. The login file of that tool,
        C(.mqc/login.yaml), has to be named, too.
    type: list
    elements: path
  secrets:
    description:
      - Kubernetes Secrets that the manifests of the Quay operator in O(src), or O(endpoints[].secret), sign in with, for example the
        RV(kubernetes.core.k8s_info#module:resources) of a cluster.
      - They count like Secrets in the files, which win over those of the same name and namespace. Their values are never shown.
    type: list
    elements: dict
  endpoints:
    description:
      - The servers that get the content, when there are several. Wins over the endpoints that the declaration names.
      - What an endpoint lacks comes from C(registry) in the declaration, and then from the connection options of the module.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - What to call the endpoint, in C(endpoints) of an organization for example. The host without it.
        type: str
      quay_host:
        description:
          - Base URL of the server.
        type: str
        required: true
      quay_token:
        description:
          - OAuth access token.
        type: str
      quay_username:
        description:
          - Name of the account that signs in, instead of a token.
        type: str
      quay_password:
        description:
          - Password of O(endpoints[].quay_username).
        type: str
      secret:
        description:
          - The Kubernetes Secret to sign in with, instead of credentials. It is one of O(secrets), or made by a task C(quay_api_token) or
            C(quay_first_user) of the declaration, which names the same Secret under its own C(secret) and is run first.
          - Its C(host) must be that of the endpoint. Check mode plans the endpoint only when the Secret is at hand.
        type: dict
        suboptions:
          name:
            description:
              - Its name.
            type: str
            required: true
          namespace:
            description:
              - Its namespace.
            type: str
            default: default
      validate_certs:
        description:
          - Whether to verify the TLS certificate of the server.
        type: bool
      ca_path:
        description:
          - PEM file with the certificates of the authorities to trust.
        type: path
      timeout:
        description:
          - Seconds to wait for the answer to each single request.
        type: float
      retries:
        description:
          - How often a request is repeated.
        type: int
  only:
    description:
      - Limits the run to a part of the declaration. Several filters have to fit together.
      - A name that the declaration does not have is a mistake.
    type: dict
    suboptions:
      organizations:
        description:
          - Names of organizations, or patterns with C(*), C(?) and C([...]).
        type: list
        elements: str
      endpoints:
        description:
          - Names or hosts of endpoints.
        type: list
        elements: str
      kinds:
        description:
          - Kinds of objects, for example V(teams) or V(*_policies), a pattern; O(prune) names them. Members are set together with
            their V(teams), federations with their V(robots), and permissions with their V(repositories).
        type: list
        elements: str
  report:
    description:
      - Write what was done, or in check mode what would be done, to this file, for people. A page where its name ends in C(.html),
        Markdown where it ends in C(.md). It holds no secrets, and is written in check mode, too.
    type: path
  return_secrets:
    description:
      - Whether RV(results) and RV(manifests), which hold secrets, are returned. Without them a task needs no C(no_log), and what it did
        stays readable.
    type: bool
    default: true
  state:
    description:
      - V(present) brings the servers to the declared state.
      - V(absent) removes every object that the declaration makes, an organization with everything in it. What is only referred to
        (C(reference)), what says C(preserve), and what nobody declares stays. Organizations, accounts and repositories with images need
        their switches of O(allow).
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - "Kinds of objects that are removed when the declaration does not name them, for example V({teams: true}). Wins over C(registry)
        in the declaration."
      - The kinds are C(organizations), C(teams), C(members), C(organization_members), C(robots), C(federations), C(default_permissions),
        C(applications), C(tokens), C(repositories), C(permissions), C(notifications), C(prune_policies), C(immutability_policies) and
        C(messages).
    type: dict
  max_removals:
    description:
      - "Most objects that a run may remove. A number for each kind, or a dictionary such as V({repositories: 5})."
      - A run that would remove more stops before the first write.
    type: raw
  max_removal_percent:
    description:
      - Largest part of the objects of a kind that a run may remove; up to 3 are always allowed. A number or a dictionary, as in
        O(max_removals).
      - The declaration can set it; without that it is 25.
    type: raw
  max_policy_tags:
    description:
      - Most existing tags that new or changed prune and immutability policies of a run may prune or lock. Each policy is shown with its tags.
      - A run in which they would take more stops before the first write. Without it, they are shown and not limited.
    type: int
  allow:
    description:
      - Switches for what cannot be taken back.
    type: dict
    suboptions:
      delete_organizations:
        description:
          - Whether organizations may be deleted.
        type: bool
      delete_repositories:
        description:
          - Whether repositories with content may be deleted.
        type: bool
      delete_users:
        description:
          - Whether accounts may be deleted, and their personal repositories with them.
        type: bool
      make_public:
        description:
          - Whether private repositories may be made public.
        type: bool
  skip_removals:
    description:
      - Leaves every removal out, whatever else is said. O(state=absent) is refused then.
    type: bool
  update_secrets:
    description:
      - When values that Quay never shows, such as passwords, are sent again. It never counts as a change.
      - The declaration can set it; without that it is V(on_change_of_other_fields).
    type: str
    choices: [never, on_change_of_other_fields, always]
  jobs:
    description:
      - Requests at a time, for each endpoint, from 1 to 256.
      - The declaration can set it; without that it is 8.
    type: int
  rate:
    description:
      - Requests a second at most, for each endpoint, from 0.01 to 1000000. Unlimited without it.
    type: float
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - RV(results) and RV(manifests) hold tokens when the declaration creates robot accounts, applications or tokens. Use C(no_log) for such a task,
    or O(return_secrets=false) when nothing reads them.
  - The connection options hold where the declaration names no server or no way to sign in.
  - The rights that are needed are those of the modules that the declaration makes use of.
seealso:
  - module: quaymaster.quay.quay_registry_info
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_repository
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Bring a registry to the state that files declare
  quaymaster.quay.quay_registry:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    src:
      - registry/

- name: Declare an organization in the playbook
  quaymaster.quay.quay_registry:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    config:
      organizations:
        - name: acme
          robots:
            - name: ci
          teams:
            - name: developers
              role: creator
              members: [alice, acme+ci]
          repositories:
            - name: app
              visibility: private
              permissions:
                - name: acme+ci
                  role: write

- name: Give two servers the same content, and remove teams that nobody declares
  quaymaster.quay.quay_registry:
    config: "{{ registry }}"
    endpoints:
      - name: east
        quay_host: https://quay-east.example.com
        quay_token: "{{ quay_token_east }}"
      - name: west
        quay_host: https://quay-west.example.com
        quay_token: "{{ quay_token_west }}"
    prune:
      teams: true
    max_removals: 5

- name: Tell how many objects differ
  quaymaster.quay.quay_registry:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    src:
      - registry/
    only:
      organizations: [acme]
  check_mode: true
  register: drift
  failed_when: drift is failed or drift is changed
"""

RETURN = r"""
counts:
  description: How many objects there are of each fate, over all endpoints.
  returned: when the servers could be asked
  type: dict
  contains:
    create:
      description: Objects that were, or in check mode would be, created.
      type: int
    change:
      description: Objects that were, or would be, changed.
      type: int
    remove:
      description: Objects that were, or would be, removed.
      type: int
    unchanged:
      description: Objects that are as declared.
      type: int
    failed:
      description: Objects that something went wrong with.
      type: int
    skipped:
      description: Objects that were not tried, because they build on one that failed or because the run was refused.
      type: int
    secrets_not_sent:
      description: Secrets that are declared, cannot be compared, and were not sent. See O(update_secrets).
      type: int
  sample:
    create: 3
    change: 1
    remove: 0
    unchanged: 214
    failed: 0
    skipped: 0
    secrets_not_sent: 0
endpoints:
  description: What happened on each server, in the order of the declaration.
  returned: when the servers could be asked
  type: list
  elements: dict
  contains:
    endpoint:
      description: Name of the endpoint, or its host.
      type: str
    changed:
      description: Whether anything was, or would be, changed there.
      type: bool
    counts:
      description: Like RV(counts), for this server.
      type: dict
    requests:
      description: Requests that were sent, log-in and repetitions included.
      type: int
    seconds:
      description: Seconds from the first request to the last answer.
      type: float
    refusals:
      description: Why nothing was written, for example a ceiling for removals.
      type: list
      elements: str
    warnings:
      description: What concerns the server as a whole.
      type: list
      elements: str
    objects:
      description: Every object that is not simply as declared, with its C(kind), what it is (C(object)), its C(organization) and
        C(repository), the C(action), the state
        C(before) and C(after), the C(outcome) (V(planned), V(done), V(failed) or V(skipped)) and the C(msg) of a failure. A failure that
        Quay answered has its C(status), C(method) and C(path), and one that came half way C(steps_done), C(steps_undone) and
        C(steps_not_done).
      type: list
      elements: dict
results:
  description:
    - What the modules of the objects return, one entry for each object that has values, for example the token of a new robot account
      or of a task in C(tasks).
    - The values hold secrets, which are readable here and nowhere else. Use C(no_log) for the task, or O(return_secrets=false).
  returned: when an object returns values, not in check mode, and unless O(return_secrets=false)
  type: list
  elements: dict
  contains:
    endpoint:
      description: Name of the endpoint, or its host.
      type: str
    module:
      description: Module that the values are from.
      type: str
    kind:
      description: Kind of the object, as in O(only.kinds).
      type: str
    object:
      description: What the object is, as in RV(endpoints[].objects).
      type: str
    values:
      description: What the module returns when it is used alone.
      type: dict
  sample:
    - endpoint: https://quay.example.com
      module: quay_robot
      kind: robots
      object: robot account acme+ci
      values:
        name: acme+ci
        token: ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789
manifests:
  description:
    - Manifests of the Kubernetes Secrets that entries of the declaration (C(secret)) or manifests of the Quay operator (C(retSecretRef))
      ask for, with the keys and types of that operator, for C(kubernetes.core.k8s).
    - The values are secrets in Base64, which are readable here and nowhere else. Use C(no_log) for the task, or O(return_secrets=false).
  returned: when an object returns such values, not in check mode, and unless O(return_secrets=false)
  type: list
  elements: dict
  sample:
    - apiVersion: v1
      kind: Secret
      type: kubernetes.io/dockerconfigjson
      metadata:
        name: pull
        namespace: shop
      data:
        name: YWNtZStjaQ==
errors:
  description: Every single mistake, when there are several. What several objects have in common is told once.
  returned: after a failure with several mistakes
  type: list
  elements: str
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            config=dict(type="dict"),
            src=dict(type="list", elements="path"),
            secrets=dict(type="list", elements="dict", no_log=False),
            endpoints=dict(
                type="list",
                elements="dict",
                options=dict(
                    name=dict(type="str"),
                    quay_host=dict(type="str", required=True),
                    quay_token=dict(type="str", no_log=True),
                    quay_username=dict(type="str"),
                    quay_password=dict(type="str", no_log=True),
                    secret=dict(
                        type="dict",
                        no_log=False,
                        options=dict(
                            name=dict(type="str", required=True),
                            namespace=dict(type="str", default="default"),
                        ),
                    ),
                    validate_certs=dict(type="bool"),
                    ca_path=dict(type="path"),
                    timeout=dict(type="float"),
                    retries=dict(type="int"),
                ),
                mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
                required_together=[["quay_username", "quay_password"]],
            ),
            only=dict(
                type="dict",
                options=dict(
                    organizations=dict(type="list", elements="str"),
                    endpoints=dict(type="list", elements="str"),
                    kinds=dict(type="list", elements="str"),
                ),
            ),
            report=dict(type="path"),
            return_secrets=dict(type="bool", default=True),
            state=dict(type="str", default="present", choices=["present", "absent"]),
            prune=dict(type="dict"),
            max_removals=dict(type="raw"),
            max_removal_percent=dict(type="raw"),
            max_policy_tags=dict(type="int"),
            allow=dict(
                type="dict",
                options=dict(
                    delete_organizations=dict(type="bool"),
                    delete_repositories=dict(type="bool"),
                    delete_users=dict(type="bool"),
                    make_public=dict(type="bool"),
                ),
            ),
            skip_removals=dict(type="bool"),
            update_secrets=dict(type="str", choices=["never", "on_change_of_other_fields", "always"], no_log=False),
            jobs=dict(type="int"),
            rate=dict(type="float"),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        required_one_of=[["config", "src"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
