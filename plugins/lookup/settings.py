# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: settings
short_description: The settings of a host, from its variables
version_added: "0.1.0"
author: The fleet.cilium authors (@fleet-cilium)
description:
  - Collects every C(cilium_*) variable of the host that is a setting, templated. What is not set is left out.
  - docs/variables.md lists the settings.
options:
  _terms:
    description: None are taken.
    required: false
notes:
  - Without C(cilium_k8s_service_host), an inventory of Kubespray gives the API server's address by
    C(kube_apiserver_global_endpoint), and pods' network by C(kube_pods_subnet).
seealso:
  - plugin: fleet.cilium.helm_values
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What is asked of this cluster
  ansible.builtin.debug:
    msg: "{{ lookup('fleet.cilium.settings') }}"

- name: What is wrong with it
  ansible.builtin.debug:
    msg: "{{ lookup('fleet.cilium.settings') | fleet.cilium.problems(cilium_version) }}"
"""

RETURN = r"""
_raw:
  description: One mapping of setting to value.
  type: list
  elements: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._dialects.kubespray import VARIABLES, settings_from
from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._plain import plain_mapping


class LookupModule(LookupBase):
    def run(
        self, terms: list[object], variables: Mapping[str, object] | None = None, **_options: object
    ) -> list[JsonObject]:
        """Return the settings of the host, as the only item."""
        if terms:
            raise AnsibleLookupError(f"settings: found {terms!r}, expected no terms: it reads the host's variables")
        found = {name: variables[name] for name in VARIABLES if name in variables} if variables else {}
        try:
            return [settings_from(plain_mapping(self._templar.template(found), where="settings"))]
        except FleetError as error:
            raise AnsibleLookupError(error.message) from error
