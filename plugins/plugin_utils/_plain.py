# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible hands to a filter, as plain data. PRIVATE to the collection.

Since ansible-core 2.19 the input of a filter is lazy and tagged, and ``omit`` is an object; before, ``omit`` is a text.
Both are gone from what comes out, and an undefined variable is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..module_utils._errors import InputError
from ..module_utils._json import plain as plain_json

if TYPE_CHECKING:
    from ..module_utils._json import Json, JsonObject

_OMIT_TEXT = "__omit_place_holder__"
_OMIT_TYPE = "_OmitType"


def plain(value: object, *, where: str = "input") -> Json:
    """Return the value made of builtin types only, without what is omitted.

    Raises:
        InputError: something in it is undefined, or of a type that JSON has no word for.
    """
    return plain_json(_without_omitted(value), where=where)


def plain_mapping(value: object, *, where: str = "input") -> JsonObject:
    """Return the value as a plain dictionary.

    Raises:
        InputError: it is not a mapping, or something in it is undefined.
    """
    result = plain(value, where=where)
    if not isinstance(result, dict):
        raise InputError(f"{where}: found a {type(value).__name__}, expected a mapping.")
    return result


def _without_omitted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_omitted(item) for key, item in value.items() if not _omitted(item)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_without_omitted(item) for item in value if not _omitted(item)]
    return value


def _omitted(value: object) -> bool:
    if isinstance(value, str):
        return value.startswith(_OMIT_TEXT)
    return type(value).__name__ == _OMIT_TYPE
