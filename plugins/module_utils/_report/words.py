# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in words, for people. Pure. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._json import get_object, get_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._json import Json, JsonObject

LONGEST = 600
# Parts of an agent's state that say other things on every node, at length, and are told elsewhere or not at all.
LEFT_OUT = (("health", "nodes"), ("ipam", "allocated"), ("modules_health",), ("unparsed",), ("services",))


def words(value: Json) -> str:
    """Return a value in words: lists with commas, mappings as `name: value`, nothing as `none`."""
    return _clipped(_words(value))


def _words(value: Json) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_nested(item)}" for key, item in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(_nested(item) for item in value) or "nothing"
    return str(value)


def _nested(value: Json) -> str:
    text = _words(value)
    return f"({text})" if isinstance(value, (dict, list)) and value else text


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def leaves(state: JsonObject) -> dict[str, str]:
    """Return what an agent says as texts by dotted path; lists of things are their names."""
    return {".".join(path): _clipped(text) for path, text in _leaves(state, ())}


def _leaves(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if path in LEFT_OUT or value is None:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        yield path, ", ".join(_name(item) for item in value) or "none"
    else:
        yield path, _words(value)


def _name(item: Json) -> str:
    """Return what a thing in a list is called."""
    return (get_text(item, "name") or _words(get_object(item))) if isinstance(item, dict) else _words(item)
