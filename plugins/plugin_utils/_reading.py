# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that read outputs of programs. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ._plain import plain

if TYPE_CHECKING:
    from ..module_utils._json import JsonObject


def read(command: str, value: object) -> JsonObject:
    """Return what an output of a command says.

    Raises:
        AnsibleFilterError: the value is neither its text nor its JSON, or is undefined.
    """
    # Ansible loads all filters of a collection for one of them, in every task that uses one; parsers are many.
    from ..module_utils._status import reading

    try:
        return reading.read(reading.KINDS[command], plain(value))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error
