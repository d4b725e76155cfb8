# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""Trees of Helm values and their leaf paths. PRIVATE to the collection.

A leaf is anything that is not a map with keys: a scalar, a list, null, and the empty map. A path is the keys that
lead to a leaf, joined by dots; a dot inside a key is written ``\.`` and a backslash ``\\``.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._json import Json, JsonObject

Keys = tuple[str, ...]


def join(keys: Iterable[str]) -> str:
    """Return the path of these keys."""
    return ".".join(key.replace("\\", "\\\\").replace(".", "\\.") for key in keys)


def split(path: str) -> Keys:
    """Return the keys of a path; the inverse of ``join`` for at least one key."""
    keys: list[str] = []
    key = ""
    escaped = False
    for character in path:
        if escaped:
            key += character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ".":
            keys.append(key)
            key = ""
        else:
            key += character
    return (*keys, key)


def leaves(tree: Mapping[str, Json]) -> dict[Keys, Json]:
    """Return every leaf of a tree by its keys; an empty tree has none."""
    return dict(_walk((), tree))


def _walk(prefix: Keys, tree: Mapping[str, Json]) -> Iterator[tuple[Keys, Json]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _walk((*prefix, key), value)
        else:
            yield (*prefix, key), value


def copy(tree: Mapping[str, Json]) -> JsonObject:
    """Return the tree with maps of its own (lists are shared: nothing here changes one in place)."""
    return {key: copy(value) if isinstance(value, dict) else value for key, value in tree.items()}


def merge(base: Mapping[str, Json], above: Mapping[str, Json]) -> JsonObject:
    """Return ``base`` with ``above`` laid over it: maps merge per key, everything else replaces."""
    merged = copy(base)
    for key, value in above.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = copy(value) if isinstance(value, dict) else value
    return merged


def without(tree: Mapping[str, Json], paths: Iterable[Keys]) -> JsonObject:
    """Return the tree without these leaves, and without the maps that lost their last key by it.

    A path that is not there, or that leads to a map with keys, is passed over.
    """
    result = copy(tree)
    for keys in paths:
        _remove(result, keys)
    return result


def _remove(tree: JsonObject, keys: Keys) -> None:
    head, rest = keys[0], keys[1:]
    if head not in tree:
        return
    value = tree[head]
    if not rest:
        if not (isinstance(value, dict) and value):
            del tree[head]
    elif isinstance(value, dict) and value:
        _remove(value, rest)
        if not value:
            del tree[head]


def overlaps(one: Keys, other: Keys) -> bool:
    """Tell whether one path is the other or lies above it, so that both cannot be leaves of one tree."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def canonical(value: Json) -> str:
    """Return one text per value as Helm sees it: sorted keys, and 1.0 is 1 (Helm keeps all numbers as floats)."""
    return json.dumps(_plain_numbers(value), sort_keys=True, separators=(",", ":"))


def _plain_numbers(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return value


def same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same to Helm (true is not 1, but 1.0 is)."""
    return canonical(one) == canonical(other)


def digest(value: Json) -> str:
    """Return the SHA-256 of a value, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
