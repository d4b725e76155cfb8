# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: maglev_seed
short_description: A new seed for Maglev
version_added: "0.1.0"
author: The fleet.cilium authors (@fleet-cilium)
description:
  - Returns 12 random bytes in base64, other ones each time.
options:
  _terms:
    description: None are taken.
    required: false
"""

EXAMPLES = r"""
- name: A seed to put into the inventory
  ansible.builtin.debug:
    msg: "cilium_maglev_hash_seed: {{ lookup('fleet.cilium.maglev_seed') }}"
"""

RETURN = r"""
_raw:
  description: The seed.
  type: list
  elements: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._desired import seed


class LookupModule(LookupBase):
    def run(
        self,
        terms: list[object],
        variables: Mapping[str, object] | None = None,  # noqa: ARG002 -- the signature of every lookup
        **_options: object,
    ) -> list[str]:
        """Return a new seed, as the only item."""
        if terms:
            raise AnsibleLookupError(f"maglev_seed: found {terms!r}, expected no terms")
        return [seed.new()]
