# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of JSON data, and how to make data plain. PRIVATE to the collection."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Union, cast

from ._errors import InputError

# Written with typing's names: they are evaluated at run time, also by Python 3.9.
Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]
JsonObject = dict[str, Json]


def plain(value: object, *, where: str = "value") -> Json:
    """Return a copy of the value made of builtin types only.

    Since ansible-core 2.19 what a template gives is lazy and tagged; before, a vaulted string is an object that
    decrypts itself. Neither belongs into a request, a comparison or a program's input.

    Args:
        value: what Ansible handed over: any nesting of mappings, sequences and scalars.
        where: the dotted path of the value, for the error message.

    Raises:
        InputError: for a type that JSON has no word for, such as an undefined variable.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else bool(value)
    if isinstance(value, str):
        return str.__str__(value)  # a subclass's own str() may keep the subclass
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return _plain_other(value, where)


def _plain_other(value: object, where: str) -> Json:
    """Return what is neither null nor a builtin scalar as plain data."""
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item, where=f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if getattr(value, "__ENCRYPTED__", False):
        return str(value)
    if isinstance(value, (Sequence, set, frozenset)):
        return [plain(item, where=f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()
    raise InputError(
        f"{where}: found a {type(value).__name__}, expected text, a number, a boolean, a list or a mapping. "
        "Check that every variable it is made of is defined."
    )


def plain_object(value: object, *, where: str = "value") -> JsonObject:
    """Return the value as a plain dictionary.

    Raises:
        InputError: if it is not a mapping.
    """
    result = plain(value, where=where)
    if not isinstance(result, dict):
        raise InputError(f"{where}: found a {type(value).__name__}, expected a mapping.")
    return result


def get_path(value: Json, *path: str) -> Json:
    """Return what lies at the path of keys; None if anything on the way is absent or no mapping."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def get_object(value: Json, *path: str) -> JsonObject:
    """Return the mapping at the path of keys; an empty one if there is none."""
    found = get_path(value, *path)
    return found if isinstance(found, dict) else {}


def get_list(value: Json, *path: str) -> list[Json]:
    """Return the list at the path of keys; an empty one if there is none."""
    found = get_path(value, *path)
    return found if isinstance(found, list) else []


def get_objects(value: Json, *path: str) -> list[JsonObject]:
    """Return the mappings in the list at the path of keys; what is no mapping is left out."""
    return [item for item in get_list(value, *path) if isinstance(item, dict)]


def get_text(value: Json, *path: str) -> str | None:
    """Return the text at the path of keys; None if there is none."""
    found = get_path(value, *path)
    return found if isinstance(found, str) else None


def get_int(value: Json, *path: str) -> int | None:
    """Return the whole number at the path of keys; None if there is none (a boolean is none)."""
    found = get_path(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def get_bool(value: Json, *path: str) -> bool | None:
    """Return the boolean at the path of keys; None if there is none."""
    found = get_path(value, *path)
    return found if isinstance(found, bool) else None


def from_base64(text: str | None) -> str:
    """Return the text that base64 stands for, as in the data of a Secret; empty for none, and for what is no base64."""
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(text or "").decode("utf-8", "replace")
    return ""


def as_json(value: object) -> Json:
    """Say to the type checker that a value read by a JSON or YAML parser is JSON."""
    return cast("Json", value)
