# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Where the server is and how to reach it: for every module."""

    DOCUMENTATION = r"""
options:
  quay_host:
    description:
      - Base URL of the Quay server, for example V(https://quay.example.com) or V(https://quay.example.com:8443).
      - V(https://) is put in front of a value without a scheme.
      - Only the scheme, the host and the port count. A user name, a query or a fragment in the URL is an error.
      - Falls back to the environment variable E(QUAY_HOST).
    type: str
    default: http://127.0.0.1
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the server.
      - Set it to V(false) only for tests; prefer O(ca_path) for servers with a private certificate authority.
      - Falls back to the environment variable E(QUAY_VERIFY_SSL), which understands V(yes), V(1) and V(true), or V(no), V(0) and V(false).
        There, an empty value means V(false).
    type: bool
    default: true
    aliases: [verify_ssl]
  ca_path:
    description:
      - PEM file with the certificates of the authorities to trust, on the machine where the module runs.
      - Without it, the certificate store of that machine decides.
      - Falls back to the environment variable E(QUAY_CA_PATH).
    type: path
  timeout:
    description:
      - Seconds to wait for the answer to each single request.
      - Falls back to the environment variable E(QUAY_TIMEOUT).
    type: float
    default: 10.0
  retries:
    description:
      - How often a request is repeated when the connection drops or when the server answers 429, 502, 503 or 504.
        A C(Retry-After) header of the server sets the pause; otherwise the pause grows with each attempt.
      - A request that writes is repeated only if the server certainly did not act on it.
      - V(0) switches repetition off.
      - Falls back to the environment variable E(QUAY_RETRIES).
    type: int
    default: 3
notes:
  - An option of the task comes first (C(module_defaults) included), then the environment variable, then the default.
    Environment variables are those of the process that runs the module.
  - Names of server settings, such as C(FEATURE_SUPER_USERS), are keys of the Quay configuration file C(config.yaml).
"""
