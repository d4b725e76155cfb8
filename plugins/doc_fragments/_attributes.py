# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    # Attributes that every module documents. PRIVATE to the collection.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what it would change, without changing it.
  diff_mode:
    description: Returns details on what has changed (or would, in check mode), when run with C(--diff).
  idempotent:
    description: When run twice in a row outside check mode, with the same options, the second run changes nothing.
  platform:
    description: Where it can run.
"""

    # A module that reads and changes nothing.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
    details: It changes nothing.
"""

    # A module that works through the API of a cluster.
    CLUSTER = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, so that the work is done on the controller.
    support: full
  action_group:
    description: Takes part in the action group C(fleet.cilium.cluster), for C(module_defaults).
    support: full
    membership: [fleet.cilium.cluster]
  async:
    description: Can be run in the background with C(async).
    support: none
    details: Only at the module's own door, with the variable C(cilium_run_on) set to V(host).
  platform:
    platforms: posix
    support: full
"""

    # A module that works through the APIs of the members of a mesh; their options, not its own, say the way.
    MESH = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, so that the work is done on the controller.
    support: full
  async:
    description: Can be run in the background with C(async).
    support: none
    details: Only at the module's own door, with the variable C(cilium_run_on) set to V(host).
  platform:
    platforms: posix
    support: full
"""
