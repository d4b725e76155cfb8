# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: What is installed of Cilium, and where it is not the same everywhere
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Reads the Helm release of Cilium without helm, and compares four places in which its configuration stands. These are
    what is desired (if you say it), the release, the live ConfigMap and the running agents. Changes nothing.
  - A change travels from the first to the last of these, so each difference has one place that does not fit. Values
    that M(fleet.cilium.release) wrote and that somebody else changed since are told from values that were not applied.
  - It needs the rights to read Secrets and ConfigMaps of the namespace; for O(agents) those of
    M(fleet.cilium.status_info) too.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._query
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.cluster
options:
  release_name:
    description: Name of the Helm release.
    type: str
    default: cilium
  release_namespace:
    description: Namespace of the release and of the agents.
    type: str
    default: kube-system
  settings:
    description:
      - Settings that are desired, as P(fleet.cilium.settings#lookup) returns them. They are compared key by key with
        the ConfigMaps, as what the installed version makes of them.
    type: dict
    default: {}
  values:
    description: Helm values that are desired, such as P(fleet.cilium.desired#filter) returns them.
    type: raw
  agents:
    description: Whether to ask the agents what they run with (C(cilium-dbg config)).
    type: bool
    default: true
  timeout:
    description: Seconds that one command in one agent may take.
    type: int
    default: 30
  parallel:
    description: How many agents are asked at the same time.
    type: int
    default: 16
seealso:
  - module: fleet.cilium.release
  - module: fleet.cilium.verify_info
"""

EXAMPLES = r"""
- name: Look at what is installed
  fleet.cilium.release_info:
    kubeconfig: ~/.kube/paris.conf
  register: installed

- name: Has somebody changed it behind our back?
  fleet.cilium.release_info:
    kubeconfig: ~/.kube/paris.conf
    settings: "{{ lookup('fleet.cilium.settings') }}"
    query: "drift[?odd != 'desired']"
"""

RETURN = r"""
release:
  description:
    - The release, with C(name), C(namespace), C(revision), C(status), C(chart), C(chart_version), C(app_version) and
      C(since) (when it was last deployed). Where there is none, the status is V(absent) and the others are null.
  returned: success
  type: dict
  sample:
    name: cilium
    namespace: kube-system
    revision: 3
    status: deployed
    chart: cilium
    chart_version: 1.15.19
    app_version: 1.15.19
    since: "2026-01-01T00:00:00Z"
values:
  description: The release's own values; credentials are masked.
  returned: success
  type: dict
drift:
  description:
    - What is not the same everywhere, sorted by C(key), a key of the ConfigMap, or the path of a Helm value that shows
      in no key.
    - C(value) is the path of the Helm value behind a key, if it is known. C(desired), C(release), C(configmap) and
      C(agents) are what stands there, null where it does not or where that is not known; C(agents) is a mapping by
      node where they differ.
    - C(odd) is the place that does not fit. V(desired), what is asked has not been applied; V(release), somebody else
      changed the release; V(configmap), somebody else changed the ConfigMap; V(agents), agents run with something else.
  returned: success
  type: list
  elements: dict
  sample:
    - key: bpf-lb-mode
      value: loadBalancer.mode
      desired: dsr
      release: snat
      configmap: snat
      agents: dsr
      odd: release
findings:
  description: The same as findings, each of rule C(drift_) and the odd place, such as C(drift_release).
  returned: success
  type: list
  elements: dict
"""

from ..module_utils._drift.arguments import ARGUMENTS
from ..module_utils._drift.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
