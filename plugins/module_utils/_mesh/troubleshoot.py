# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of `cilium-dbg troubleshoot clustermesh`, and of its two kin in the mesh API server's pod.

PRIVATE to the collection.

The kin are `clustermesh-apiserver clustermesh-dbg troubleshoot` (the local store) and `kvstoremesh-dbg troubleshoot`
(the other clusters' stores, as KVStoreMesh reaches them). All three go the way to a store step by step: name, TCP, TLS,
etcd. They came with 1.16, and with later releases of 1.15. Lines are known by their words, as the signs before them get
lost in copies. What stands there about certificates is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from .._status.cleaning import lines_of
from .._status.splitting import collapsed
from .reasons import NO_CONFIG, REASONS, TCP_TIMEOUT, UNKNOWN, Fault, of_text

LONGEST = 4_000
_SIGNS = re.compile(r"^(?:[^\w\"\[(/-]|ℹ)+")
_CLUSTER = re.compile(r"(?:Remote c|C)luster \"(?P<name>[^\"]{1,100})\":?")
_STORE = re.compile(r"(?:Local )?[Ee]tcd kvstore:")
_SECTION = re.compile(r"(?P<name>Endpoints|Digital certificates|Etcd client):?")
_ENDPOINT = re.compile(r"- (?P<url>[a-z]{1,10}://\S{1,300})")
_LOCAL = "This entry corresponds to the local cluster"
_MISSING = ("Configuration not found", "No available endpoints", "Cannot parse etcd configuration")
_ETCD_ID = re.compile(r"Etcd cluster ID: (?P<id>[0-9a-f]{1,32})")
_FAILURE = re.compile(r"(?:Cannot|Failed|TLS client authentication failed)\b.*")
_STEP_TCP = "Cannot establish TCP connection"
_ETCD_OK = "Etcd connection successfully established"


@dataclass(frozen=True)
class Endpoint:
    """One address of a store, and where the way to it ends; no fault if it does not."""

    url: str
    fault: Fault | None = None


@dataclass(frozen=True)
class Check:
    """The way to one store.

    Attributes:
        endpoints: its addresses.
        connected: the store has answered a question.
        etcd_id: by which stores can be told apart, as hexadecimal digits.
        local: the entry is for the cluster's own name.
        fault: why there is no connection; None where there is one, or nothing is told.
    """

    endpoints: tuple[Endpoint, ...] = ()
    connected: bool = False
    etcd_id: str | None = None
    local: bool = False
    fault: Fault | None = None


@dataclass(frozen=True)
class Troubleshooting:
    """What one text tells: the way to each cluster's store, and to the local one."""

    clusters: dict[str, Check] = field(default_factory=dict)
    store: Check | None = None


@dataclass
class _Growing:
    """One store while its lines are read."""

    name: str | None
    section: str = ""
    endpoints: list[Endpoint] = field(default_factory=list)
    unresolved: Fault | None = None
    check: Check = Check()

    def done(self) -> Check:
        """Return the check, with the fault that is to be told of all that were found."""
        found = replace(self.check, endpoints=tuple(self.endpoints))
        if found.connected:
            return replace(found, fault=None)
        faults = [endpoint.fault for endpoint in self.endpoints if endpoint.fault]
        if faults and len(faults) == len(self.endpoints):
            return replace(found, fault=max(faults, key=_reached))
        return found


def _reached(fault: Fault) -> int:
    """Return how far a way went that ended so; REASONS are in this order."""
    return -1 if fault.reason == UNKNOWN else REASONS.index(fault.reason)


def parse(text: str) -> Troubleshooting:
    """Return what one of the three programs says; of any other text, nothing. Raises nothing."""
    result = Troubleshooting()
    growing: _Growing | None = None
    for line in lines_of(text):
        words = _SIGNS.sub("", collapsed(line)) if len(line) < LONGEST else ""
        cluster = _CLUSTER.fullmatch(words)
        if cluster or _STORE.fullmatch(words):
            result = _with(result, growing)
            growing = _Growing(cluster["name"] if cluster else None)
        elif growing and words:
            _take(growing, words)
    return _with(result, growing)


def _with(result: Troubleshooting, growing: _Growing | None) -> Troubleshooting:
    if growing is None:
        return result
    if growing.name is None:
        return replace(result, store=growing.done())
    return replace(result, clusters={**result.clusters, growing.name: growing.done()})


def _take(growing: _Growing, words: str) -> None:
    """Take in one line about a store."""
    section, endpoint, etcd_id = _SECTION.fullmatch(words), _ENDPOINT.fullmatch(words), _ETCD_ID.search(words)
    if section:
        growing.section = section["name"]
    elif words.startswith(_LOCAL):
        growing.check = replace(growing.check, local=True)
    elif words.startswith(_MISSING):
        growing.check = replace(growing.check, fault=Fault(NO_CONFIG, words))
    elif endpoint and growing.section in {"", "Endpoints"}:
        growing.endpoints.append(Endpoint(endpoint["url"]))
        growing.unresolved = None
    elif etcd_id:
        growing.check = replace(growing.check, etcd_id=etcd_id["id"])
    elif words.startswith(_ETCD_OK):
        growing.check = replace(growing.check, connected=True)
    elif _FAILURE.match(words):
        _take_failure(growing, words)


def _take_failure(growing: _Growing, words: str) -> None:
    """Take in where a way ends. A name that is not known costs nothing yet: the dialler may know it."""
    if growing.section == "Digital certificates":
        return
    fault = Fault(of_text(words) or (TCP_TIMEOUT if _timed_out(words) else UNKNOWN), words)
    if words.startswith("Cannot resolve hostname"):
        growing.unresolved = fault
    elif growing.section == "Endpoints" and growing.endpoints:
        told = growing.unresolved if words.startswith(_STEP_TCP) and growing.unresolved else fault
        growing.endpoints[-1] = replace(growing.endpoints[-1], fault=told)
    elif growing.check.fault is None:
        growing.check = replace(growing.check, fault=fault)


def _timed_out(words: str) -> bool:
    return words.startswith(_STEP_TCP) and any(sign in words for sign in ("timeout", "deadline exceeded"))
