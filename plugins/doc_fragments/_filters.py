# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What several filters take: the settings of a cluster, its name and the inventory, or a program's output."""

    SETTINGS = r"""
options:
  _input:
    description: Settings, as a mapping of C(cilium_*) variable to value. What is not named is left to the chart.
    type: dict
    required: true
  version:
    description: Version of Cilium, such as V(1.15.19) or V(v1.15.19); by default the setting C(cilium_version).
    type: str
"""

    INVENTORY = r"""
options:
  _input:
    description: Name of the inventory host that stands for the cluster.
    type: str
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
"""

    OUTPUT = r"""
options:
  _input:
    description: The output as a text, or its JSON, as a text or decoded.
    type: raw
    required: true
"""
