# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Who signs in: for every module that can use a token."""

    DOCUMENTATION = r"""
options:
  quay_token:
    description:
      - OAuth access token, sent with every request. Its scopes and the roles of its user limit what the module can do.
      - Create one in the web interface, under the applications of an organization, or with M(quaymaster.quay.quay_api_token).
      - Servers that trust an OIDC issuer also accept a JSON web token of that issuer.
      - Mutually exclusive with O(quay_username) and O(quay_password).
      - Falls back to the environment variable E(QUAY_TOKEN), unless the task sets O(quay_username) or O(quay_password).
      - Without a token and without a user name, the requests are anonymous. Reading public data is all that they allow.
    type: str
  quay_username:
    description:
      - Name of the account that signs in. No token and no OAuth scope is needed then; the roles of the account decide.
      - Requires O(quay_password). Not possible when the server allows no direct login (C(FEATURE_DIRECT_LOGIN)).
      - Falls back to the environment variable E(QUAY_USERNAME), unless the task sets O(quay_token).
    type: str
  quay_password:
    description:
      - Password of O(quay_username).
      - Falls back to the environment variable E(QUAY_PASSWORD), unless the task sets O(quay_token).
    type: str
"""
