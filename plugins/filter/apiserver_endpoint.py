# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: apiserver_endpoint
short_description: By which address agents reach the API server without kube-proxy
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Chooses among the addresses that are known, and says which it took.
  - This is what C(cilium_k8s_service_host) set to V(auto) stands for.
options:
  _input:
    description:
      - What is known, each a URL, C(host:port) or a host. The first of these counts, in this order.
      - C(kubespray), the variable C(kube_apiserver_global_endpoint); C(kubeadm), the C(controlPlaneEndpoint) of
        ConfigMap C(kubeadm-config); C(kubeconfig), the server of the kubeconfig, unless it is the machine itself;
        C(node), the address of a control-plane node.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Which address do agents use?
  ansible.builtin.debug:
    msg: "{{ {'kubeconfig': 'https://127.0.0.1:6443', 'node': '192.0.2.1'} | fleet.cilium.apiserver_endpoint }}"
"""

RETURN = r"""
_value:
  description: The address, as C(host) and C(port), and in words its C(source).
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._endpoint import resolve
from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._plain import plain_mapping


def apiserver_endpoint(candidates: object) -> JsonObject:
    """Return the address that agents use."""
    try:
        return resolve(plain_mapping(candidates, where="endpoint")).as_dict()
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"apiserver_endpoint": apiserver_endpoint}
