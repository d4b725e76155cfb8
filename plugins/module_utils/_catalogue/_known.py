# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Helm values a chart knows, as a tree of typed nodes. PRIVATE to the collection.

The tree comes from a chart (``_release/known.py``) or, without one, from the table of all charts (``_paths.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._json import Json

Keys = tuple[str, ...]

MAP, LIST, TEXT, BOOLEAN, INTEGER, NUMBER = "o", "a", "s", "b", "i", "f"
# What templates hand on to Kubernetes as it is, whatever the default holds: any key may stand below.
# Source: the paths that the charts 1.9 to 1.20 render whole (toYaml) though their default has keys.
FREE_KEYS = frozenset(
    {
        "affinity",
        "nodeSelector",
        "podSecurityContext",
        "resources",
        "seLinuxOptions",
        "securityContext",
        "updateStrategy",
    }
)
# Helm itself refuses a wrong type where the chart has a values.schema.json: since 1.16.0.
SCHEMA_SINCE = (1, 16)


@dataclass
class Node:
    """One path. ``kinds``: letters of the types it takes, empty for any. ``children``: the keys that are known."""

    kinds: str = ""
    children: dict[str, Node] = field(default_factory=dict)
    free: bool = False

    @property
    def is_open(self) -> bool:
        """Whether any key may stand below it."""
        return self.free or not self.children


@dataclass(frozen=True)
class Known:
    """All that one chart knows.

    ``name`` is what messages call it, ``version`` its version, ``root`` the tree; ``strict`` says that helm refuses a
    wrong type. ``gone`` holds, for messages, the releases in which a path was known: (first, last or ""); without the
    table it is empty.
    """

    name: str
    version: str
    root: Node
    strict: bool
    gone: Mapping[Keys, tuple[str, str]] = field(default_factory=dict)

    def paths(self) -> Iterator[Keys]:
        """Every known path, a map before what is below it."""
        return _walk((), self.root)


def _walk(prefix: Keys, node: Node) -> Iterator[Keys]:
    for key, child in node.children.items():
        yield (*prefix, key)
        yield from _walk((*prefix, key), child)


def kind_of(value: Json) -> str:
    """Return the letter of a value's type; empty for null, which Helm reads as "remove the default"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return INTEGER
    if isinstance(value, float):
        return NUMBER
    return MAP if isinstance(value, dict) else LIST if isinstance(value, list) else TEXT


def place(root: Node, keys: Keys, *, kinds: str) -> None:
    """Put a path into a tree, with the maps above it."""
    node = root
    for key in keys[:-1]:
        node = node.children.setdefault(key, Node(kinds=MAP, free=key in FREE_KEYS))
    last = keys[-1]
    free = last in FREE_KEYS
    if last in node.children:
        node.children[last].kinds = kinds
    else:
        node.children[last] = Node(kinds=kinds, free=free)
