# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How nodes are named in a finding about several of them. PRIVATE to the collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._json import Json

SHOWN = 5


def several(names: Iterable[str], total: int | None = None) -> str:
    """Return names as text: all of a few, else how many (of how many), and the first of them."""
    found = sorted(names)
    text = ", ".join(found[:SHOWN])
    if len(found) <= SHOWN:
        return text
    of = f" of {total}" if total is not None else ""
    return f"{len(found)}{of} ({text}, …)"


def word(value: Json) -> str:
    """Return a value as it stands in YAML: true, 251, dsr."""
    return value if isinstance(value, str) else json.dumps(value)


def subject(cluster: str, nodes: Iterable[str], total: int | None = None) -> dict[str, str]:
    """Return the subject of a finding: the cluster with one node, or with several named in one text."""
    found = sorted(nodes)
    if not found:
        return {"cluster": cluster}
    if len(found) == 1:
        return {"cluster": cluster, "node": found[0]}
    return {"cluster": cluster, "nodes": several(found, total)}
