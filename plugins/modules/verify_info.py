# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: verify_info
short_description: Whether what is asked of a cluster is what its agents do
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Reads a cluster once (agents with their health and their logs, the ConfigMap, the release, pods, DaemonSets) and
    compares what is asked with what is there. Changes nothing.
  - Every setting whose effect an agent shows is looked at on every node. Where an agent fell back, the reason is told
    as far as its log, the node's facts or the settings tell it.
  - Also found are agents that started before their configuration last changed, values that are not the same in
    settings, release, ConfigMap and agents (drift), nodes that others do not reach, pods without a CiliumEndpoint,
    another network plugin that is still there, and agents that choose backends differently.
  - It needs the rights of M(fleet.cilium.status_info), and to read the namespace's Secrets and ConfigMaps, and to list
    nodes, and pods, DaemonSets and CiliumEndpoints of all namespaces. What may not be read is a finding, not a failure.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._query
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.cluster
options:
  cluster:
    description: Name of the cluster in the result; the kubeconfig's context by default.
    type: str
  settings:
    description: What is asked, as P(fleet.cilium.settings#lookup) returns it.
    type: dict
    default: {}
  version:
    description: Version of Cilium that is asked for. Agents of another version are a finding.
    type: str
  values:
    description:
      - Helm values that are asked for, such as P(fleet.cilium.desired#filter) returns them. What they say of settings
        counts where O(settings) says nothing.
    type: raw
  facts:
    description:
      - What is known of the cluster beside what it tells, in the form of docs/variables.md; above all the network
        devices of its nodes with their drivers. Nodes are joined by name.
    type: dict
    default: {}
  expectations:
    description:
      - Expectations of your own. Each has C(query), an expression in JMESPath (U(https://jmespath.org)), and exactly
        one of C(equals), C(min) (a number) and C(matches) (a regular expression that is searched in a text).
      - With C(per) V(node), the default, the query sees the state of each agent, as in RV(nodes); with V(cluster) it
        sees the whole result. C(name) is what the finding calls it.
      - An expectation that is not well-formed fails before anything is read.
      - They need the Python package C(jmespath) where the work is done.
    type: list
    elements: dict
    default: []
  ignore:
    description: Names of rules whose errors are shown as warnings.
    type: list
    elements: str
    default: []
  release_name:
    description: Name of the Helm release.
    type: str
    default: cilium
  release_namespace:
    description: Namespace of the release and of the agents.
    type: str
    default: kube-system
  drift:
    description: Whether to look for drift.
    type: bool
    default: true
  log:
    description: Whether to read the agents' logs. Without them many reasons are not known.
    type: bool
    default: true
  probe:
    description: Have the health daemon of each agent ask all nodes anew; it takes some seconds.
    type: bool
    default: false
  settle:
    description:
      - Seconds to look again for, while the errors are such as pass by themselves soon after agents have started, like
        nodes that have not asked each other yet. Then they are asked to do so, as with O(probe).
    type: int
    default: 0
  timeout:
    description: Seconds that one command in one agent, or reading its log, may take.
    type: int
    default: 30
  parallel:
    description: How many agents are asked at the same time.
    type: int
    default: 16
seealso:
  - module: fleet.cilium.status_info
  - module: fleet.cilium.release_info
"""

EXAMPLES = r"""
- name: Is what is asked what runs?
  fleet.cilium.verify_info:
    kubeconfig: ~/.kube/paris.conf
    settings: "{{ lookup('fleet.cilium.settings') }}"
    version: 1.15.19
    expectations:
      - query: kube_proxy_replacement.devices[0].name
        equals: eth0
      - query: summary.nodes.answered
        min: 3
        per: cluster
  register: verified

- name: Show what is wrong
  ansible.builtin.debug:
    var: verified.lines
"""

RETURN = r"""
cluster:
  description: Name of the cluster.
  returned: success
  type: str
  sample: paris
version:
  description: Version of Cilium that most agents run; null where neither they nor O(version) tell one.
  returned: success
  type: str
  sample: 1.15.19
summary:
  description:
    - Figures. C(nodes) with C(total) and C(answered); C(features), how many settings are C(effective), C(fell_back),
      C(older_config) and C(unknown) on at least one node, each counted once; C(findings) by severity;
      C(unmanaged_pods); C(versions), how many agents run each.
  returned: success
  type: dict
features:
  description:
    - Each setting whose effect agents show, with C(feature), C(setting), C(asked), C(given) (false for the chart's
      default), C(expected) (any of these) and C(nodes). A default stands here only where no agent shows anything else.
    - C(nodes) has for each node C(state), C(shows) (null where the agent does not tell) and C(path), where that stands
      in the agent's state. The state is V(effective), V(fell_back), V(older_config) (something else is shown, by an
      agent that started before its configuration last changed) or V(unknown).
  returned: success
  type: list
  elements: dict
  sample:
    - feature: bandwidth_manager
      setting: cilium_enable_bandwidth_manager
      asked: true
      given: true
      expected: [true]
      nodes:
        paris-1:
          state: fell_back
          shows: false
          path: bandwidth_manager.enabled
findings:
  description:
    - What is wrong, errors first. The rules beside those of M(fleet.cilium.status_info) are C(fell_back),
      C(partly_effective), C(older_config), C(version_differs), C(runs_on_defaults), C(drift_desired),
      C(drift_release), C(drift_configmap), C(drift_agents), C(node_unreachable), C(endpoint_unreachable),
      C(node_isolated), C(nodes_unreachable), C(unmanaged_pods), C(other_cni_daemonset), C(other_cni_file),
      C(maglev_seeds_differ), C(maglev_tables_differ), C(agent_log), C(expectation_unmet) and C(not_read).
    - The subject has C(cluster), and C(node), or C(nodes) as a text that names several.
  returned: success
  type: list
  elements: dict
  sample:
    - rule: fell_back
      severity: error
      subject:
        cluster: paris
        node: paris-1
      feature: bandwidth_manager
      asked:
        cilium_enable_bandwidth_manager: true
      found:
        bandwidth_manager.enabled: false
      reason: "cilium_enable_bandwidth_manager asks for true, and the agent shows false: the node has no
        net.core.default_qdisc, so the queueing discipline fq, which paces traffic, cannot be set"
      remedy: take nodes whose kernel has fq, or set cilium_enable_bandwidth_manager to false
drift:
  description: What is not the same everywhere, as in M(fleet.cilium.release_info).
  returned: success
  type: list
  elements: dict
log:
  description:
    - Warnings and errors of all agents since they started, by message; those that need a person first. Messages that
      differ in numbers and addresses only are one.
    - Each has C(level), C(subsys), C(message), C(count), C(first), C(last), C(nodes) (how often on each), C(known) (the
      name of what is known of it, or null), C(means) and C(harmless).
  returned: success
  type: list
  elements: dict
nodes:
  description: What each agent says, as in M(fleet.cilium.status_info), with its health and without its log.
  returned: success
  type: dict
lines:
  description: The findings, a line of text each.
  returned: success
  type: list
  elements: str
errors:
  description: Those of RV(lines) that are errors.
  returned: success
  type: list
  elements: str
"""

from ..module_utils._effective.arguments import ARGUMENTS
from ..module_utils._effective.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
