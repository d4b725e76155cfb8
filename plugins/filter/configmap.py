# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: configmap
short_description: Settings of a cluster as keys of the ConfigMap that Cilium's agents read
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Says in the keys of C(cilium-config) of one version of Cilium what the settings say for any version.
  - For clusters whose ConfigMap is not made by Cilium's chart, and to compare a live ConfigMap with what is asked.
  - Holds only the keys that the settings decide; the chart writes many more.
  - Fails, with all reasons at once, when the settings cannot work with that version.
extends_documentation_fragment: fleet.cilium._filters.settings
positional: version
seealso:
  - plugin: fleet.cilium.helm_values
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Keys of cilium-config
  ansible.builtin.debug:
    msg: "{{ {'cilium_routing_mode': 'native'} | fleet.cilium.configmap('1.15.19') }}"
"""

RETURN = r"""
_value:
  description: Keys and their values, which are text.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._dialects.configmap import configmap as keys_for
from ..module_utils._errors import FleetError
from ..plugin_utils._asked import faultless


def configmap(settings: object, version: object = None) -> dict[str, str]:
    """Return the keys of the agents' ConfigMap that say what the settings say."""
    try:
        return keys_for(faultless(settings, version))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., dict[str, str]]]:
        return {"configmap": configmap}
