# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_audit_info
short_description: Judge a Quay server, or declarations, by rules
version_added: "0.1.0"
description:
  - Tells what rules do not permit - public repositories, robot accounts with the role admin, organizations with fewer than two owners, without
    a quota or without pruning, passwords that everybody knows, tokens that never end or that nobody uses, connections without a check of
    certificates, methods that are no more, and names that are not as agreed.
  - The same rules judge what a server has and, with O(src) or O(config), what declarations say, so that a pull request and the server are held
    to the same.
  - Findings do not make the task fail; a task after it decides what they mean.
options:
  organizations:
    description:
      - Names of the organizations to judge on the server, or patterns with V(*), V(?) and V([...]). Without it, all that the account can see.
      - Mutually exclusive with O(src) and O(config).
    type: list
    elements: str
  users:
    description:
      - Whether to judge the accounts of the server, too. Only superusers see them.
    type: bool
    default: false
  src:
    description:
      - Files or directories with declarations, on the host where the task runs, to judge instead of the server. No request is sent then.
    type: list
    elements: path
  config:
    description:
      - A declaration, as M(quaymaster.quay.quay_registry) takes it, to judge instead of the server, or together with O(src).
    type: dict
  rules:
    description:
      - What a file of rules says - severities under C(rules), patterns of names under C(names), own rules under C(own), exceptions under
        C(exceptions). See C(docs/audit.md). Without it and O(rules_src), every rule counts as it is.
      - Mutually exclusive with O(rules_src).
    type: dict
  rules_src:
    description:
      - The file of rules, on the host where the task runs.
    type: path
  jobs:
    description:
      - Requests at a time, from 1 to 256.
    type: int
    default: 8
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes.info
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - What the account cannot see is not judged; RV(incomplete) names it. The best account is a global read-only superuser.
  - Nobody can read passwords from a server. V(default-login) judges those of declarations, and the one that the task signs in with.
  - V(unused-token) looks at the server only.
seealso:
  - module: quaymaster.quay.quay_registry
  - module: quaymaster.quay.quay_token_info
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Judge two organizations
  quaymaster.quay.quay_audit_info:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organizations: [acme, tools]
    rules_src: rules.yml
  register: audit

- name: Fail when something should be repaired now
  ansible.builtin.assert:
    that: audit.counts.high == 0
    fail_msg: "{{ audit.findings | selectattr('severity', 'equalto', 'high') | map(attribute='message') | list }}"

- name: Judge files before they are applied
  quaymaster.quay.quay_audit_info:
    src: [registry/]
    rules:
      rules:
        no-quota: "off"
        unused-token: {severity: medium, days: 180}
      exceptions:
        - rule: public-repository
          object: acme/docs
          reason: Open source
          until: "2027-06-30"
"""

RETURN = r"""
findings:
  description: What a rule does not permit, the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    rule:
      description: The rule.
      type: str
      sample: public-repository
    severity:
      description: How much it matters, V(high), V(medium) or V(low).
      type: str
      sample: high
    kind:
      description: The kind of the object, as registry files name it.
      type: str
      sample: repositories
    organization:
      description: The organization that the object belongs to, if any.
      type: str
      sample: acme
    object:
      description: The object, as an exception names it.
      type: str
      sample: acme/docs
    place:
      description: Where it is declared; null for one that was found on the server.
      type: str
      sample: registry/acme.yml:12:7
    message:
      description: What is wrong, and what to do.
      type: str
      sample: "repository acme/docs is public, so that everybody can pull from it: set visibility to private"
excused:
  description: The same for what exceptions put up with, with their V(reason) and their last day, V(until).
  returned: success
  type: list
  elements: dict
  sample: []
counts:
  description: How many findings there are of each severity.
  returned: success
  type: dict
  sample: {high: 1, medium: 0, low: 3}
incomplete:
  description: What could not be judged, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["the rule no-quota: the server has what it wants switched off"]
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organizations=dict(type="list", elements="str"),
            users=dict(type="bool", default=False),
            src=dict(type="list", elements="path"),
            config=dict(type="dict"),
            rules=dict(type="dict"),
            rules_src=dict(type="path"),
            jobs=dict(type="int", default=8),
        ),
        mutually_exclusive=[
            ["organizations", "src"],
            ["organizations", "config"],
            ["rules", "rules_src"],
            ["quay_username", "quay_token"],
            ["quay_password", "quay_token"],
        ],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
