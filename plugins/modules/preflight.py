# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Looks for what is wrong with a fleet, before anything is changed
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Reads the settings of every cluster of group C(cilium_clusters), asks the API servers of those in the play for what
    settings depend on, and applies the rules of P(fleet.cilium.problems#filter).
  - Fails when something cannot work, and names all of it. Changes nothing.
  - Clusters that are not in the play (C(--limit)) are compared with the others all the same. One whose variables
    cannot be read is a finding.
  - One task for the whole play is enough, so give it C(run_once).
  - Without the group C(cilium_clusters) the hosts of the play are the clusters.
options:
  ask:
    description: Whether to ask API servers. Without it, rules on Kubernetes versions, kernels and live networks rest.
    type: bool
    default: true
  ignore:
    description: Names of rules whose errors are shown as warnings and do not fail the task.
    type: list
    elements: str
    default: []
attributes:
  action:
    description: Has an action plugin, so that the work is done on the controller.
    support: full
  async:
    description: Can be run in the background with C(async).
    support: none
  bypass_host_loop:
    description: Runs once for all hosts by itself.
    support: none
    details: Give the task C(run_once).
  platform:
    platforms: posix
    support: full
extends_documentation_fragment:
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
seealso:
  - plugin: fleet.cilium.problems
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Look at the whole fleet first
  fleet.cilium.preflight:
  run_once: true
"""

RETURN = r"""
clusters:
  description: The clusters of the play.
  returned: always
  type: list
  elements: str
findings:
  description: What was found, errors first, in the form of P(fleet.cilium.problems#filter).
  returned: always
  type: list
  elements: dict
msg:
  description: What cannot work, a line for each thing.
  returned: on failure
  type: str
"""
