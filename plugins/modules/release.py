# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Install, upgrade or uninstall Cilium as a Helm release
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Brings Cilium in a cluster to the chart and the values that are asked for, and waits until its pods run with them.
  - What exists is read from the cluster. An unchanged release costs two requests to the API server and no start of
    C(helm).
  - Values that others have set (by hand, or by another manager of this collection) stay, unless O(purge_foreign) is
    set. Values that this module has set and that are no longer in O(values) are removed. Which are whose is kept
    in the Secret C(fleet-cilium.<release_name>) beside the release, as paths and digests, never as values.
  - Only one run at a time changes a release. A run that is killed leaves nothing behind that the next one could not
    continue from.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.cluster
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the values, with credentials masked.
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) installs or upgrades, V(absent) uninstalls and removes the record of ownership.
    type: str
    choices: [present, absent]
    default: present
  release_name:
    description: Name of the release.
    type: str
    default: cilium
  release_namespace:
    description: Namespace of the release.
    type: str
    default: kube-system
  create_namespace:
    description: Whether to create O(release_namespace) when it does not exist. Without it, this is an error.
    type: bool
    default: false
  chart:
    description:
      - Cilium's chart. One of a folder, a C(.tgz) file, an C(oci://) address, or a name in O(chart_repository).
      - A folder or a file that has changed in content counts as changed, even if its version is the same.
      - Required with O(state=present).
    type: str
  chart_repository:
    description: URL of the repository that O(chart) is a name in, such as V(https://helm.cilium.io).
    type: str
  chart_version:
    description:
      - Version of the chart, for a chart that is fetched. For a folder or a file it has to be the one in there.
      - With an exact version the chart is fetched only when something is to be changed. Without one the newest
        is looked up each time.
    type: str
  values:
    description:
      - Helm values, as a mapping.
      - V(null) as a value is passed to Helm, where it removes the chart's default.
    type: raw
    default: {}
  clustermesh_values:
    description:
      - Values by which the cluster is a member of a mesh, as M(fleet.cilium.clustermesh) planned them. They become
        that module's own, which changes them later.
      - Without it, such values stay as they are.
    type: raw
  purge_foreign:
    description: Whether values that no manager of this collection has set are removed.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until every DaemonSet, Deployment and StatefulSet of the release has all its pods updated and
        available; with O(state=absent), until all of them are gone.
      - If no run has seen the current revision's pods ready yet, an unchanged release is waited for too.
    type: bool
    default: true
  wait_timeout:
    description: How long helm may take, and then the pods, in seconds each.
    type: int
    default: 600
  restart_stale:
    description:
      - Whether to restart the pods of agent and operator that started before their configuration last changed, as many
        at a time as their DaemonSet allows, each group ready before the next.
      - By default they stay on the configuration that they started with, unless the values C(rollOutCiliumPods) and
        C(operator.rollOutPods) are set.
    type: bool
    default: false
  atomic:
    description: Whether helm rolls back when the upgrade fails or its pods do not get ready in time.
    type: bool
    default: false
  history_max:
    description: How many revisions Helm keeps, V(0) for all.
    type: int
    default: 10
  lint:
    description:
      - What to do with values that the chart does not know, or not of this type. Helm itself ignores most of them
        silently.
      - V(error) refuses them, V(warn) returns them as findings, V(off) does not look.
      - All values that Helm gets are looked at. Values that others have set and the chart ignores are warnings only.
    type: str
    choices: [error, warn, 'off']
    default: error
  skip_checks:
    description:
      - Checks to leave out. V(minor_skip) refuses an upgrade by more than one minor version, V(downgrade) an older
        version than the one that is installed.
    type: list
    elements: str
    choices: [minor_skip, downgrade]
    default: []
  force_unlock:
    description:
      - Go on although another run seems to be changing the release, or has left a revision pending. Set it only if
        nobody works on the release.
    type: bool
    default: false
  helm_binary:
    description: Path of C(helm). The one on E(PATH) by default.
    type: path
requirements:
  - helm >= 3.14, or helm 4 (to change something)
seealso:
  - name: Cilium's Helm values
    description: What each value means.
    link: https://docs.cilium.io/en/stable/helm-reference/
"""

EXAMPLES = r"""
- name: Cilium with kube-proxy replacement, from the official repository
  fleet.cilium.release:
    kubeconfig: ~/.kube/paris
    chart: cilium
    chart_repository: https://helm.cilium.io
    chart_version: 1.15.19
    values:
      kubeProxyReplacement: true
      k8sServiceHost: 192.0.2.10
      k8sServicePort: 6443
      loadBalancer:
        mode: dsr
        algorithm: maglev

- name: The same from a file, and nothing but these values
  fleet.cilium.release:
    kubeconfig: ~/.kube/paris
    chart: /srv/charts/cilium-1.15.19.tgz
    purge_foreign: true
    values:
      routingMode: native
      autoDirectNodeRoutes: true
      ipv4NativeRoutingCIDR: 10.0.0.0/8

- name: Uninstall
  fleet.cilium.release:
    kubeconfig: ~/.kube/paris
    state: absent
"""

RETURN = r"""
release:
  description: The release as it is now; in check mode, as it would be.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: success
      sample: cilium
    namespace:
      description: Its namespace.
      type: str
      returned: success
      sample: kube-system
    revision:
      description: Number of the newest revision, V(null) when there is none.
      type: int
      returned: success
      sample: 3
    status:
      description: Helm's status of that revision, or V(absent).
      type: str
      returned: success
      sample: deployed
    chart_version:
      description: Version of its chart.
      type: str
      returned: success
      sample: 1.15.19
    app_version:
      description: Version of Cilium.
      type: str
      returned: success
      sample: 1.15.19
foreign_values:
  description: Paths of the values that are live and that no manager of this collection has set, sorted.
  returned: success
  type: list
  elements: str
  sample: [debug.enabled, 'extraConfig.a\.b']
pruned_values:
  description: Paths of the values that this run removed, sorted.
  returned: success
  type: list
  elements: str
  sample: [hubble.relay.enabled]
findings:
  description:
    - What is not as it should be. Rules are V(unknown_value), V(removed_value) and V(future_value), for values that the
      chart does not know, because none does, or those of earlier or later versions; V(value_not_a_map) and
      V(value_type), for values of a wrong type; and V(restart_needed), when running pods have not seen a changed
      configuration.
  returned: success
  type: list
  elements: dict
  sample:
    - rule: restart_needed
      severity: warning
      subject: {object: daemonset cilium}
      feature: null
      asked: null
      found: null
      reason: ConfigMap cilium-config changed, and the pods of daemonset cilium read it at their start only
      remedy: restart them (kubectl rollout restart), or set rollOutCiliumPods to true
waited:
  description: What was waited for, how many seconds, and its state at the end.
  returned: success, and when the waiting failed
  type: list
  elements: dict
  sample:
    - object: daemonset cilium
      seconds: 21.4
      state: 2 of 2 updated
restarted:
  description: The pods that were restarted, or would be, in check mode.
  returned: with O(restart_stale=true)
  type: list
  elements: dict
  sample:
    - object: daemonset cilium
      pod: cilium-x7k2p
      node: paris-1
notes:
  description: Helm's notes for the user.
  returned: success
  type: str
  sample: You have successfully installed Cilium with Hubble.
diff:
  description: The release before and after, with credentials masked.
  returned: changed, or with C(--diff)
  type: dict
  contains:
    before:
      description: Status, versions and values that are live; empty when there is no release.
      type: dict
      returned: success
    after:
      description: The same as it is to be; empty when there is to be no release.
      type: dict
      returned: success
    before_header:
      description: What it is.
      type: str
      returned: success
    after_header:
      description: What it is.
      type: str
      returned: success
"""

from ..module_utils._module import run_module
from ..module_utils._release.arguments import ARGUMENTS
from ..module_utils._release.run import run


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
