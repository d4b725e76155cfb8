# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading YAML, as fast as this Python can. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import InputError
from .._json import as_json

try:
    import yaml
except ImportError:  # ansible-core brings it on a controller; on a host it comes with the package kubernetes
    yaml = None  # type: ignore[assignment]  # -- an optional import

if TYPE_CHECKING:
    from .._json import JsonObject


def yaml_mapping(text: bytes | str, *, where: str) -> JsonObject:
    """Return the mapping that a YAML document holds, an empty one for an empty document.

    Raises InputError, which begins with ``where``, when it holds anything else.
    """
    if yaml is None:
        raise InputError(f"{where}: cannot be read without the Python package PyYAML; install it")
    # libyaml's loader is ten times as fast, and most Pythons have it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = as_json(yaml.load(text, Loader=loader))
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not YAML: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InputError(f"{where}: expected a mapping")
    return found
