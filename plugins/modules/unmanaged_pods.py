# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: unmanaged_pods
short_description: Restarts pods that run without Cilium
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Finds pods that run in the pods' network and have no CiliumEndpoint, because they started before Cilium, or while
    its agent was away. No policy applies to them. Restarts them, so that Cilium manages them.
  - Pods are evicted, so budgets for disruption hold. A few go at a time, never two of one workload, and the next ones
    wait until the pods that replace them are ready and managed.
  - Pods that nothing would make anew are left alone and reported. Pods of a node whose agent is not ready are no
    concern of this module, and neither are pods that started less than a minute ago.
  - It needs the rights to list pods and CiliumEndpoints of all namespaces, and to create C(pods/eviction).
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.cluster
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Names the pods.
  idempotent:
    support: full
options:
  release_namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
  batch:
    description: How many pods may be away at a time.
    type: int
    default: 10
  wait_timeout:
    description: Seconds that the pods of one batch may take until they are replaced.
    type: int
    default: 300
seealso:
  - module: fleet.cilium.verify_info
"""

EXAMPLES = r"""
- name: Let Cilium manage every pod
  fleet.cilium.unmanaged_pods:
    kubeconfig: ~/.kube/paris.conf
    batch: 5
"""

RETURN = r"""
pods:
  description: The pods that were restarted (in check mode, that would be), as C(namespace/name), in that order.
  returned: success
  type: list
  elements: str
  sample: [default/web-7d9f-x2x9p]
findings:
  description: Pods that were left alone, with the rule C(pod_without_owner).
  returned: success
  type: list
  elements: dict
"""

from ..module_utils._module import run_module
from ..module_utils._pods.arguments import ARGUMENTS
from ..module_utils._pods.run import run


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
