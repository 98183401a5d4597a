# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Login options of modules that never sign in."""

    DOCUMENTATION = r"""
options:
  quay_token:
    description:
      - Ignored, because this module does not sign in. Accepted so that C(module_defaults) of the action group work here too.
    type: str
  quay_username:
    description:
      - Ignored, see O(quay_token).
    type: str
  quay_password:
    description:
      - Ignored, see O(quay_token).
    type: str
"""
