# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as results and as differences. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from . import names
from .model import Place

if TYPE_CHECKING:
    from ..._json import Json, JsonObject
    from .model import Plan

_NFTABLES = "nftables"


def removed(plan: Plan) -> list[Json]:
    """Return what goes, table by table: where, and how many chains, rules or entries of which kind."""
    found: list[Json] = []
    for _programs, table in plan.tables:
        counts = {"chains": len(table.delete), "rules": len(table.rules) + len(table.jumps)}
        found.append({**table.place.as_dict(), **counts})
    found += [_entry(Place(_NFTABLES, family, name), tables=1) for family, name in plan.nft_tables]
    if plan.servers:
        found.append(_entry(Place("ipvs", "", ""), servers=len(plan.servers)))
    if plan.device is not None:
        found.append(_entry(Place("link", "", names.DEVICE), addresses=len(plan.device)))
    if plan.sets:
        found.append(_entry(Place("ipset", "", ""), sets=len(plan.sets)))
    return found


def _entry(place: Place, **counts: int) -> JsonObject:
    return {**place.as_dict(), **counts}


def difference(plan: Plan, nft_lines: Sequence[str]) -> JsonObject:
    """Return the result's `diff`: every line that goes, under the name of its table.

    Args:
        plan: what goes.
        nft_lines: the tables of nftables that go, as nft lists them.
    """
    lines = [*_lines(plan), *nft_lines]
    return {
        "before_header": "kube-proxy's rules (live)",
        "after_header": "kube-proxy's rules (desired)",
        "before": "".join(f"{line}\n" for line in lines),
        "after": "",
    }


def _lines(plan: Plan) -> Iterator[str]:
    for _programs, table in plan.tables:
        yield f"# {table.place}"
        yield from (f":{chain} - [0:0]" for chain in table.delete)
        yield from table.jumps
        yield from table.rules
    yield from (f"ipvs {server} {server.scheduler}".rstrip() for server in plan.servers)
    if plan.device is not None:
        yield " ".join(["link", names.DEVICE, *plan.device])
    yield from (f"ipset {name}" for name in plan.sets)
