# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like a setting and are none. PRIVATE to the collection."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from .._catalogue import SETTINGS
from .._findings import WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "cilium_"
# So close that it is a slip of the hand: one letter in twelve. A test holds this against Kubespray's and our own names.
_CLOSE = 0.92


def misspelt(names: Iterable[str]) -> list[Finding]:
    """Return a warning for each variable whose name is nearly, but not quite, that of a setting.

    Names that are far from any setting may be somebody's own, or Kubespray's, and say nothing.

    Args:
        names: of a host's variables.
    """
    known = {other for name, setting in SETTINGS.items() for other in (name, *setting.also)}
    found = []
    for name in sorted(names):
        if not name.startswith(PREFIX) or name in known:
            continue
        meant = difflib.get_close_matches(name, known, n=1, cutoff=_CLOSE)
        if meant:
            found.append(_finding(name, meant[0]))
    return found


def _finding(name: str, meant: str) -> Finding:
    return Finding(
        rule="variable_unknown",
        severity=WARNING,
        subject={"variable": name},
        asked=name,
        found=None,
        reason=f"there is no setting {name}, so it does nothing; {meant} is one",
        remedy=f"name it {meant}, or remove it",
    )
