# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing what is planned, each table in one transaction. PRIVATE to the collection.

The order is such that nothing refers to a thing that is gone: virtual servers before the device with their addresses,
rules before the sets that they ask. Each step leaves a state that the next run can go on from.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..._errors import FleetError
from .. import programs, xtables_lock
from . import names
from .model import LEGACY, Plan
from .plan import restore_input

if TYPE_CHECKING:
    from typing import Callable

    from ..._json import Json
    from .model import Programs, Server, TablePlan

_LOCK_HELD = 4  # iptables' exit code for it
_PROTOCOL_OPTIONS = {"TCP": "--tcp-service", "UDP": "--udp-service", "SCTP": "--sctp-service"}
# The kernel lets go of a set a moment after the rules that asked it.
_SET_SECONDS = 5.0
_PAUSE = 0.1


class Moved(FleetError):
    """What was planned does not fit any more: somebody changed the rules since they were read."""


@dataclass
class Applying:
    """How to apply, and what was waited for.

    Attributes:
        timeout: seconds that one program may take.
        lock_timeout: seconds to wait for the lock of iptables.
        progress: is told what is waited for.
        waited: what was waited for, as {object, seconds, state}.
        in_use: sets that stay because something other than iptables uses them, with ipset's words.
    """

    timeout: float
    lock_timeout: float
    progress: Callable[[str], None]
    waited: list[Json] = field(default_factory=list)
    in_use: dict[str, str] = field(default_factory=dict)

    def run(self, command: list[str], *, stdin: str = "") -> programs.Output:
        """Run a program within the timeout."""
        return programs.run(command, timeout=self.timeout, stdin=stdin)


def require_programs(plan: Plan) -> None:
    """Make sure that all programs for the plan are there, before anything is changed.

    Raises:
        NodeError: one is not.
    """
    if plan.nft_tables:
        programs.need("nft", purpose="remove the tables of kube-proxy's nftables mode", package="nftables")
    if plan.servers:
        programs.need("ipvsadm", purpose="remove the virtual servers of kube-proxy's IPVS mode", package="ipvsadm")
    asks_sets = any(" --match-set KUBE-" in rule for _each, table in plan.tables for rule in table.rules)
    if asks_sets or plan.device is not None:
        programs.need("ipset", purpose="remove the sets of kube-proxy's IPVS mode", package="ipset")


def steps(plan: Plan) -> list[Plan]:
    """Return the plan as its steps in order: together they do the same, and each is done or not."""
    found = [Plan(servers=plan.servers), Plan(device=plan.device), *(Plan(tables=(table,)) for table in plan.tables)]
    found += [Plan(nft_tables=plan.nft_tables), Plan(sets=plan.sets)]
    return [step for step in found if not step.empty]


def apply(plan: Plan, how: Applying) -> None:
    """Remove what is planned.

    Raises:
        Moved: the node is not any more as it was when it was read; read it again.
        Timeout: the lock is held, or a program took too long.
        NodeError: a program is missing or failed.
    """
    for server in plan.servers:
        _remove_server(server, how)
    if plan.device is not None:
        ip = programs.need("ip", purpose=f"remove the device {names.DEVICE}", package="iproute2")
        _must(how.run([ip, "link", "delete", "dev", names.DEVICE]), f"device {names.DEVICE}")
    for each, table in plan.tables:
        _restore(each, table, how)
    if plan.nft_tables:
        nft = programs.need("nft", purpose="remove kube-proxy's tables", package="nftables")
        text = "".join(f"delete table {family} {name}\n" for family, name in plan.nft_tables)
        _must(how.run([nft, "-f", "-"], stdin=text), "nftables")
    for name in plan.sets:
        _destroy_set(name, how)


def _remove_server(server: Server, how: Applying) -> None:
    ipvsadm = programs.need("ipvsadm", purpose="remove virtual servers", package="ipvsadm")
    option = _PROTOCOL_OPTIONS[server.protocol]
    _must(how.run([ipvsadm, "--delete-service", option, server.endpoint]), f"virtual server {server}")


def _restore(each: Programs, table: TablePlan, how: Applying) -> None:
    """Remove what goes from one table of iptables."""
    command = [each.restore, "--noflush", "--counters"]
    if each.backend == LEGACY:  # the other backend needs no lock, the kernel has transactions
        waited = xtables_lock.wait(timeout=how.lock_timeout, progress=how.progress)
        how.waited += [waited] if waited else []
        command += ["--wait", str(max(1, round(how.lock_timeout)))]
    done = how.run(command, stdin=restore_input(table))
    if each.backend == LEGACY and done.code == _LOCK_HELD:
        raise xtables_lock.still_held(how.lock_timeout)
    _must(done, str(table.place))


def _destroy_set(name: str, how: Applying) -> None:
    """Remove a set; one that something other than iptables uses stays and is noted."""
    ipset = programs.need("ipset", purpose="remove kube-proxy's sets", package="ipset")
    deadline = time.monotonic() + _SET_SECONDS
    while (done := how.run([ipset, "destroy", name])).code != 0:
        if "in use" not in done.words:
            raise Moved(f"ipset {name}: {done.words}")
        if time.monotonic() > deadline:
            how.in_use[name] = done.words
            return
        time.sleep(_PAUSE)


def _must(done: programs.Output, subject: str) -> None:
    """Read a failure as a change by somebody else: whoever calls reads anew, and gives up after some attempts."""
    if done.code != 0:
        raise Moved(f"{subject}: {done.words}")
