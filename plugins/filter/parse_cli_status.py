# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: parse_cli_status
short_description: What the command-line client says about a cluster, from its text or its JSON
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Reads what C(cilium status) of the command-line client prints, also with C(-o json). That is another program than
    the one of the same name in the agent's pod.
  - What a terminal, a shell and kubectl add to the text does not matter, nor do shifted columns, tabs, and a tail that
    is missing.
  - A key that is missing was not told, which is another thing than V(false) or V(0).
extends_documentation_fragment: fleet.cilium._filters.output
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask
  ansible.builtin.command: cilium status
  changed_when: false
  register: answer

- name: Show
  ansible.builtin.debug:
    msg: "{{ (answer.stdout | fleet.cilium.parse_cli_status).healthy }}"
"""

RETURN = r"""
_value:
  description: What the output says.
  type: dict
  contains:
    components:
      description:
        - Parts of Cilium by name, such as V(cilium), V(operator), V(envoy_daemonset), V(hubble_relay) and
          V(clustermesh), each with C(state) (V(OK), V(disabled), V(errors), V(warnings)), C(errors), C(warnings) and
          C(message).
      type: dict
      returned: if told
    workloads:
      description: Workloads by name, each with C(kind), C(desired), C(ready), C(available) and C(unavailable).
      type: dict
      returned: if told
    containers:
      description: Numbers of pods by workload and phase.
      type: dict
      returned: if told
    cluster_pods:
      description: Pods with an address of their own, with C(managed) (by Cilium) and C(total).
      type: dict
      returned: if told
    helm_chart_version:
      description: Version of the chart.
      type: str
      returned: if told
    images:
      description: Images, each with C(name), C(component), C(digest) and C(count).
      type: list
      elements: dict
      returned: if told
    errors:
      description: Errors, each with C(component), C(pod) and C(message). The client's JSON has no messages.
      type: list
      elements: dict
      returned: if told
    warnings:
      description: Warnings, each with C(component), C(pod) and C(message) too.
      type: list
      elements: dict
      returned: if told
    agents:
      description:
        - State of each agent by the name of its pod, as P(fleet.cilium.parse_status#filter) returns it; from JSON only.
      type: dict
      returned: if told
    healthy:
      description: Whether every component is well or disabled.
      type: bool
      returned: if told
    error:
      description: What was said in the place of an answer, as when no agent runs.
      type: str
      returned: if there was no answer
    unparsed:
      description:
        - Lines of a text that are not understood. Long runs of base64 in them are not shown, since they may be keys.
      type: list
      elements: str
      returned: for a text
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..plugin_utils._reading import read

if TYPE_CHECKING:
    from ..module_utils._json import JsonObject


def parse_cli_status(value: object) -> JsonObject:
    """Return what the output says."""
    return read("cilium status", value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"parse_cli_status": parse_cli_status}
