# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: egress_gateway_policies
short_description: Which pods leave the cluster through which gateway
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Makes the egress gateway policies of a cluster those that are declared, for the egress gateway of Cilium 1.10 and
    later. Policies that an earlier run has made and that are no longer declared are removed.
  - They become objects of the kind that the cluster knows, C(CiliumEgressGatewayPolicy) or before Cilium 1.12
    C(CiliumEgressNATPolicy). They carry the label C(app.kubernetes.io/managed-by=fleet.cilium); policies without it
    stay as they are, unless one of their name is declared.
  - What cannot work is refused before anything is changed, because agents only log it and drop the packets. That is a
    gateway without a node, an address that the gateway node does not have, and a field that the cluster's version of
    Cilium does not know.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.cluster
attributes:
  check_mode:
    support: full
    details: The API server is asked whether it would take the changes.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  policies:
    description:
      - The policies, all of them. An empty list removes those that earlier runs have made.
      - Each has a C(name) and the fields of C(CiliumEgressGatewayPolicy), under the names that Cilium gives them. These
        are C(selectors) (a list, each with C(podSelector), C(namespaceSelector) or both), C(destinationCIDRs),
        C(excludedCIDRs) (from Cilium 1.14), and C(egressGateway) with C(nodeSelector) and either C(egressIP) or
        C(interface); from Cilium 1.18 also C(egressGateways), a list of such gateways.
      - A gateway without address and interface takes the first address of the device with the default route.
      - Where a selector of nodes selects several, Cilium takes the first by name.
    type: list
    elements: dict
    required: true
  namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
notes:
  - It reads nodes, custom resource definitions, and Cilium's objects of the whole cluster. Where an address is on no
    object, it asks the agent of the gateway node, which needs the right to create C(pods/exec).
seealso:
  - module: fleet.cilium.release
"""

EXAMPLES = r"""
- name: Let billing reach the bank with one address
  fleet.cilium.egress_gateway_policies:
    kubeconfig: ~/.kube/paris.conf
    policies:
      - name: billing-to-bank
        selectors:
          - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: billing}}
            podSelector: {matchLabels: {app: payments}}
        destinationCIDRs: [203.0.113.0/24]
        egressGateway:
          nodeSelector: {matchLabels: {egress: billing}}
          egressIP: 192.0.2.10

- name: Remove every policy that was made so
  fleet.cilium.egress_gateway_policies:
    kubeconfig: ~/.kube/paris.conf
    policies: []
"""

RETURN = r"""
created:
  description: Names of policies that were not there.
  returned: success
  type: list
  elements: str
  sample: [billing-to-bank]
updated:
  description: Names of policies that were different.
  returned: success
  type: list
  elements: str
  sample: []
deleted:
  description: Names of policies that earlier runs have made and that are no longer declared.
  returned: success
  type: list
  elements: str
  sample: []
unchanged:
  description: Names of policies that were there as declared.
  returned: success
  type: list
  elements: str
  sample: []
kind:
  description: The kind of the objects; nothing while the cluster knows none.
  returned: success
  type: str
  sample: CiliumEgressGatewayPolicy
findings:
  description:
    - What cannot work, in the sense of severity V(error), and what else a person should know.
    - The rules are V(egress_gateway_off), V(egress_gateway_without_node), V(egress_address_not_on_gateway),
      V(egress_gateway_is_first_node), V(egress_policy_field_unknown), V(egress_policy_field_missing),
      V(egress_policy_adopted), V(egress_policy_of_another), and V(egress_gateway_bypassed_by_l7), which names the
      endpoints that a policy of layer 7 selects too.
  returned: always, also when it fails for one of them
  type: list
  elements: dict
  sample:
    - rule: egress_gateway_is_first_node
      severity: info
      subject:
        cluster: paris
        policy: billing-to-bank
      feature: egress_gateway
      asked:
        matchLabels:
          egress: billing
      found: [paris-1, paris-2]
      reason: 2 nodes have the labels of the gateway; Cilium takes the first by name, paris-1.
      remedy: Nothing, if that is what you want; else select one node.
"""

from ..module_utils._egress.arguments import ARGUMENTS
from ..module_utils._egress.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
