# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: quay_docker_config
short_description: Make the Docker configuration for the login to one registry
version_added: "0.1.0"
description:
  - Makes the document with which Docker, Podman and Kubernetes sign in to a registry, encoded in Base64.
  - It is what the key C(.dockerconfigjson) of a Kubernetes secret holds.
positional: token, url, email, encoding
options:
  _input:
    description: Name of the account, for example V($app), a robot account V(namespace+short), or a user.
    type: str
    required: true
  token:
    description: Token or password of the account.
    type: str
    required: true
  url:
    description:
      - URL of the registry. Only the host and the port count, and are kept as they are written.
      - The scheme may be missing.
    type: str
    default: http://127.0.0.1
  email:
    description: E-mail address to put into the document.
    type: str
    default: ""
  encoding:
    description: Encoding of the texts before they become Base64.
    type: str
    default: utf-8
notes:
  - Further named arguments, such as C(indent) and C(sort_keys), are those of Python's C(json.dumps).
seealso:
  - module: quaymaster.quay.quay_docker_token
    description: It returns such a document too.
author: Quaymaster contributors (@quaymaster)
"""

EXAMPLES = r"""
- name: Ensure a robot account pulls for the shop
  quaymaster.quay.quay_robot:
    name: acme+shop
  register: robot
  no_log: true

# A check cannot know the token of a robot account that the run will make.
- name: Ensure the namespace can pull from the registry
  kubernetes.core.k8s:
    definition:
      apiVersion: v1
      kind: Secret
      type: kubernetes.io/dockerconfigjson
      metadata:
        name: quay-pull
        namespace: shop
      data:
        .dockerconfigjson: "{{ robot.name | quaymaster.quay.quay_docker_config(token, 'https://quay.example.com') }}"
  vars:
    token: "{{ robot.token | default(ansible_check_mode | ternary('not known yet', none)) }}"
"""

RETURN = r"""
_value:
  description: The document in Base64, on one line.
  type: str
"""

import base64
import json

from ansible.errors import AnsibleFilterError
from jinja2 import Undefined


def text(name, value):
    """A plain string: without tags, trusted or not, decrypted. Numbers may be credentials too."""
    if isinstance(value, Undefined):
        raise AnsibleFilterError(f"quay_docker_config: {name} is undefined")
    # Vault strings are no strings for Python, in no version of Ansible.
    vault = type(value).__name__ in ("EncryptedString", "AnsibleVaultEncryptedUnicode")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (vault or number or isinstance(value, str)):
        raise AnsibleFilterError(f"quay_docker_config: {name} must be text, not {type(value).__name__}")
    return "".join(str(value))


def host(url):
    """Host and port of a URL, with or without scheme, as they are written."""
    rest = url.partition("://")[2] if "://" in url else url.removeprefix("//")
    for end in "/?#":
        rest = rest.partition(end)[0]
    found = rest.rpartition("@")[2]
    if not found.partition(":")[0]:
        # The URL may hold a password, so it is not repeated.
        raise AnsibleFilterError("quay_docker_config: there is no host in url")
    return found


def encode(value, encoding):
    """Base64 as text."""
    try:
        return base64.b64encode(value.encode(encoding)).decode("ascii")
    except LookupError:
        raise AnsibleFilterError(f"quay_docker_config: there is no encoding {encoding}") from None
    except UnicodeError:
        raise AnsibleFilterError(f"quay_docker_config: the encoding {encoding} lacks a character of the texts") from None


def quay_docker_config(username, token, url="http://127.0.0.1", email="", encoding="utf-8", *flags, **options):
    # Two flags of Ansible's own JSON encoder, which the filter's predecessor took; plain strings need neither.
    flags = (*flags, *(options.pop(flag) for flag in ("preprocess_unsafe", "vault_to_text") if flag in options))
    if len(flags) > 2:
        raise AnsibleFilterError("quay_docker_config: too many arguments")
    encoding = text("encoding", encoding)
    auth = encode(f"{text('the user name', username)}:{text('token', token)}", encoding)
    document = {"auths": {host(text("url", url)): {"auth": auth, "email": text("email", email)}}}
    try:
        return encode(json.dumps(document, **options), encoding)
    except TypeError as error:
        raise AnsibleFilterError(f"quay_docker_config: {error}") from error


class FilterModule:
    def filters(self):
        return {"quay_docker_config": quay_docker_config}
