# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: global_services
short_description: Services whose backends are in several clusters of a mesh
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Gives the Services of a cluster the annotations that make them services of the whole mesh, in the spelling that the
    versions of Cilium read.
  - A global service is one that has the same name and namespace in each cluster, so it is declared the same in all of
    them. Services are annotated, never created.
  - Annotations that an earlier run has set and that are no longer declared are removed. The annotation
    C(fleet.cilium/global-services) of a Service names them; those of others stay.
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
  services:
    description: The global services, all of them. An empty list removes what earlier runs have set.
    type: list
    elements: dict
    required: true
    suboptions:
      namespace:
        description: Namespace of the Service.
        type: str
        required: true
      name:
        description: Name of the Service.
        type: str
        required: true
      global:
        description: Whether the backends of all clusters serve it. V(false) says so expressly.
        type: bool
        default: true
      shared:
        description: Whether this cluster's backends serve the others too. Cilium's own default is V(true).
        type: bool
      affinity:
        description: Which backends are preferred while they are healthy; from Cilium 1.12.
        type: str
        choices: [local, remote, none]
      endpoint_sync:
        description:
          - Whether EndpointSlices show the other clusters' backends too, for DNS and for others who read them; from
            Cilium 1.16, where the synchronisation of EndpointSlices is on.
        type: bool
  versions:
    description:
      - The versions of Cilium of the mesh's members. Where they spell an annotation differently, a Service gets all
        spellings.
      - Without it, the spelling is that of the cluster's own agents.
    type: list
    elements: str
    default: []
  namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
notes:
  - It lists the Services of the whole cluster, and patches those that are declared.
seealso:
  - plugin: fleet.cilium.global_service_annotations
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Serve the shop from both clusters, from the near one where it can
  fleet.cilium.global_services:
    kubeconfig: ~/.kube/paris.conf
    services:
      - {namespace: shop, name: cart, affinity: local}
      - {namespace: shop, name: stock, shared: false}

- name: The same while one cluster still runs Cilium 1.12
  fleet.cilium.global_services:
    kubeconfig: ~/.kube/paris.conf
    services:
      - {namespace: shop, name: cart, affinity: local}
    versions: ["1.12.19", "1.13.18"]
"""

RETURN = r"""
updated:
  description: Services whose annotations were different, as namespace/name.
  returned: success
  type: list
  elements: str
  sample: [shop/cart]
released:
  description: Services that earlier runs have annotated and that are no longer declared.
  returned: success
  type: list
  elements: str
  sample: []
unchanged:
  description: Services that had the annotations that are declared.
  returned: success
  type: list
  elements: str
  sample: []
missing:
  description: Services that are declared and that are not in this cluster.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: What needs attention. The rules are V(mesh_service_missing) and V(mesh_service_annotation_adopted).
  returned: success
  type: list
  elements: dict
  sample:
    - rule: mesh_service_missing
      severity: warning
      subject:
        cluster: paris
        namespace: shop
        service: cart
      feature:
      asked: shop/cart
      found:
      reason: There is no Service shop/cart in this cluster, so it is not global here.
      remedy: Create the Service in this cluster too, with or without pods behind it, and run again.
"""

from ..module_utils._global_services.arguments import ARGUMENTS
from ..module_utils._global_services.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
