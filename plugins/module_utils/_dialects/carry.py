# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a carrier of the catalogue makes of a setting. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import OWNERS, SETTINGS
from .._findings import ERROR, Finding
from .._secrets import told

if TYPE_CHECKING:
    from .._catalogue._model import Carrier, View
    from .._json import Json


EVERY_ENTRY = "*"
"""As the key of a carrier: every entry of the setting, which is a mapping, is a key."""


def knows(carrier: Carrier, value: Json) -> bool:
    """Tell whether a carrier can carry a value."""
    return carrier.words is None or (isinstance(value, (bool, int, str)) and value in carrier.words)


def carried(carrier: Carrier, view: View) -> tuple[bool, Json]:
    """Return whether a carrier writes anything for a cluster, and what."""
    if carrier.setting not in view.given:
        return False, None
    value = view.given[carrier.setting]
    if not knows(carrier, value) or (carrier.when is not None and not carrier.when(view)):
        return False, None
    if carrier.words is not None and isinstance(value, (bool, int, str)):
        value = carrier.words[value]
    return True, carrier.convert(value) if carrier.convert is not None else value


def unresolved(view: View) -> list[Finding]:
    """Return a finding for each setting that says "auto" and the like, which a role has to replace first."""
    return [
        Finding(
            rule="setting_unresolved",
            severity=ERROR,
            subject={"setting": name},
            feature=OWNERS[name].name,
            asked={name: value},
            reason=f"{name} is {told(value, name)}, which stands for something that has to be looked up on the cluster",
            remedy=f"use role fleet.cilium.cilium, which looks it up, or set {name} to what it is",
        )
        for name, value in view.given.items()
        if value in SETTINGS[name].unresolved
    ]
