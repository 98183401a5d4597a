"""The smallest Python module that asks Quay what quay_organization asks."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url


def main():
    options = {"name": {"required": True}, "quay_host": {"required": True}, "quay_token": {"no_log": True}}
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    answer = open_url(
        f"{module.params['quay_host']}/api/v1/organization/{module.params['name']}",
        headers={"Authorization": f"Bearer {module.params['quay_token']}", "Accept": "application/json"},
    )
    module.exit_json(changed=json.loads(answer.read())["name"] != module.params["name"])


if __name__ == "__main__":
    main()
