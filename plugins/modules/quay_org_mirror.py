# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: quay_org_mirror
short_description: Mirror a namespace of another registry into a Quay organization
version_added: "0.1.0"
description:
  - Creates, changes and deletes the mirror configuration of an organization, and starts synchronizations.
  - The server looks for repositories in the source namespace and makes a mirrored repository of each.
  - Playbooks that use the name C(quaymaster.quay.quay_organization_mirror) work as well, it redirects to this module.
options:
  organization:
    description:
      - Name of the organization that receives the images.
      - When the mirror is created, the organization must have no repository, no proxy cache and no immutability policy.
    type: str
    required: true
  external_registry_type:
    description:
      - Kind of the source registry. Required to create the mirror, fixed afterwards; a different value is an error.
    type: str
    choices: [quay, harbor]
  external_registry_url:
    description:
      - URL of the source registry with V(http://) or V(https://), for example V(https://quay.io). Required to create the mirror.
      - The server refuses private addresses, unless they are listed in C(SSRF_ALLOWED_HOSTS).
    type: str
  external_namespace:
    description:
      - Organization or project of the source registry, up to 255 characters. Required to create the mirror.
    type: str
  external_registry_username:
    description:
      - Account at the source registry. An empty value means anonymous access.
    type: str
  external_registry_password:
    description:
      - Password of O(external_registry_username). An empty value removes it.
      - The server does not give the password back. A task with a password is therefore always changed; a warning says so.
    type: str
  robot_username:
    description:
      - Robot account that writes the images, V(organization+robot), of the same O(organization). Required to create the mirror.
    type: str
  visibility:
    description:
      - Visibility of the repositories that the mirror creates. A new mirror without it uses V(public).
    type: str
    choices: [public, private]
  repository_filters:
    description:
      - Names of the source repositories to mirror, as glob patterns. An empty list means all of them.
    type: list
    elements: str
  is_enabled:
    description:
      - Whether the mirror is active. A new mirror without it is.
    type: bool
  sync_interval:
    description:
      - Time between two synchronizations, 60 seconds or more. A new mirror without it uses one day.
      - A number of seconds, or a number with a unit (V(s), V(m), V(h), V(d), V(w), or a word such as V(hours)), for example V(6h).
    type: str
  sync_start_date:
    description:
      - Date and time of the first synchronization in UTC, as V(YYYY-MM-DDTHH:MM:SSZ). A new mirror without it starts now.
      - The server moves the date on after each run. For an existing mirror, a date in the past is therefore no change.
    type: str
  skopeo_timeout:
    description:
      - Time limit for copying one image, 300 to 43200 seconds. A new mirror without it uses 300 seconds.
      - Today's servers accept no more than 3600 seconds for organization mirrors.
      - Written like O(sync_interval).
    type: str
    aliases: [skopeo_timeout_interval]
  verify_tls:
    description:
      - Whether to verify the certificate of the source registry. A new mirror without it does.
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
      - Whether to synchronize now. The task is changed by that, unless a synchronization is running or waiting already,
        its own or that of one of its repositories.
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
      - Whether to stop a synchronization that is running or waiting, with those of all repositories. The schedule goes on.
      - The worker of the server looks at it only while the mirror is enabled.
    type: bool
    default: false
  recover:
    description:
      - Whether to free a mirror that is stuck. A synchronization whose worker died stays V(SYNCING) for ever, whatever time it had, and
        Quay starts no other one. Such a synchronization is cancelled and started anew.
      - Fails while a synchronization is running within its time. With O(cancel_sync), that one is cancelled and started anew, too.
    type: bool
    default: false
  verify:
    description:
      - Whether to let the server test the connection to the source, with the settings that are then stored. The task fails with the
        server's message when it does not work; what was created or changed before stays.
      - The test can take long, so that it gets 60 seconds, or O(timeout) when that is longer. It is no change.
      - In check mode it is done where there is nothing to change, as it tests what is stored.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the mirror. Omitted options of an existing mirror keep their value.
      - V(absent) deletes the mirror configuration. The repositories stay, as normal ones.
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
      - The password is masked.
notes:
  - Needs Quay 3.17 or later with C(FEATURE_ORG_MIRROR) on (it is off by default).
  - Needs a token with the scope C(org:admin) and an administrator of the organization, or a superuser with full access
    (C(FEATURE_SUPERUSERS_FULL_ACCESS)).
  - The module changes no settings while a synchronization is running, unless the same task cancels it.
seealso:
  - module: quaymaster.quay.quay_repository_mirror
  - module: quaymaster.quay.quay_proxy_cache
  - module: quaymaster.quay.quay_organization
  - module: quaymaster.quay.quay_robot
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure an organization mirrors a namespace of quay.io
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: mirror
    external_registry_type: quay
    external_registry_url: https://quay.io
    external_namespace: projectquay
    robot_username: mirror+sync

- name: Ensure some repositories of a Harbor project are mirrored every six hours
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: partner
    external_registry_type: harbor
    external_registry_url: https://harbor.partner.example.com
    external_namespace: shop
    external_registry_username: example
    external_registry_password: "{{ harbor_password }}"
    robot_username: partner+sync
    visibility: private
    repository_filters:
      - shop-*
      - base
    sync_interval: 6h
    skopeo_timeout: 30m
    https_proxy: http://proxy.example.com:3128

- name: Ensure the source can be reached
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: mirror
    verify: true

- name: Synchronize now
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: mirror
    force_sync: true

- name: Read the state of the mirror
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: mirror
  check_mode: true
  register: mirror

- name: Fail when the last synchronization failed
  ansible.builtin.assert:
    that: mirror.sync_status != "FAIL"

- name: Ensure an organization is no mirror
  quaymaster.quay.quay_org_mirror:
    quay_host: https://quay.example.com
    quay_token: "{{ quay_token }}"
    organization: mirror
    state: absent
"""

RETURN = r"""
org_mirror:
  description:
    - The mirror afterwards, in the words of the options; in check mode as the task would leave it.
    - Empty where there is none. Secrets are hidden.
  type: dict
  returned: always
  sample:
    organization: production
    is_enabled: true
    sync_interval: 86400
sync_status:
  description:
    - State of the synchronization as the server reported it, V(NEVER_RUN), V(SYNCING), V(SYNC_NOW), V(SUCCESS), V(FAIL) or V(CANCEL).
  type: str
  returned: when O(state=present) and the mirror existed before
  sample: SUCCESS
"""

# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import LOGIN, NOT_HERE


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN,
            organization=dict(type="str", required=True),
            external_registry_type=dict(type="str", choices=["quay", "harbor"]),
            external_registry_url=dict(type="str"),
            external_namespace=dict(type="str"),
            external_registry_username=dict(type="str"),
            external_registry_password=dict(type="str", no_log=True),
            robot_username=dict(type="str"),
            visibility=dict(type="str", choices=["public", "private"]),
            repository_filters=dict(type="list", elements="str"),
            is_enabled=dict(type="bool"),
            sync_interval=dict(type="str"),
            sync_start_date=dict(type="str"),
            skopeo_timeout=dict(type="str", aliases=["skopeo_timeout_interval"]),
            verify_tls=dict(type="bool"),
            http_proxy=dict(type="str"),
            https_proxy=dict(type="str"),
            no_proxy=dict(type="str"),
            force_sync=dict(type="bool", default=False),
            sync_on_change=dict(type="bool", default=False),
            cancel_sync=dict(type="bool", default=False),
            recover=dict(type="bool", default=False),
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
