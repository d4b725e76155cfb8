# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values a chart knows, read from the chart. PRIVATE to the collection.

A path is known when the default values have it or a template reads it: charts have settings that stand in values.yaml
as comments only. Types are those that values.schema.json gives, else those of the defaults.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._catalogue._known import FREE_KEYS, Keys, Known, Node, kind_of, place
from .._json import get_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._json import Json, JsonObject
    from .chart import Chart

LETTERS = {"object": "o", "array": "a", "string": "s", "boolean": "b", "integer": "i", "number": "f", "null": ""}
# It refuses values that are gone, so that it reads them says nothing.
_REFUSING = "templates/validate.yaml"
# Schemas name it as Helm's own; it is for subcharts, which Cilium's has none of, and no template reads it.
_FOR_SUBCHARTS = ("global",)

_PATH = r"((?:\.[A-Za-z_]\w*)+)"
_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
# Each begins with a letter that must be there: the search is ten times as fast as with a choice in front.
_FAIL = re.compile(r'fail\s+"[^"]*"')
_DIRECT = re.compile(r"\.Values" + _PATH)
_KEYED = tuple(
    re.compile(word + r'\s+\$?\.Values((?:\.[A-Za-z_]\w*)*)\s+"([A-Za-z_]\w*)"') for word in ("hasKey", "get")
)
# {{ $name := .Values.a }}, {{ $name := (coalesce .Values.a .Values.b) }}: then $name.key reads a.key. Not so after
# range, where $name is each of the map's values, whatever their keys.
_ALIAS = re.compile(
    r"\{\{-?\s*(?:if\s+|with\s+)?(\$[A-Za-z_]\w*)\s*:?=\s*\(?\s*(?:coalesce\s+)?((?:\$?\.Values(?:\.\w+)+\s*)+)\)?\s*-?\}\}"
)


def known(chart: Chart, *, templates: bool = True) -> Known:
    """Return what a chart knows; without its templates that is less, and costs less."""
    root = Node()
    schema = get_object(chart.schema, "properties")
    for keys in sorted(references(chart.templates)) if templates else ():
        place(root, keys, kinds="")
    _place_defaults(root, chart.defaults)
    for keys, kinds in schema_kinds(schema):
        if kinds:
            place(root, keys, kinds=kinds)
    for name in chart.dependencies:
        root.children[name] = Node(free=True)
    if chart.dependencies:
        root.children["global"] = Node(free=True)
    return Known(
        name=f"chart {chart.name} {chart.version}", version=chart.version.lstrip("v"), root=root, strict=bool(schema)
    )


def _place_defaults(node: Node, defaults: Mapping[str, Json]) -> None:
    """Put default values below a node: as place() for each path, without beginning at the root each time."""
    for key, value in defaults.items():
        child = node.children.get(key)
        if child is None:
            child = node.children[key] = Node(free=key in FREE_KEYS)
        child.kinds = kind_of(value)
        if isinstance(value, dict):
            _place_defaults(child, value)


def schema_kinds(properties: JsonObject, prefix: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """Yield every path below the ``properties`` of a JSON schema with the letters of the types it takes.

    No letter: the schema does not say.
    """
    for key, node in properties.items():
        keys = (*prefix, key)
        if keys == _FOR_SUBCHARTS:
            continue
        yield keys, _accepted(node)
        yield from schema_kinds(get_object(node, "properties"), keys)


def _accepted(node: Json) -> str:
    if not isinstance(node, dict):
        return ""
    named = node.get("type") or ("string" if "enum" in node else [])
    found = {LETTERS.get(str(name), "") for name in (named if isinstance(named, list) else [named])}
    for word in ("oneOf", "anyOf"):
        options = node.get(word)
        found |= {letter for option in (options if isinstance(options, list) else []) for letter in _accepted(option)}
    return "".join(sorted(found))


def is_read(templates: Mapping[str, str], keys: Keys) -> bool:
    """Tell whether a template reads exactly this path; it may be no more than a part of what ``references`` finds."""
    written = ".Values." + ".".join(keys)
    whole = re.compile(re.escape(written) + r"(?![\w.])")
    return any(
        whole.search(_stripped(text)) for name, text in templates.items() if name != _REFUSING and written in text
    )


def is_named_below(templates: Mapping[str, str], keys: Keys) -> bool:
    """Tell whether a template reads single keys of a map, as far as a quick look tells (it may say so wrongly)."""
    written = ".Values." + ".".join(keys)
    aliased = re.compile(r"=\s*\(?[^\n]*" + re.escape(written))
    return any(
        re.search(re.escape(written) + r'(\.|\s+")', text) or aliased.search(text)
        for text in templates.values()
        if written in text
    )


def references(templates: Mapping[str, str]) -> frozenset[Keys]:
    """Return every path that a template reads; the templates come by their path within the chart."""
    found: set[Keys] = set()
    for name, text in templates.items():
        if name != _REFUSING:
            found.update(_read_by(_stripped(text)))
    return frozenset(found)


def _stripped(text: str) -> str:
    """Return a template without comments and without the texts of refusals, which name values too."""
    return _FAIL.sub("fail", _COMMENT.sub("", text))


def _read_by(text: str) -> Iterator[Keys]:
    for match in _DIRECT.finditer(text):
        yield _keys(match.group(1))
    for keyed in _KEYED:
        for match in keyed.finditer(text):
            yield (*_keys(match.group(1)), match.group(2))
    for match in _ALIAS.finditer(text):
        name = re.escape(match.group(1))
        below = {_keys(path) for path in re.findall(name + _PATH, text)}
        below |= {(key,) for key in re.findall(r"(?:hasKey|get)\s+" + name + r'\s+"(\w+)"', text)}
        for path in _DIRECT.findall(match.group(2)):
            yield from _joined(_keys(path), below)


def _joined(prefix: Keys, below: Iterable[Keys]) -> Iterator[Keys]:
    for keys in below:
        yield (*prefix, *keys)


def _keys(path: str) -> Keys:
    return tuple(path[1:].split(".")) if path else ()
