# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: with_rollout
short_description: Helm values of Cilium that let running agents follow a changed configuration
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Adds to the Helm values of Cilium those that a rollout mode needs.
  - By default the chart leaves running agents on the configuration that they started with.
  - What the input says itself is kept.
options:
  _input:
    description: Helm values of Cilium.
    type: dict
    required: true
  mode:
    description:
      - V(auto) lets the chart restart agents and operator when their configuration changes.
      - V(manual) and V(restart_needed) add nothing.
    type: str
    choices: [auto, manual, restart_needed]
    required: true
positional: mode
"""

EXAMPLES = r"""
- name: Values for the release
  ansible.builtin.debug:
    msg: "{{ {'operator': {'replicas': 1}} | fleet.cilium.with_rollout('auto') }}"
"""

RETURN = r"""
_value:
  description: The values, with those of the rollout mode.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject, plain_object
from ..plugin_utils._rollout import with_rollout as merged


def with_rollout(values: object, mode: str) -> JsonObject:
    """Return the Helm values with those of the rollout mode."""
    try:
        return merged(plain_object(values, where="values"), str(mode))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"with_rollout": with_rollout}
