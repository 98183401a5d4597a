# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: quay_kubernetes_secret
short_description: Make a Kubernetes Secret of what a module returned
version_added: "0.1.0"
description:
  - Makes the manifest of a Kubernetes Secret, for C(kubernetes.core.k8s), of the registered result of a module that returns a secret or
    an identifier. Keys and type are those that the Quay operator uses.
  - The module is found by the returned values.
  - P(quaymaster.quay.quay_registry#module) returns such manifests itself.
positional: name, namespace, url
options:
  _input:
    description:
      - Result of P(quaymaster.quay.quay_api_token#module), P(quaymaster.quay.quay_application#module),
        P(quaymaster.quay.quay_application_token#module) where it made a token,
        P(quaymaster.quay.quay_docker_token#module), P(quaymaster.quay.quay_first_user#module),
        P(quaymaster.quay.quay_manifest_label#module), P(quaymaster.quay.quay_organization_prune#module),
        P(quaymaster.quay.quay_repository_prune#module), P(quaymaster.quay.quay_robot#module)
        or P(quaymaster.quay.quay_robot_pair#module).
    type: dict
    required: true
  name:
    description: Name of the Secret.
    type: str
    required: true
  namespace:
    description: Namespace of the Secret.
    type: str
    default: default
  url:
    description: URL of the registry, as in C(quay_host) of the task.
    type: str
    default: http://127.0.0.1
  validate_certs:
    description: What the Secret of an API token or of the first user says about certificates.
    type: bool
    default: true
  timeout:
    description: What the Secret of an API token or of the first user says about the time that a request may take, in seconds.
    type: float
    default: 10
  password:
    description: Password of the first user, which the module was given and does not return.
    type: str
    default: ""
seealso:
  - plugin: quaymaster.quay.quay_docker_config
    plugin_type: filter
  - module: quaymaster.quay.quay_registry
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a robot account pulls for the shop
  quaymaster.quay.quay_robot:
    name: acme+shop
  register: robot
  no_log: true

- name: Ensure the namespace can pull from the registry
  kubernetes.core.k8s:
    definition: "{{ robot | quaymaster.quay.quay_kubernetes_secret('quay-pull', 'shop', 'https://quay.example.com') }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The manifest, values in Base64.
  type: dict
"""

import base64
import json
import re

from ansible.errors import AnsibleFilterError
from jinja2 import Undefined

# By values that only this module returns: the keys of the Secret, and where their values come from.
CONNECTION = {"host": "+url", "validateCerts": "+validate_certs", "timeout": "+timeout"}
FORMS = [
    (
        "dockerconfigjson_b64",
        {
            "name": "name",
            "uuid": "uuid",
            "username": "username",
            "tokenCode": "token_code",
            "created": "created",
            "expiration": "expiration",
            "lastAccessed": "last_accessed",
            "auth": "=auth_b64",
            ".dockerconfigjson": "=dockerconfigjson_b64",
        },
    ),
    ("client_secret", {"clientId": "client_id", "clientSecret": "client_secret", "name": "name"}),
    (
        "encrypted_password",
        {
            **CONNECTION,
            "username": "username",
            "password": "+password",
            "token": "?access_token",
            "accessToken": "access_token",
            "email": "email",
            "encryptedPassword": "encrypted_password",
        },
    ),
    ("access_token", {**CONNECTION, "token": "access_token", "accessToken": "access_token"}),
    (
        "media_type",
        {"id": "id", "key": "key", "value": "value", "mediaType": "media_type", "sourceType": "source_type"},
    ),
    ("created_by token", {**CONNECTION, "token": "token", "accessToken": "token"}),
    ("token", {"name": "name", "token": "token", ".dockerconfigjson": "*"}),
    ("id", {"id": "id"}),
]
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def fail(what):
    raise AnsibleFilterError(f"quay_kubernetes_secret: {what}")


def text(value):
    """A plain string; nothing is an empty one, and numbers and flags are as YAML writes them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "".join(str(value))


def encode(value):
    return base64.b64encode(value.encode()).decode("ascii")


def docker_config(result, url):
    scheme, found, rest = url.partition("://")
    host = re.split("[/?#]", rest if found else url)[0].rpartition("@")[2].lower()
    # Clients leave out the port that the scheme says already.
    host = host.removesuffix(":80" if scheme.lower() == "http" else ":443")
    auth = encode(f"{text(result['name'])}:{text(result['token'])}")
    return json.dumps({"auths": {host: {"auth": auth, "email": ""}}})


def quay_kubernetes_secret(
    result, name, namespace="default", url="http://127.0.0.1", validate_certs=True, timeout=10, password=""
):
    if isinstance(result, Undefined) or not hasattr(result, "keys"):
        fail("the input must be the registered result of a module")
    for what, value in (("name", name), ("namespace", namespace)):
        if not (isinstance(value, str) and NAME.fullmatch(value)):
            fail(f"{what} must be a name in Kubernetes: small letters, digits, - and .")
    found = [keys for values, keys in FORMS if all(text(result.get(value)) for value in values.split())]
    if not found:
        fail("the result holds nothing for a Secret; a check cannot know what a run will make")
    given = {"url": url, "validate_certs": validate_certs, "timeout": timeout, "password": password}
    data = {}
    for key, source in found[0].items():
        kind, word = source[0], source.lstrip("+=?")
        if kind == "+":
            data[key] = encode(text(given[word]))
        elif kind == "=":
            data[key] = text(result.get(word))
        elif kind == "*":
            data[key] = encode(docker_config(result, text(url)))
        elif kind != "?" or text(result.get(word)):
            data[key] = encode(text(result.get(word)))
    pulls = ".dockerconfigjson" in data
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson" if pulls else "Opaque",
        "metadata": {"name": "".join(name), "namespace": "".join(namespace)},
        "data": data,
    }


class FilterModule:
    def filters(self):
        return {"quay_kubernetes_secret": quay_kubernetes_secret}
