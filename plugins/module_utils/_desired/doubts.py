# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is doubtful about raw Helm values, where no chart is at hand. PRIVATE to the collection.

It looks into the table of all charts, so no module imports it: a module would carry the table to its host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import SETTINGS, _paths
from .._findings import ERROR, WARNING, Finding
from .._json import get_path
from .._release.lint import judge
from .._secrets import mask
from .._versions import Version
from .._versions import parse as parse_version
from .raw import as_text, carriers_at, settings_of

if TYPE_CHECKING:
    from .._catalogue._model import Carrier
    from .._json import Json, JsonObject

OFF, WARN = "off", "warn"


def doubts(raw: JsonObject, version: str, lint: str) -> list[Finding]:
    """Return a finding for each raw value that the chart does not know, or that no agent is known to take.

    Args:
        raw: Helm values that a person wrote.
        version: of Cilium.
        lint: "error" or "warn", for values that the chart does not know; "off" where the chart itself is looked at.
    """
    return [*_unread(raw, version), *_unknown(raw, version, lint)] if raw else []


def _unknown(raw: JsonObject, version: str, lint: str) -> list[Finding]:
    """Return what the table of all charts says; warnings where it has only the nearest release."""
    if lint == OFF:
        return []
    is_known = str(Version(*parse_version(version).numbers)) == _paths.nearest_release(version)
    return judge(raw, _paths.known(version), severity=ERROR if is_known and lint != WARN else WARNING)


def _unread(raw: JsonObject, version: str) -> list[Finding]:
    found = []
    for path, carriers in carriers_at(version).items():
        value = get_path(raw, *path.split("."))
        # What a conversion writes cannot be read back, such as a switch that is on because there is a list.
        readable = [carrier for carrier in carriers if carrier.convert is None]
        if value is None or not readable or _is_other_switch(carriers, value) or _is_list_of_named(carriers, value):
            continue
        if all(settings_of(carrier, value) is None for carrier in readable):
            found.append(_not_taken(path, value, carriers, version))
    return found


def _is_other_switch(carriers: list[Carrier], value: Json) -> bool:
    """Tell whether a value is the position of a switch that no setting asks for, such as a cloud's that is off."""
    return isinstance(value, bool) and all(
        carrier.words is not None and all(isinstance(word, bool) for word in carrier.words.values())
        for carrier in carriers
    )


def _is_list_of_named(carriers: list[Carrier], value: Json) -> bool:
    """Tell whether a value is a list where settings go by name; charts from 1.19 on take peers in both forms."""
    return isinstance(value, list) and SETTINGS[carriers[0].setting].kind == "dict"


def _not_taken(path: str, value: Json, carriers: list[Carrier], version: str) -> Finding:
    words = [as_text(word) for carrier in carriers for word in _words(carrier)]
    kind = SETTINGS[carriers[0].setting].kind
    expected = ", ".join(dict.fromkeys(words)) or {"int": "a whole number", "bool": "true or false"}.get(
        kind, f"a {kind}"
    )
    shown = mask(value, path=tuple(path.split(".")))
    return Finding(
        rule="raw_value_unknown",
        severity=WARNING,
        subject={"value": path},
        asked=shown,
        found=expected,
        reason=f"{path} is {shown!r}, which agents {version} are not known to take; charts hand on what they get, and "
        "agents refuse to start or ignore it",
        remedy=f"{path} takes {expected}",
    )


def _words(carrier: Carrier) -> list[Json]:
    if carrier.words is not None:
        return list(carrier.words.values())
    return list(SETTINGS[carrier.setting].choices)
