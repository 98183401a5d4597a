# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.

from __future__ import annotations

from ansible.module_utils.basic import env_fallback

NOT_HERE = (
    "This file only documents the module, whose code is the executable of the collection quaymaster.quay:"
    " call it by its full name in a play, where the action plugin starts that."
)

CONNECTION = dict(
    quay_host=dict(type="str", default="http://127.0.0.1", fallback=(env_fallback, ["QUAY_HOST"])),
    validate_certs=dict(
        type="bool",
        default=True,
        aliases=["verify_ssl"],
        fallback=(env_fallback, ["QUAY_VERIFY_SSL"]),
    ),
    ca_path=dict(type="path", fallback=(env_fallback, ["QUAY_CA_PATH"])),
    timeout=dict(type="float", default=10.0, fallback=(env_fallback, ["QUAY_TIMEOUT"])),
    retries=dict(type="int", default=3, fallback=(env_fallback, ["QUAY_RETRIES"])),
)

LOGIN = dict(
    CONNECTION,
    quay_token=dict(type="str", no_log=True, fallback=(env_fallback, ["QUAY_TOKEN"])),
    quay_username=dict(type="str", fallback=(env_fallback, ["QUAY_USERNAME"])),
    quay_password=dict(type="str", no_log=True, fallback=(env_fallback, ["QUAY_PASSWORD"])),
)
