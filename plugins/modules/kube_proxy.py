# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kube_proxy
short_description: Removes kube-proxy from a cluster once Cilium does its work, and brings it back
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - With O(state=absent), removes the objects that kubeadm made for kube-proxy, which are DaemonSet, ConfigMap,
    ServiceAccount and their rights. Before that it asks every agent of Cilium whether kube-proxy can be done without,
    and refuses if not.
  - The objects are kept in the Secret C(fleet-cilium.kube-proxy) in namespace C(kube-system). With O(state=present),
    they are restored from it as they were, and the Secret is removed.
  - So that an upgrade does not bring kube-proxy back, C(proxy.disabled) is set in kubeadm's configuration where that
    has form C(v1beta4) or newer. RV(keep_away) holds what a person puts elsewhere for the same end.
  - Rules that kube-proxy has made stay on the nodes.
  - In distributions that run kube-proxy in another way, what can be removed is removed, and a finding says what a
    person has to do. These are k3s, RKE2, k0s, MicroK8s, EKS, GKE, AKS, Talos, and kubelets that run it from a file.
  - A cluster without any network plugin passes all gates. There kube-proxy may go before Cilium comes.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.cluster
attributes:
  check_mode:
    support: full
    details: The gates are looked at, and the API server is asked whether it would take the changes.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(absent) removes the objects and waits until no pod of kube-proxy is left.
      - V(present) restores them from the backup and waits until kube-proxy runs on all nodes. Without a backup a
        kube-proxy that is there stays as it is.
    type: str
    choices: [absent, present]
    required: true
  strategy:
    description:
      - How O(state=absent) takes the nodes.
      - V(all) deletes the DaemonSet at once. Connections through Services that exist then may break everywhere.
      - V(node) takes one node after the other. The label C(fleet.cilium/kube-proxy=removed) keeps kube-proxy off a
        node, and the next one follows when its pod is gone. For this the DaemonSet gets a node affinity, so its pods
        are restarted once. When no node has kube-proxy any more, the objects and the labels are removed.
    type: str
    choices: [all, node]
    default: all
  nodes:
    description:
      - With O(strategy=node), the nodes to take in this task, all by default. Their order is that of their names.
      - The objects stay until no node is left that has kube-proxy.
    type: list
    elements: str
  skip_gates:
    description:
      - Gates that do not refuse, for someone who knows better. What they find becomes a warning.
      - V(agents_ready) means that every node that pods may be scheduled to has a ready agent.
      - V(agents_replace_kube_proxy) means that each agent says that it replaces kube-proxy, in its status, not in its
        configuration.
      - V(api_endpoint) means that no agent looks for the API server at a Service, that each one says that it
        reaches it, and that a new connection from its pod, which is in the node's network, reaches it too.
      - V(nodeport_range) means that the agents serve every NodePort that the API server gives out.
      - V(agents_current) means that no agent is older than its configuration.
      - V(socket_lb_scope) means that load balancing at the socket is on, so that the node's own programs reach
        Services, and that it is limited to the node where pods have a kernel of their own (Kata Containers, gVisor,
        KubeVirt).
    type: list
    elements: str
    choices:
      - agents_ready
      - agents_replace_kube_proxy
      - api_endpoint
      - nodeport_range
      - agents_current
      - socket_lb_scope
    default: []
  namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
  timeout:
    description: Seconds that an agent has for its answer.
    type: int
    default: 30
  parallel:
    description: How many agents are asked at a time.
    type: int
    default: 16
  wait_timeout:
    description: Seconds that kube-proxy has to go, or to come back.
    type: int
    default: 300
notes:
  - Asking the agents needs the right to create C(pods/exec) in their namespace.
seealso:
  - module: fleet.cilium.status_info
  - name: Kubernetes without kube-proxy
    description: Cilium's documentation.
    link: https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/
"""

EXAMPLES = r"""
- name: Remove kube-proxy
  fleet.cilium.kube_proxy:
    kubeconfig: ~/.kube/paris.conf
    state: absent

- name: Free one node of it
  fleet.cilium.kube_proxy:
    kubeconfig: ~/.kube/paris.conf
    state: absent
    strategy: node
    nodes: [paris-1]

- name: Bring it back as it was
  fleet.cilium.kube_proxy:
    kubeconfig: ~/.kube/paris.conf
    state: present
"""

RETURN = r"""
removed:
  description: Objects that were removed, or would be.
  returned: success
  type: list
  elements: str
  sample: [DaemonSet kube-proxy, ConfigMap kube-proxy]
restored:
  description: Objects that were restored, or would be.
  returned: success
  type: list
  elements: str
  sample: []
nodes_left:
  description: With O(strategy=node), the nodes that keep kube-proxy after this task.
  returned: success
  type: list
  elements: str
  sample: [paris-2]
backup:
  description: Namespace and name of the Secret that holds the backup; nothing without one.
  returned: success
  type: str
  sample: kube-system/fleet-cilium.kube-proxy
distribution:
  description: What the cluster was made with, as far as that decides where kube-proxy runs.
  returned: success
  type: str
  sample: kubeadm
keep_away:
  description: What a person puts elsewhere so that upgrades do not bring kube-proxy back.
  returned: success
  type: dict
  contains:
    upgrade_configuration:
      description: Text for the configuration file of C(kubeadm upgrade), from Kubernetes 1.32 on.
      type: str
    kubespray_variables:
      description: Variables of Kubespray.
      type: dict
  sample:
    upgrade_configuration: |
      apiVersion: kubeadm.k8s.io/v1beta4
      apply:
        skipPhases:
        - addon/kube-proxy
      kind: UpgradeConfiguration
      node:
        skipPhases:
        - addon/kube-proxy
    kubespray_variables:
      kube_proxy_remove: true
service_address:
  description: ClusterIP of the Service C(kubernetes). Its port 443 answers on every node on which Services are served.
  returned: success
  type: str
  sample: 10.96.0.1
waited:
  description: What was waited for.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: What it was.
      type: str
    seconds:
      description: How long it took.
      type: float
    state:
      description: How it ended.
      type: str
findings:
  description:
    - What stands against the removal, in the sense of severity V(error), and what else a person should know.
    - The rules are the names of the gates, and V(no_network_yet), V(connections_break), V(kube_proxy_comes_back),
      V(kube_proxy_not_an_object), V(kube_proxy_static_pod), V(kube_proxy_not_found), V(kubeadm_upgrade_may_restore)
      and V(kube_proxy_older_than_cluster).
  returned: always, also when a gate refuses
  type: list
  elements: dict
  sample:
    - rule: agents_replace_kube_proxy
      severity: error
      subject:
        cluster: paris
        node: paris-2
      feature: kube_proxy_replacement
      asked: null
      found: "False"
      reason: "Agent cilium-7xkqp says that it replaces kube-proxy: False."
      remedy: Roll Cilium out with full replacement of kube-proxy first.
"""

from ..module_utils._kube_proxy.arguments import ARGUMENTS
from ..module_utils._kube_proxy.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
