# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What every module can do. It stands before the fragments of ansible-core, which tell what the attributes are."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: posix
    support: full
  action_group:
    membership: [quaymaster.quay.quay]
    support: full
"""

    # What is otherwise with modules that only read. It stands before the rest: what is said first counts.
    INFO = r"""
attributes:
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
"""
