# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes and what stays: the decisions, without a look at the node. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from . import names
from .ipvs import kube_proxy_servers
from .model import IPV6, Left, Place, Plan, State, TablePlan
from .xtables import matched_sets, specification, target, words

if TYPE_CHECKING:
    from .model import Server
    from .xtables import Table

_KUBELET_MADE_THEM = (
    "A kubelet before Kubernetes 1.28 made the rule in KUBE-MARK-DROP, and with it KUBE-MARK-MASQ and KUBE-POSTROUTING."
)
_MARKED_BY_OTHERS = "Rules that are not kube-proxy's mark packets for it."
_STILL_JUMPED_TO = "Emptied, but not removed: rules that are not kube-proxy's jump to it."
_NOT_KUBE_PROXYS = "No kube-proxy makes a chain of this name in this table."
_SET_NOT_KUBE_PROXYS = "No kube-proxy makes a set of this name."
_SET_IN_USE = "Rules that are not kube-proxy's ask it."
_SERVER_NOT_KUBE_PROXYS = (
    "Nothing on this node says that kube-proxy made it: its address is not on kube-ipvs0, and it is in none of "
    "kube-proxy's sets."
)
_KUBELET_CHAINS = {
    names.FIREWALL: "The kubelet's; a kube-proxy in iptables mode makes the same chain.",
    "KUBE-KUBELET-CANARY": "The kubelet's.",
    "KUBE-IPTABLES-HINT": "The kubelet's.",
}


def plan(state: State) -> Plan:
    """Return what is to be removed from a node in this state, and what stays for which reason."""
    tables = []
    left: list[Left] = []
    set_users: dict[str, list[str]] = {}
    for ruleset in state.rulesets:
        for table in ruleset.tables.values():
            place = Place(ruleset.programs.name, ruleset.programs.family, table.name)
            planned, stays = plan_table(table, place)
            left += stays
            if not planned.empty:
                tables.append((ruleset.programs, planned))
            for line in _staying_rules(table, planned):
                for name in _sets_of(line):
                    set_users.setdefault(name, []).append(f"{place}: {line}")
    servers = kube_proxy_servers(state.servers, device=state.device or (), entries=state.set_entries)
    left += [_server_left(server) for server in state.servers if server not in servers]
    left += _sets_left(state.sets, set_users)
    return Plan(
        tables=tuple(tables),
        nft_tables=state.nft_tables,
        device=state.device,
        servers=servers,
        sets=tuple(name for name in state.sets if name in names.SETS and name not in set_users),
        left=tuple(left),
    )


def plan_table(table: Table, place: Place) -> tuple[TablePlan, list[Left]]:
    """Return what goes from one table of iptables, and which chains that begin with KUBE- stay."""
    own = {chain for chain in table.chains if _is_own(table, chain, ipv6=place.family == IPV6)}
    shared = {chain for chain in table.chains if table.name == names.NAT and chain in names.SHARED}
    jumps: list[str] = []
    foreign: dict[str, list[str]] = {}
    for line, goal in _outside_jumps(table, own | shared):
        if line[0] in names.BUILT_IN and names.is_jump(table.name, words(line[1])):
            jumps.append(line[1])
        else:
            foreign.setdefault(goal, []).append(line[1])
    reason = _why_shared_stays(table, shared, foreign)
    if reason:
        jumps = [line for line in jumps if target(words(line)) not in shared]
    else:
        own |= shared
        shared = set()
    flush = [chain for chain in table.chains if chain in own]
    planned = TablePlan(
        place=place,
        jumps=tuple(jumps),
        flush=tuple(flush),
        delete=tuple(chain for chain in flush if chain not in foreign),
        rules=tuple(rule for chain in flush for rule in table.rules.get(chain, ())),
    )
    return planned, list(_chains_left(table, planned, foreign=foreign, shared=reason))


def _is_own(table: Table, chain: str, *, ipv6: bool) -> bool:
    empty = not table.rules.get(chain)
    return names.is_chain(table.name, chain) or names.is_copy(table.name, chain, ipv6=ipv6, empty=empty)


def _outside_jumps(table: Table, chains: set[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each rule outside of the chains that jumps to one of them, as ((its chain, its line), the goal)."""
    for chain, rules in table.rules.items():
        if chain in chains:
            continue
        for line in rules:
            if "KUBE-" in line:  # splitting every rule into words would take long
                goal = target(words(line))
                if goal in chains:
                    yield (chain, line), goal


def _why_shared_stays(table: Table, shared: set[str], foreign: dict[str, list[str]]) -> str | None:
    """Return why the chains that older kubelets make too stay; None if they go.

    They do their work together: a mark without KUBE-POSTROUTING means nothing, so they stay or go together.
    """
    if table.rules.get(names.MARK_DROP) and names.MARK_DROP in shared:
        return _KUBELET_MADE_THEM  # kube-proxy leaves this chain empty
    if any(chain in foreign for chain in shared):
        return _MARKED_BY_OTHERS
    return None


def _chains_left(
    table: Table, planned: TablePlan, *, foreign: dict[str, list[str]], shared: str | None
) -> Iterator[Left]:
    """Yield the chains that look like kube-proxy's and stay."""
    gone, emptied = set(planned.delete), set(planned.flush)
    for chain in table.chains:
        if not chain.startswith("KUBE-") or chain in gone:
            continue
        if chain in emptied:
            reason = _STILL_JUMPED_TO
        elif table.name == names.NAT and chain in names.SHARED:
            reason = shared or ""
        else:
            reason = _KUBELET_CHAINS.get(chain, _NOT_KUBE_PROXYS)
        yield Left(planned.place, chain, reason, tuple(foreign.get(chain, ())))


def _staying_rules(table: Table, planned: TablePlan) -> Iterator[str]:
    """Yield the rules that stay in a table and ask an ipset."""
    gone, jumps = set(planned.flush), set(planned.jumps)
    for chain, rules in table.rules.items():
        if chain not in gone:
            yield from (line for line in rules if "KUBE-" in line and "-set" in line and line not in jumps)


def _sets_of(line: str) -> set[str]:
    return matched_sets(words(line)) & names.SETS


def _sets_left(sets: Iterable[str], users: dict[str, list[str]]) -> Iterator[Left]:
    for name in sets:
        if name in users:
            yield Left(Place("ipset", "", ""), name, _SET_IN_USE, tuple(users[name]))
        elif name.startswith("KUBE-") and name not in names.SETS:
            yield Left(Place("ipset", "", ""), name, _SET_NOT_KUBE_PROXYS)


def _server_left(server: Server) -> Left:
    return Left(Place("ipvs", "", ""), str(server), _SERVER_NOT_KUBE_PROXYS)


def restore_input(planned: TablePlan) -> str:
    """Return the input of iptables-restore --noflush that removes what is planned, in one transaction.

    A line that declares an existing chain empties it; all are emptied before the first one goes, as they refer to
    each other.
    """
    lines = [f"*{planned.place.table}"]
    lines += [f":{chain} - [0:0]" for chain in planned.flush]
    lines += [f"-D {specification(line)}" for line in planned.jumps]
    lines += [f"-X {chain}" for chain in planned.delete]
    return "\n".join([*lines, "COMMIT", ""])
