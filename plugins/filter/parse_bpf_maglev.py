# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: parse_bpf_maglev
short_description: The look-up tables of Maglev, from their text or their JSON
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Reads what C(cilium-dbg bpf lb maglev list) (before 1.15, C(cilium bpf lb maglev list)) prints, also with C(-o
    json).
  - Tables of one service are equal on all nodes that have the same seed and the same numbers of backends.
  - What a terminal, a shell and kubectl add to the text does not matter, nor do shifted columns, tabs, and a tail that
    is missing.
  - A key that is missing was not told, which is another thing than V(false) or V(0).
extends_documentation_fragment: fleet.cilium._filters.output
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask
  ansible.builtin.command: kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf lb maglev list
  changed_when: false
  register: answer

- name: Show
  ansible.builtin.debug:
    msg: "{{ (answer.stdout | fleet.cilium.parse_bpf_maglev).tables | map(attribute='size') | unique }}"
"""

RETURN = r"""
_value:
  description: What the output says.
  type: dict
  contains:
    tables:
      description:
        - A table for each service, with C(service_id), C(family) (V(v4), V(v6)), C(size), C(backends) (by the number of
          a backend, in how many places it is) and C(digest), by which two tables can be compared.
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


def parse_bpf_maglev(value: object) -> JsonObject:
    """Return what the output says."""
    return read("cilium-dbg bpf lb maglev list", value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"parse_bpf_maglev": parse_bpf_maglev}
