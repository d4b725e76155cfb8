# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person pasted, or a task returned: text or JSON, told apart and read. PRIVATE to the collection."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._errors import InputError
from .._json import Json, JsonObject, as_json, get_objects
from . import cli, cli_text, health, health_text, maps, mesh, mesh_text, services, services_text, text
from . import json as agent_json
from .cleaning import lines_of, sort_out
from .model_part import Part
from .model_services import ServiceList

_LONG = 500_000
_JSON_HEAD = re.compile(r"^(?P<space>[ \t]*)(?:\{|\[\{|\[\]?[ \t]*\r?$)", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """A kind of output, and how to read it.

    Attributes:
        command: what prints it.
        text: reads its text form.
        mapping: reads its JSON form, where that is a mapping.
        listing: reads its JSON form, where that is a list.
    """

    command: str
    text: Callable[[str], Part]
    mapping: Callable[[JsonObject], Part] | None = None
    listing: Callable[[Json], Part] | None = None


def _service_list(content: Json) -> ServiceList:
    return ServiceList(services.parse_json(content))


STATUS = Kind("cilium-dbg status", text.parse, agent_json.parse)
HEALTH = Kind("cilium-health status", health_text.parse, health.parse_json)
SERVICES = Kind("cilium-dbg service list", services_text.parse, None, _service_list)
CLI_STATUS = Kind("cilium status", cli_text.parse, cli.parse_json)
MESH_STATUS = Kind("cilium clustermesh status", mesh_text.parse, mesh.parse_json)
LB_MAPS = Kind("cilium-dbg bpf lb list", maps.parse_lb, maps.parse_lb_json)
MAGLEV = Kind("cilium-dbg bpf lb maglev list", maps.parse_maglev, maps.parse_maglev_json)
EGRESS = Kind("cilium-dbg bpf egress list", maps.parse_egress, None, maps.parse_egress_json)
KINDS = {kind.command: kind for kind in (STATUS, HEALTH, SERVICES, CLI_STATUS, MESH_STATUS, LB_MAPS, MAGLEV, EGRESS)}
"""The kinds by the command that prints them."""


def read(kind: Kind, value: Json) -> JsonObject:
    """Return what an output says.

    Args:
        kind: the kind of output.
        value: its text, its JSON as a text, or its JSON decoded. What stands before or behind JSON in a text is told
            apart as in any text.

    Raises:
        InputError: the value is neither, or its JSON is of another form than this kind has.
    """
    if not isinstance(value, str):
        return _from_json(kind, value)
    with _no_collection(value):
        return _from_text(kind, value)


@contextmanager
def _no_collection(text: str) -> Iterator[None]:
    """Keep Python from looking for cycles again and again while a long text becomes a million objects without any."""
    if len(text) < _LONG or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _from_text(kind: Kind, value: str) -> JsonObject:
    found = _json_in(value)
    if found is None:
        return kind.text(value).as_dict()
    content, around = found
    result = _from_json(kind, content)
    left = sort_out(lines_of(around))
    if left.unparsed:
        result["unparsed"] = as_json(left.unparsed)
    return result


def _from_json(kind: Kind, content: Json) -> JsonObject:
    if isinstance(content, dict) and kind.mapping:
        return kind.mapping(content).as_dict()
    if isinstance(content, list) and kind.listing and len(get_objects(content)) == len(content):
        return kind.listing(content).as_dict()
    expected = "a mapping" if kind.mapping else "a list of mappings"
    raise InputError(
        f"{kind.command}: found a {type(content).__name__}, expected its text, or its JSON, which is {expected}. "
        "Check that it is the output of this command."
    )


def _json_in(value: str) -> tuple[Json, str] | None:
    """Return the JSON that begins a line of a text, and the text around it; None if there is none."""
    start = _start_of_json(value)
    if start is None:
        return None
    try:
        content, end = json.JSONDecoder().raw_decode(value, start)
    except (ValueError, RecursionError):
        return None
    return as_json(content), value[:start] + value[end:]


def _start_of_json(value: str) -> int | None:
    """Return where JSON begins: a line with a mapping, or with a list of mappings, or an empty list, at its head.

    Other lists do not count: texts have lines that begin with a bracket too.
    """
    found = _JSON_HEAD.search(value)
    return found.end("space") if found else None
