# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: helm_values
short_description: Settings of a cluster as Helm values for a version of Cilium
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Says in the Helm values of one version of Cilium's chart what the settings say for any version.
  - Fails, with all reasons at once, when the settings cannot work with that version.
  - docs/variables.md lists the settings; P(fleet.cilium.settings#lookup) collects them from a host's variables.
extends_documentation_fragment: fleet.cilium._filters.settings
positional: version
seealso:
  - plugin: fleet.cilium.problems
    plugin_type: filter
  - plugin: fleet.cilium.configmap
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the Helm values for two versions
  ansible.builtin.debug:
    msg: "{{ {'cilium_routing_mode': 'native'} | fleet.cilium.helm_values(item) }}"
  loop: ["1.13.18", "1.20.0"]

- name: Give the variables of a Kubespray inventory to Kubespray's own role
  ansible.builtin.set_fact:
    cilium_extra_values: "{{ lookup('fleet.cilium.settings') | fleet.cilium.helm_values(version=cilium_version) }}"
"""

RETURN = r"""
_value:
  description: Helm values.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._dialects.helm import helm_values as values_for
from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._asked import faultless


def helm_values(settings: object, version: object = None) -> JsonObject:
    """Return the Helm values that say what the settings say."""
    try:
        return values_for(faultless(settings, version))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"helm_values": helm_values}
