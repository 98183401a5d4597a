# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_repository_mirror
short_description: Mirror a repository of another registry into Quay
version_added: "0.1.0"
description:
  - Makes a repository the mirror of one in another registry, changes the settings of the mirror, and starts synchronizations.
  - Quay has no way to delete a mirror configuration. Disable it with O(is_enabled=false), or give the repository the state V(NORMAL)
    with M(quaymaster.quay.quay_repository).
options:
  name:
    description:
      - Name of the repository, V(namespace/repository). Without a namespace, the repository belongs to the account that signs in.
      - It must exist. Creating the mirror sets the state of the repository to V(MIRROR), so that only the robot can push.
    type: str
    required: true
  external_reference:
    description:
      - Repository to copy from, V(registry/path) or V(registry:port/path), without scheme and tag. Required to create the mirror.
      - The server refuses private addresses, unless they are listed in C(SSRF_ALLOWED_HOSTS).
    type: str
  robot_username:
    description:
      - Robot account that writes the images, V(namespace+robot), of the namespace of the repository. Required to create the mirror.
      - It must exist. The server grants it the right to write.
    type: str
  image_tags:
    description:
      - Tags to copy, as glob patterns, at least one. Required to create the mirror.
    type: list
    elements: str
  architectures:
    description:
      - Architectures to copy of images for several. An empty list means all. A new mirror without it copies all.
      - The image keeps its digest and lacks the others, so that pulling one of them fails. Images for a single platform that is not
        listed are skipped. A change has an effect with the next synchronization, and removes nothing that is there.
      - Requires Quay 3.17 or later and C(FEATURE_SPARSE_INDEX), which is off by default.
    type: list
    elements: str
    choices: [amd64, arm64, ppc64le, s390x]
    aliases: [architecture_filter]
  is_enabled:
    description:
      - Whether synchronizations start on schedule. A new mirror without it is disabled.
    type: bool
  sync_interval:
    description:
      - Time between two synchronizations. A new mirror without it uses one day.
      - A number of seconds, or a number with a unit (V(s), V(m), V(h), V(d), V(w), or a word such as V(hours)), for example V(6h).
    type: str
  sync_start_date:
    description:
      - Date and time of the first synchronization in UTC, as V(YYYY-MM-DDTHH:MM:SSZ). A new mirror without it starts now.
      - The server moves the date on by O(sync_interval) after each run. A date in the past that lies on the same schedule is therefore no
        change.
    type: str
  skopeo_timeout:
    description:
      - Time limit for copying one image, 300 to 43200 seconds. A new mirror without it uses 300 seconds.
      - Written like O(sync_interval). Requires Quay 3.15 or later.
    type: str
    aliases: [skopeo_timeout_interval]
  external_registry_username:
    description:
      - Account at the source registry. An empty value means anonymous access.
    type: str
  external_registry_password:
    description:
      - Password of the account at the source registry. An empty value removes it.
      - Requires O(external_registry_username), or that the mirror has one.
      - The server does not give the password back. A task with a password is therefore always changed.
    type: str
  verify_tls:
    description:
      - Whether to verify the certificate of the source registry. A new mirror without it does.
    type: bool
  unsigned_images:
    description:
      - Whether to copy images without a signature, even if the policy of the server demands one. A new mirror without it does not.
    type: bool
  http_proxy:
    description:
      - Proxy for HTTP connections to the source registry. An empty value means none.
    type: str
  https_proxy:
    description:
      - Proxy for HTTPS connections to the source registry. An empty value means none.
    type: str
  no_proxy:
    description:
      - Hosts that are reached without a proxy, comma separated. An empty value means none.
    type: str
  force_sync:
    description:
      - Whether to synchronize now, even if the mirror is disabled. The task is changed by that, unless a synchronization is running or
        waiting already.
      - Mutually exclusive with O(cancel_sync).
    type: bool
    default: false
  sync_on_change:
    description:
      - Whether to synchronize now when this task creates the mirror or changes its settings, or when the mirror has never run. Otherwise
        the schedule decides. Unlike O(force_sync), a second run changes nothing.
      - A password that is sent again is no change of the settings.
      - Mutually exclusive with O(cancel_sync).
    type: bool
    default: false
  cancel_sync:
    description:
      - Whether to stop a synchronization that is running or waiting. What is copied already stays.
      - A cancelled mirror is asleep. Its schedule does not run again, whatever its settings, until O(force_sync).
        A warning says so, as long as it is enabled.
    type: bool
    default: false
  recover:
    description:
      - Whether to free a mirror that is stuck. A synchronization whose worker died stays V(SYNCING) for ever, whatever time it had, and
        Quay starts no other one. Such a synchronization is cancelled and started anew.
      - Fails while a synchronization is running within its time. With O(cancel_sync), that one is cancelled and started anew, too.
    type: bool
    default: false
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.login
  - quaymaster.quay.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.actiongroups
notes:
  - Needs C(FEATURE_REPO_MIRROR) on the server, which is off by default.
  - Needs a token with the scope C(repo:admin) and an administrator of the repository, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - Omitted options of an existing mirror keep their value.
  - The module changes no settings while a synchronization is running, as Quay would then never end it. It fails if there is something
    to change, unless the synchronization is cancelled by the same task.
  - In an organization that is a mirror as a whole, single mirrors cannot be created.
seealso:
  - module: quaymaster.quay.quay_org_mirror
  - module: quaymaster.quay.quay_proxy_cache
  - module: quaymaster.quay.quay_repository
  - module: quaymaster.quay.quay_robot
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a repository mirrors one tag
  quaymaster.quay.quay_repository_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: mirror/alpine
    external_reference: docker.io/library/alpine
    robot_username: mirror+sync
    image_tags:
      - latest
    architectures:
      - amd64
      - arm64
    is_enabled: true

- name: Ensure a repository mirrors a private one every six hours
  quaymaster.quay.quay_repository_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: mirror/shop
    external_reference: registry.partner.example.com:5000/shop/web
    external_registry_username: example
    external_registry_password: "{{ partner_registry_password }}"
    robot_username: mirror+sync
    image_tags:
      - v1.*
      - v2.*
    is_enabled: true
    sync_interval: 6h
    sync_start_date: "2026-01-05T02:00:00Z"
    skopeo_timeout: 30m
    https_proxy: http://proxy.example.com:3128
    no_proxy: localhost,.example.com

- name: Synchronize now
  quaymaster.quay.quay_repository_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: mirror/alpine
    force_sync: true
  register: sync

- name: Tell whether a synchronization was started
  ansible.builtin.debug:
    msg: "{{ sync is changed | ternary('Started', 'Already running or waiting') }}"

- name: Free the mirror when it is stuck
  quaymaster.quay.quay_repository_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    name: mirror/alpine
    recover: true

- name: Ensure a repository is no mirror any more
  module_defaults:
    group/quaymaster.quay.quay:
      quay_host: https://quay.example.com
      quay_token: "{{ quay_token }}"
  block:
    - name: Disable the mirror
      quaymaster.quay.quay_repository_mirror:
        name: mirror/alpine
        is_enabled: false

    - name: Let users push again
      quaymaster.quay.quay_repository:
        name: mirror/alpine
        repo_state: NORMAL
"""

RETURN = r"""
repository_mirror:
  description:
    - The mirror afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    name: production/web
    is_enabled: true
    sync_interval: 86400
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            name=dict(type="str", required=True),
            external_reference=dict(type="str"),
            robot_username=dict(type="str"),
            image_tags=dict(type="list", elements="str"),
            architectures=dict(
                type="list",
                elements="str",
                choices=["amd64", "arm64", "ppc64le", "s390x"],
                aliases=["architecture_filter"],
            ),
            is_enabled=dict(type="bool"),
            sync_interval=dict(type="str"),
            sync_start_date=dict(type="str"),
            skopeo_timeout=dict(type="str", aliases=["skopeo_timeout_interval"]),
            external_registry_username=dict(type="str"),
            external_registry_password=dict(type="str", no_log=True),
            verify_tls=dict(type="bool"),
            unsigned_images=dict(type="bool"),
            http_proxy=dict(type="str"),
            https_proxy=dict(type="str"),
            no_proxy=dict(type="str"),
            force_sync=dict(type="bool", default=False),
            sync_on_change=dict(type="bool", default=False),
            cancel_sync=dict(type="bool", default=False),
            recover=dict(type="bool", default=False),
        ),
        mutually_exclusive=[["quay_username", "quay_token"], ["quay_password", "quay_token"]],
        required_together=[["quay_username", "quay_password"]],
        supports_check_mode=True,
    )
    module.fail_json(msg=NOT_HERE)


if __name__ == "__main__":
    main()
