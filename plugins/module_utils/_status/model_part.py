# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of a result has in common. PRIVATE to the collection.

None means: not told, so not known. That is another thing than False, 0 or an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Optional, TypeVar

if TYPE_CHECKING:
    from .._json import Json, JsonObject

Text = Optional[str]
Number = Optional[int]
Flag = Optional[bool]


@dataclass(frozen=True)
class Part:
    """Anything that has a place in the result."""

    def as_dict(self) -> JsonObject:
        """Return what is known, as JSON: fields that are None, and parts that know nothing, are left out."""
        result: JsonObject = {}
        for name, value in self.__dict__.items():  # in the order of the fields
            if value is None:
                continue
            if type(value) in _SCALARS:
                result[name] = value
                continue
            found = _as_json(value)
            if found or not isinstance(found, dict):
                result[name] = found
        return result


# Not isinstance: a long list of services has a million values.
_SCALARS = frozenset({str, int, bool, float})


def _as_json(value: object) -> Json:
    if isinstance(value, Part):
        return value.as_dict()
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a model holds no {type(value).__name__}")


_Some = TypeVar("_Some", bound=Part)


def merged(first: _Some, second: _Some) -> _Some:
    """Return a part with what both know; where both know something, what the second says counts."""
    known: dict[str, object] = {}
    for field in fields(second):
        value, before = getattr(second, field.name), getattr(first, field.name)
        if value is not None:
            both = isinstance(value, Part) and isinstance(before, Part)
            known[field.name] = merged(before, value) if both else value
    return replace(first, **known)
