# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: apiserver_url
short_description: URL of the API server on a control-plane node
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Makes the URL from the variables of a control-plane node, as Kubespray understands them.
  - The address is the first that is set of C(access_ip), C(ip), C(ansible_host) and the node's name; the port is
    C(kube_apiserver_port), V(6443) by default.
options:
  _input:
    description: The variables of the node, from C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Where does the API server listen?
  ansible.builtin.debug:
    msg: "{{ hostvars['paris-1'] | fleet.cilium.apiserver_url }}"
"""

RETURN = r"""
_value:
  description: URL of the API server.
  type: str
"""

from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..plugin_utils._connection import apiserver_url as url_of


def apiserver_url(node: Mapping[str, object]) -> str:
    """Return the URL of the API server on the node with these variables."""
    try:
        return url_of(node)
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"apiserver_url": apiserver_url}
