# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: global_service_annotations
short_description: The annotations of a global service, as the members of a mesh spell them
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Says what is said of a Service in the annotations that the members' versions of Cilium read, for the Service's own
    manifest. Where versions spell them differently, all spellings are there.
  - Fails where something is asked that no member's version knows.
options:
  _input:
    description:
      - What is said of the Service. C(global) (true by default), C(shared), C(affinity) (V(local), V(remote) or
        V(none)) and C(endpoint_sync); what is not named is left to Cilium.
    type: dict
    required: true
  version:
    description: Version of Cilium, or the list of the versions of all members.
    type: raw
    required: true
positional: version
seealso:
  - module: fleet.cilium.global_services
"""

EXAMPLES = r"""
- name: Annotations for a mesh whose members are not upgraded at once
  ansible.builtin.debug:
    msg: "{{ {'affinity': 'local'} | fleet.cilium.global_service_annotations(['1.12.19', '1.13.18']) }}"
"""

RETURN = r"""
_value:
  description: The annotations, by name.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._global_services.annotations import annotations_for
from ..plugin_utils._plain import plain, plain_mapping


def global_service_annotations(said: object, version: object) -> dict[str, str]:
    """Return the annotations that say of a Service what is said."""
    try:
        given = plain(version, where="version")
        versions = given if isinstance(given, list) else [given] if given else []
        return annotations_for(plain_mapping(said, where="global service"), [str(one) for one in versions])
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., dict[str, str]]]:
        return {"global_service_annotations": global_service_annotations}
