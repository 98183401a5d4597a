"""The filter quay_kubernetes_secret makes the Secrets that mass apply makes, too."""

from __future__ import annotations

import base64
import importlib.util
import json
import unittest

from ansible.errors import AnsibleFilterError
from support import ROOT

spec = importlib.util.spec_from_file_location("secret", ROOT / "plugins/filter/quay_kubernetes_secret.py")
secret = importlib.util.module_from_spec(spec)
spec.loader.exec_module(secret)

CONNECTION = ["host", "validateCerts", "timeout"]
# What each module returns, and the keys that the operator documents.
CASES = {
    "quay_api_token": ({"access_token": "t"}, ["token", "accessToken", *CONNECTION]),
    "quay_application": (
        {"name": "a", "client_id": "i", "client_secret": "s"},
        ["clientId", "clientSecret", "name"],
    ),
    "quay_application_token": (
        {"name": "deploy", "token": "t", "uuid": "u", "created_by": "admin", "client_id": "i"},
        ["token", "accessToken", *CONNECTION],
    ),
    "quay_docker_token": (
        {
            "name": "laptop",
            "username": "$app",
            "uuid": "u",
            "token_code": "c",
            "created": "now",
            "expiration": None,
            "last_accessed": None,
            "auth_b64": base64.b64encode(b"$app:c").decode(),
            "dockerconfigjson_b64": "e30=",
        },
        ["name", "uuid", "username", "tokenCode", "created", "expiration", "lastAccessed", "auth", ".dockerconfigjson"],
    ),
    "quay_first_user": (
        {"username": "root", "email": "e", "encrypted_password": "p", "access_token": "t"},
        [*CONNECTION, "username", "password", "token", "accessToken", "email", "encryptedPassword"],
    ),
    "quay_manifest_label": (
        {"id": "i", "key": "k", "value": "v", "source_type": "api", "media_type": "text/plain"},
        ["id", "key", "value", "mediaType", "sourceType"],
    ),
    "quay_organization_prune": ({"id": "i"}, ["id"]),
    "quay_robot": ({"name": "acme+ci", "token": "t"}, ["name", "token", ".dockerconfigjson"]),
}


def made(result, **options):
    """The manifest, its values decoded."""
    found = secret.quay_kubernetes_secret({"changed": True, "failed": False, **result}, "pull", "shop", **options)
    found["data"] = {key: base64.b64decode(value, validate=True).decode() for key, value in found["data"].items()}
    return found


class Secret(unittest.TestCase):
    """One for each module that returns something."""

    def test_keys_and_types(self):
        for module, (result, keys) in CASES.items():
            with self.subTest(module=module):
                found = made(result)
                self.assertEqual(sorted(found["data"]), sorted(keys))
                pulls = ".dockerconfigjson" in keys
                self.assertEqual(found["type"], "kubernetes.io/dockerconfigjson" if pulls else "Opaque")
                self.assertEqual(found["metadata"], {"name": "pull", "namespace": "shop"})

    def test_values(self):
        robot = made(CASES["quay_robot"][0], url="https://u@quay.example.com:8443/v2")["data"]
        auth = base64.b64encode(b"acme+ci:t").decode()
        config = {"auths": {"quay.example.com:8443": {"auth": auth, "email": ""}}}
        self.assertEqual(json.loads(robot[".dockerconfigjson"]), config)
        usual = made(CASES["quay_robot"][0], url="https://Quay.example.com:443/")["data"]
        self.assertEqual(list(json.loads(usual[".dockerconfigjson"])["auths"]), ["quay.example.com"])
        laptop = made(CASES["quay_docker_token"][0])["data"]
        self.assertEqual((laptop["auth"], laptop[".dockerconfigjson"], laptop["expiration"]), ("$app:c", "{}", ""))
        token = made(CASES["quay_api_token"][0], validate_certs=False, timeout=30.0)["data"]
        self.assertEqual((token["host"], token["validateCerts"], token["timeout"]), ("http://127.0.0.1", "false", "30"))
        first = made({**CASES["quay_first_user"][0], "access_token": None}, password="long")["data"]
        self.assertEqual((first["password"], first["accessToken"], "token" in first), ("long", "", False))

    def test_what_is_no_result_or_no_name(self):
        robot = CASES["quay_robot"][0]
        for result, name, why in (
            ({}, "pull", "nothing for a Secret"),
            ({"name": "acme+ci", "token": None}, "pull", "nothing for a Secret"),
            ("text", "pull", "must be the registered result"),
            (robot, "../pull", "name must be a name"),
            (robot, None, "name must be a name"),
        ):
            with self.subTest(why=why), self.assertRaisesRegex(AnsibleFilterError, why):
                secret.quay_kubernetes_secret(result, name)


if __name__ == "__main__":
    unittest.main()
