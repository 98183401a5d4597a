# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_proxy_cache
short_description: Make a Quay organization a pull-through cache of another registry
version_added: "0.1.0"
description:
  - Creates, changes and deletes the proxy cache of an organization. Images that are pulled through the organization are fetched from the
    upstream registry and kept for a while.
  - Quay cannot change a proxy cache. The module deletes the old one and creates the new one, after it has checked all that can be
    checked. If the server refuses the new one nevertheless, the module tries to restore the old one and fails.
options:
  organization:
    description:
      - Name of the organization. It must exist, unless O(state=absent). Personal namespaces cannot be proxy caches.
      - Neither an organization mirror nor immutable tags may exist in it.
    type: str
    required: true
  registry:
    description:
      - Upstream registry, V(host), V(host:port) or V(host/namespace). With a namespace, only images below it are served.
      - The server must be able to resolve the host. It refuses private addresses, unless they are listed in C(SSRF_ALLOWED_HOSTS).
    type: str
    default: quay.io
  username:
    description:
      - Account at the upstream registry. Omitted or empty means anonymous access.
      - The server does not give credentials back. With a user name or a password that is not empty, the cache is always replaced, and the task
        is always changed.
      - When another change makes a replacement necessary and no credentials are given, the new cache is anonymous; a warning says so.
    type: str
  password:
    description:
      - Password of O(username) at the upstream registry. Omitted or empty means none.
    type: str
  insecure:
    description:
      - Whether to talk plain HTTP to the upstream registry, not only to skip the check of its certificate.
      - Omitted keeps the setting; a new cache then gets V(false).
    type: bool
  expiration:
    description:
      - How long cached tags live. Omitted keeps the period; a new cache then gets one day.
      - A number of seconds, or a number with a unit (V(s), V(m), V(h), V(d), V(w), or a word such as V(days)), for example V(12h).
      - With V(0), cached tags never expire.
    type: str
  verify:
    description:
      - Whether to let the server try the upstream registry and the credentials before it creates the cache. When that does not work, nothing
        is created. An existing cache cannot be tested, and neither can its replacement.
      - The test can take long, so that it gets 60 seconds, or O(timeout) when that is longer. Check mode leaves it out.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or replaces the proxy cache.
      - V(absent) deletes it. The organization remains.
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
      - The password is masked. The credentials that are in use cannot be read.
notes:
  - Needs Quay 3.7 or later with C(FEATURE_PROXY_CACHE) on (it is off by default).
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
seealso:
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_org_mirror
  - module: quaymaster.quay.quay_repository_mirror
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an organization is an anonymous cache of quay.io
  quaymaster.quay.quay_proxy_cache:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: cache-quay

- name: Ensure an organization caches one namespace of Docker Hub for two days
  quaymaster.quay.quay_proxy_cache:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: cache-library
    registry: docker.io/library
    expiration: 2d
  register: cache

- name: Tell what happened
  ansible.builtin.debug:
    msg: "{{ cache is changed | ternary('The cache starts empty.', 'The cache was left alone.') }}"

- name: Replace the upstream credentials of a cache
  quaymaster.quay.quay_proxy_cache:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: cache-partner
    registry: registry.partner.example.com
    username: example
    password: "{{ partner_registry_password }}"

- name: Ensure an organization is no cache
  quaymaster.quay.quay_proxy_cache:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: cache-library
    state: absent
"""

RETURN = r"""
proxy_cache:
  description:
    - The proxy cache afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: cache
    registry: docker.io
    insecure: false
    expiration: 86400
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            registry=dict(type="str", default="quay.io"),
            username=dict(type="str"),
            password=dict(type="str", no_log=True),
            insecure=dict(type="bool"),
            expiration=dict(type="str"),
            verify=dict(type="bool", default=False),
            state=dict(type="str", default="present", choices=["present", "absent"]),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
