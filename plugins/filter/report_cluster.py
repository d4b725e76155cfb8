# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: report_cluster
short_description: One cluster's entry of the report on a fleet, from what modules returned about it
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Puts together what is known of a cluster, for M(fleet.cilium.report). What is missing is said to be missing.
  - Values of settings that are credentials are masked.
  - Of a cluster with more than 25 nodes, of the pairs of nodes only those that are not in order are kept one by one.
options:
  _input:
    description:
      - What modules returned, all optional, null or failed results included. C(asked), from
        P(fleet.cilium.settings#lookup); C(cluster), from M(fleet.cilium.cluster_info); C(status), from
        M(fleet.cilium.status_info); C(release), from M(fleet.cilium.release_info); C(verified), from
        M(fleet.cilium.verify_info), whose nodes count where C(status) is missing; C(not_compared), the result of the
        task that should have compared, or a text; C(fault), the result of the task that failed, or a text, where the
        cluster could not be reached; C(no_way), the same, but it comes first.
    type: dict
    required: true
  name:
    description: Name of the cluster, for people.
    type: str
    required: true
positional: name
seealso:
  - module: fleet.cilium.report
"""

EXAMPLES = r"""
- name: Keep it for the report
  ansible.builtin.set_fact:
    cilium_report_cluster: "{{ {'status': status} | fleet.cilium.report_cluster(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - The entry. C(name); C(host), URL of the API server; C(release); C(kubernetes_version); C(asked), by variable;
      C(nodes), what each agent says by node, empty for one that did not answer; C(machines), the C(kernel) by node;
      C(summary); C(features), null if nobody compared; C(log), null if nobody read it; C(findings); C(unreachable),
      why there is no answer at all, or null.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject


def report_cluster(parts: object, name: str) -> JsonObject:
    """Return a cluster's entry of the report."""
    # Ansible loads all filters of a collection for one of them, in every task that uses one.
    from ..plugin_utils._report import cluster_entry

    try:
        return cluster_entry(parts, str(name))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"report_cluster": report_cluster}
