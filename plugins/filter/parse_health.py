# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: parse_health
short_description: Whom a node reaches, from the text or the JSON of cilium-health
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Reads what C(cilium-health status) prints, also with C(--verbose), C(--probe) or C(-o json).
  - What a terminal, a shell and kubectl add to the text does not matter, nor do shifted columns, tabs, and a tail that
    is missing.
  - A key that is missing was not told, which is another thing than V(false) or V(0).
extends_documentation_fragment: fleet.cilium._filters.output
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask
  ansible.builtin.command: kubectl -n kube-system exec ds/cilium -- cilium-health status --probe
  changed_when: false
  register: answer

- name: Show
  ansible.builtin.debug:
    msg: "{{ (answer.stdout | fleet.cilium.parse_health).reachable }}"
"""

RETURN = r"""
_value:
  description: What the output says.
  type: dict
  contains:
    daemon:
      description: State of the health daemon; only the agent's own status tells it.
      type: str
      returned: if told
    message:
      description: What the agent says to the state of its health daemon.
      type: str
      returned: if told
    reachable:
      description: Number of nodes of which no probe failed.
      type: int
      returned: if told
    total:
      description: Number of nodes.
      type: int
      returned: if told
    time:
      description: When this was so, as it is written there.
      type: str
      returned: if told
    interval:
      description: Time between two probes, as it is written there.
      type: str
      returned: if told
    local:
      description: Name of the node that was asked.
      type: str
      returned: if told
    nodes:
      description:
        - A node for each, with C(name), C(local), C(ips), C(node) and C(endpoints). The last two are the sides of that
          node, with C(status) (V(reachable), V(unreachable), V(unknown)), C(reachable) and C(total) (numbers of
          addresses) and C(paths), each with C(ip), C(primary), C(icmp) and C(http). These are the probes, with C(ok),
          C(rtt) in nanoseconds, C(message) and C(last_probed).
      type: list
      elements: dict
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


def parse_health(value: object) -> JsonObject:
    """Return what the output says."""
    return read("cilium-health status", value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"parse_health": parse_health}
