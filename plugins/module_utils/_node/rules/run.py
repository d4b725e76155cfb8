# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of kube_proxy_rules: read, plan, remove, read again until nothing is left. PRIVATE to the collection."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..._errors import InputError, NodeError
from ..._findings import ERROR, INFO, WARNING, Finding
from ..._json import get_list
from .. import processes
from . import connections, report
from .apply import Applying, Moved, apply, require_programs, steps
from .fetch import fetch, fetch_again, nft_listing
from .model import Left, Place, Plan, State
from .plan import plan

if TYPE_CHECKING:
    from ..._context import Context, Result
    from ..._json import Json

_ATTEMPTS = 5
_PAUSE = 0.2
_ALIVE = "It writes its rules anew whenever they are gone, so removing them now has no lasting effect."


@dataclass
class _Work:
    """What a run does and has done so far."""

    backends: list[str] | None
    flush: bool
    how: Applying
    removed: list[Json] = field(default_factory=list)
    connections: int = 0

    state: State = field(default_factory=State)

    def read(self, touched: Plan | None = None) -> Plan:
        """Read the node, or after a plan was carried out what it touched; return what is to be done."""
        timeout = self.how.timeout
        if touched is None:
            self.state = fetch(self.backends, timeout=timeout)
        else:
            self.state = fetch_again(self.state, touched, timeout=timeout)
        planned = plan(self.state)
        in_use = self.how.in_use
        left = [Left(Place("ipset", "", ""), name, f"ipset says: {in_use[name]}") for name in in_use]
        sets = tuple(name for name in planned.sets if name not in in_use)
        return replace(planned, sets=sets, left=(*planned.left, *left))


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Remove what kube-proxy left behind on this node.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Returns:
        `removed`, `left`, `connections`, `findings`, `waited`; with differences asked for, `diff`.

    Raises:
        InputError: an option that means nothing.
        NodeError: not root, a kube-proxy runs here, a program is missing, or rules come back again and again.
        Timeout: the lock of iptables is held, or a program took too long.
    """
    work = _Work(
        backends=[str(name) for name in get_list(params["backends"])] or None,
        flush=params["flush_conntrack"] == "services",
        how=Applying(_positive(params, "timeout"), _positive(params, "lock_timeout"), context.progress),
    )
    if os.geteuid() != 0:
        raise NodeError("Rules of the kernel can only be read and changed by root. Set become: true for this task.")
    findings = _kube_proxies(force=params["force"] is True or context.check_mode)
    first = work.read()
    _require_programs(first, work)
    findings += [_unreadable(text) for text in work.state.unreadable]
    result: Result = {}
    if context.diff or context.check_mode:
        result["diff"] = report.difference(first, nft_listing(first.nft_tables, timeout=work.how.timeout))
    last = _would_remove(first, work) if context.check_mode else _remove(first, work)
    return {
        **result,
        "changed": bool(work.removed),
        "removed": work.removed,
        "left": [left.as_dict() for left in last.left],
        "connections": work.connections,
        "findings": [finding.as_dict() for finding in findings],
        "waited": work.how.waited,
    }


def _require_programs(planned: Plan, work: _Work) -> None:
    """Make sure that all programs are there, before anything is changed."""
    require_programs(planned)
    if work.flush and not planned.empty:
        connections.require_programs()


def _positive(params: Mapping[str, Json], name: str) -> int:
    value = params[name]
    if not isinstance(value, int) or value < 1:
        raise InputError(f"Option {name}: found {value}, expected a whole number of at least 1.")
    return value


def _kube_proxies(*, force: bool) -> list[Finding]:
    """Return a finding for each process that is, or may have inside, a kube-proxy in this network namespace.

    Raises:
        NodeError: there is a kube-proxy, without `force`.
    """
    running = list(processes.in_this_namespace())
    findings = [
        Finding(
            "kube_proxy_running",
            WARNING if force else ERROR,
            _this_node(),
            f"{process} is a kube-proxy in this network namespace. {_ALIVE}",
            "Remove it first: the DaemonSet with fleet.cilium.kube_proxy, a systemd unit or static pod on the node.",
        )
        for process in running
        if processes.is_kube_proxy(process)
    ]
    if findings and not force:
        reasons = " ".join(finding.reason for finding in findings)
        raise NodeError(
            f"{reasons} Expected none. {findings[0].remedy} With the option force the rules are removed all the same.",
            findings=[finding.as_dict() for finding in findings],
        )
    return findings + [_embedded(process) for process in running if processes.may_embed_kube_proxy(process)]


def _this_node() -> dict[str, str]:
    return {"node": os.uname().nodename}


def _embedded(process: processes.Process) -> Finding:
    return Finding(
        "kube_proxy_embedded",
        INFO,
        _this_node(),
        f"{process} has a kube-proxy inside, unless it was started with disable-kube-proxy (option or configuration).",
        "Set disable-kube-proxy: true for k3s and restart it; else its rules come back.",
    )


def _unreadable(text: str) -> Finding:
    return Finding(
        "rules_unreadable", INFO, _this_node(), text, "If kube-proxy used these tables, remove its rules by hand."
    )


def _would_remove(planned: Plan, work: _Work) -> Plan:
    """Note what would be removed."""
    work.removed += report.removed(planned)
    if work.flush and not planned.empty:
        services = connections.services_of(planned, timeout=work.how.timeout)
        work.connections = len(connections.fetch(services, timeout=work.how.timeout))
    return planned


def _remove(planned: Plan, work: _Work) -> Plan:
    """Remove what is planned, and what turns out to be there afterwards; return the plan of the last reading.

    Raises:
        NodeError: after some attempts there is still something to remove.
    """
    words = "its rules were there again each time"
    for attempt in range(_ATTEMPTS):
        if planned.empty:
            return planned
        services = connections.services_of(planned, timeout=work.how.timeout) if work.flush else set()
        if attempt:
            time.sleep(_PAUSE)
        try:
            for step in steps(planned):
                apply(step, work.how)
                work.removed += _gone(step, work)
        except Moved as moved:
            words = moved.message
        _flush(services, work)
        planned = work.read(planned)
    if planned.empty:
        return planned
    raise NodeError(
        f"After {_ATTEMPTS} attempts there are still rules of kube-proxy: {words}. Look for a program that writes them "
        "(a kube-proxy in another mount or process namespace, k3s, a firewall that restores a saved rule set).",
        removed=work.removed,
    )


def _gone(planned: Plan, work: _Work) -> list[Json]:
    sets = tuple(name for name in planned.sets if name not in work.how.in_use)
    return report.removed(replace(planned, sets=sets))


def _flush(services: set[connections.Service], work: _Work) -> None:
    if services:
        found = connections.fetch(services, timeout=work.how.timeout)
        connections.delete(found, timeout=work.how.timeout)
        work.connections += len(found)
