# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes clusters the mesh that is declared. PRIVATE to the collection. Pure: (declared, seen) to a plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._catalogue import OWNERS, defaults_at
from .._catalogue import clustermesh as settings_of_mesh
from .._catalogue.kube_proxy_replacement import RANGE
from .._catalogue.mesh import ID, NAME
from .._desired.raw import settings_in
from .._dialects.helm import helm_values
from .._errors import InputError
from .._findings import ERROR, INFO, Finding
from .._intent import read
from .._json import get_object
from .._validation.cluster import in_order, problems
from .._validation.fleet import between
from .._versions import parse
from .clients import needs_client
from .endpoints import NODE_PORTS, Endpoint, endpoint_of, known_from
from .members import CLUSTER_IP, NODE_PORT
from .peer_secrets import entry_in, to_remove
from .peers import keys_in, peers_in
from .rotation import bundle_of, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._catalogue._model import View
    from .._intent import Intent
    from .._json import JsonObject
    from .clients import Client
    from .fetch import Seen
    from .members import Declaration

HELM, SECRET = "helm", "secret"


@dataclass(frozen=True)
class Wanted:
    """What one member is to get.

    Attributes:
        settings: of the mesh, by variable.
        values: for Helm, which say the same to the chart of its version.
        peers: the members that it is to be connected with, and whose address is known.
        endpoint: where the others reach it; None for one that leaves.
        whole: everything that is asked of it, with what its release has; None for one that leaves.
    """

    settings: JsonObject
    values: JsonObject
    peers: tuple[str, ...] = ()
    endpoint: Endpoint | None = None
    whole: Intent | None = None

    @property
    def view(self) -> View | None:
        """What is asked of it, read."""
        return self.whole.view if self.whole is not None else None

    @property
    def secret(self) -> frozenset[str]:
        """Which of its settings are not shown, as private keys are in them, or as they say nothing without the key."""
        keys = [key for key in keys_in(self.values) if key]
        keyed = {settings_of_mesh.PEERS} if keys else set()
        if settings_of_mesh.AUTHORITY_KEY in self.settings:
            keyed |= {settings_of_mesh.AUTHORITY, settings_of_mesh.AUTHORITY_KEY}
        return frozenset(keyed)


@dataclass(frozen=True)
class MeshPlan:
    """What every member is to get, by its name, in the members' order; and what there is to say."""

    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def expected(self) -> dict[str, list[str]]:
        """Whom each member's agents are to be connected with."""
        return {name: list(wanted.peers) for name, wanted in self.wanted.items()}

    @property
    def routed(self) -> dict[str, Wanted]:
        """What every member is to get of those peers whose addresses lead nowhere unless somebody routes them."""
        kinds = {name: one.endpoint.service_type for name, one in self.wanted.items() if one.endpoint is not None}
        return {
            name: replace(one, peers=tuple(peer for peer in one.peers if kinds.get(peer) == CLUSTER_IP), whole=None)
            for name, one in self.wanted.items()
        }


def plan(
    declared: Declaration,
    seen: Sequence[Seen],
    *,
    peers: str = HELM,
    bundle: str = "",
    clients: Mapping[str, Client] | None = None,
) -> MeshPlan:
    """Return what every member is to get.

    Args:
        declared: the mesh.
        seen: what each member's cluster holds, in the members' order.
        peers: HELM for peers in values, SECRET for peers in Secrets of their own.
        bundle: PEM of the authorities that all members trust; empty where each trusts the one that signs.
        clients: what agents show their peers, by cluster, where charts want that in the values.

    Raises:
        InputError: a member that is to stay cannot be read, or nobody says its version; or peers that nobody lists are
            to stay, and stand elsewhere than `peers` says.
    """
    staying = [one for one in seen if not one.member.leaving]
    _refuse_unreadable(staying)
    names, listed = [one.name for one in staying], [one.name for one in seen]
    endpoints = {one.name: _endpoint(one, staying) for one in staying}
    wanted = {one.name: _leaving(one) for one in seen if one.member.leaving}
    for one in staying:
        others = () if _is_early(one) else declared.peers_of(one.name, names)
        whom = tuple(name for name in others if endpoints[name].addresses)
        asked = _settings(one, endpoints, whom, peers=peers, client=(clients or {}).get(one.name))
        trusted = bundle
        if declared.keeps_others:
            _refuse_elsewhere(one, listed, peers=peers)
            asked = _with_others(asked, one, listed)
            trusted = joined([bundle, bundle_of(one)])
        if trusted:
            asked[settings_of_mesh.BUNDLE] = trusted
        wanted[one.name] = _wanted(one, asked, whom, endpoints[one.name])
    found = [*_told(seen, peers), *(finding for endpoint in endpoints.values() for finding in endpoint.findings)]
    return MeshPlan({name: wanted[name] for name in listed}, tuple(in_order([*found, *_judged(staying, wanted)])))


def _told(seen: Sequence[Seen], peers: str) -> Iterator[Finding]:
    """Yield what there is to say of single members before anything is asked of them."""
    for one in seen:
        if one.member.leaving:
            yield from [_gone(one)] if one.fault else []
        elif peers == SECRET and needs_client(one):
            yield _without_client(one)
        elif _is_early(one):
            yield _later(one)


def _is_early(one: Seen) -> bool:
    """Tell whether a cluster gets no peers yet: its values are handed out before it is installed, and keys are not."""
    return not one.is_installed and needs_client(one)


def _refuse_unreadable(staying: Sequence[Seen]) -> None:
    for one in staying:
        if one.fault:
            raise InputError(
                f"{one.name}: {one.fault}. Every member that is to stay has to be read; for one that is gone for good, "
                "say state: absent"
            )
        if one.version is None:
            raise InputError(
                f"{one.name}: nobody says which version of Cilium it has or is to get; expected a release, agents, or "
                "cilium_version, such as 1.15.19"
            )


def _refuse_elsewhere(one: Seen, listed: Sequence[str], *, peers: str) -> None:
    """Raise InputError where peers that are to stay stand where the others would not be put."""
    if peers == HELM:
        found = {name for secret in to_remove(one) for name in get_object(secret, "data")}
        where, remedy = "Secrets", SECRET
    else:
        found, where, remedy = set(peers_in(one.live)), "Helm values", HELM
    if others := sorted(found - set(listed)):
        raise InputError(
            f"{one.name}: its peers {', '.join(others)} stand in {where} and are to stay, expected none there with "
            f"peers {peers}; set peers to {remedy} (role: cilium_clustermesh.peers)"
        )


def _endpoint(one: Seen, staying: Sequence[Seen]) -> Endpoint:
    told = [
        entry
        for other in staying
        for entry in (peers_in(other.live).get(one.name, {}), entry_in(other, one.name))
        if entry
    ]
    return endpoint_of(one.member, nodes=one.nodes, service=one.service, known=known_from(told), ports=_node_ports(one))


def _node_ports(one: Seen) -> range:
    """Return which NodePorts a cluster gives, as its settings say, such as ``30000,32767``."""
    settings = {**settings_in(one.live, str(one.version)), **one.member.settings}
    first, _comma, last = str(settings.get(RANGE) or "").partition(",")
    return range(int(first), int(last) + 1) if first.isdecimal() and last.isdecimal() else NODE_PORTS


def _with_others(asked: JsonObject, one: Seen, listed: Sequence[str]) -> JsonObject:
    """Return what is asked of a member with those peers that it has and that nobody lists."""
    if settings_of_mesh.PEERS not in asked:
        return asked
    others: JsonObject = {name: peer for name, peer in peers_in(one.live).items() if name not in listed}
    return {**asked, settings_of_mesh.PEERS: {**others, **get_object(asked, settings_of_mesh.PEERS)}}


def _settings(
    one: Seen, endpoints: Mapping[str, Endpoint], whom: Sequence[str], *, peers: str, client: Client | None
) -> JsonObject:
    """Return the settings by which a cluster is a member."""
    own = endpoints[one.name]
    found: JsonObject = {
        NAME: one.member.name,
        ID: one.member.id,
        settings_of_mesh.SERVER: True,
        settings_of_mesh.SERVICE: own.service_type,
    }
    if own.service_type == NODE_PORT:
        found[settings_of_mesh.PORT] = own.port
    if own.names:
        found[settings_of_mesh.NAMES] = list(own.names)
    if peers == HELM:
        found[settings_of_mesh.PEERS] = {name: {**_peer(endpoints[name]), **_tls(one, name, client)} for name in whom}
        found.update(client.settings if client is not None else {})
    else:
        found.update(_beside_helm(own, str(one.version)))
    return found


def _beside_helm(own: Endpoint, version: str) -> JsonObject:
    """Return the settings by which peers can stand in Secrets outside the release."""
    found: JsonObject = {}
    if own.ips:
        # Without host aliases peers go by the address itself, so it has to stand in the certificate.
        found[settings_of_mesh.ADDRESSES] = list(own.ips)
    if defaults_at(parse(version)).get(settings_of_mesh.AUTH_MODE) not in (None, settings_of_mesh.SHARED_USER):
        # A user for each peer needs a list of users, which charts make only of peers in values.
        found[settings_of_mesh.AUTH_MODE] = settings_of_mesh.SHARED_USER
    return found


def _tls(one: Seen, peer: str, client: Client | None) -> JsonObject:
    """Return what a cluster's agents show a peer by its values; what others have put there stays theirs."""
    if client is not None:
        return {"tls": client.tls}
    there = get_object(peers_in(one.live).get(peer), "tls") if needs_client(one) else {}
    return {"tls": there} if there else {}


def _peer(endpoint: Endpoint) -> JsonObject:
    if endpoint.ips:
        return {"ips": list(endpoint.ips), "port": endpoint.port}
    return {"address": endpoint.names[0], "port": endpoint.port}


def _wanted(one: Seen, asked: JsonObject, whom: tuple[str, ...], endpoint: Endpoint) -> Wanted:
    version = str(one.version)
    live = settings_in(one.live, version)
    whole = read({**live, **one.member.settings, **asked}, version, one.facts)
    return Wanted(asked, helm_values(read(asked, version).view), whom, endpoint, whole)


def _judged(staying: Sequence[Seen], wanted: Mapping[str, Wanted]) -> list[Finding]:
    """Return what is wrong with what members are asked for, by themselves and between them."""
    found: list[Finding] = []
    views: dict[str, View] = {}
    for one in staying:
        asked, whole = wanted[one.name].settings, wanted[one.name].whole
        if whole is not None:
            views[one.name] = whole.view
            found += [_of(one.name, fault) for fault in problems(whole) if _is_of_mesh(fault, asked)]
    return [*found, *between(views)]


def _is_of_mesh(finding: Finding, asked: JsonObject) -> bool:
    """Tell whether an error is about what the mesh asks for; what else is wrong with a cluster is not its business."""
    about = set(finding.asked) if isinstance(finding.asked, dict) else set()
    owners = {OWNERS[name].name for name in asked if name in OWNERS}
    return finding.severity == ERROR and (finding.feature in owners or bool(about & asked.keys()))


def _of(name: str, finding: Finding) -> Finding:
    return replace(finding, subject={"cluster": name, **finding.subject})


def _leaving(one: Seen) -> Wanted:
    """Return what a cluster gets that leaves: it stays who it is, without a mesh API server and without peers."""
    if one.fault or not one.is_installed or one.version is None:
        return Wanted({}, {})
    name, number = one.identity
    asked: JsonObject = {settings_of_mesh.SERVER: False, settings_of_mesh.PEERS: {}}
    if name and number:
        asked = {NAME: name, ID: number, **asked}
    return Wanted(asked, helm_values(read(asked, one.version).view))


def _without_client(one: Seen) -> Finding:
    return Finding(
        "mesh_peers_need_certificates",
        ERROR,
        {"cluster": one.name},
        f"agents of Cilium {one.version} have no client certificate that is good for all peers; before 1.14 each peer "
        "needs one of its own",
        "upgrade it to 1.14 or newer before it becomes a member",
        asked=SECRET,
        found=str(one.version),
    )


def _later(one: Seen) -> Finding:
    return Finding(
        "mesh_peers_follow",
        INFO,
        {"cluster": one.name},
        f"charts of Cilium {one.version} want a key for each peer, and no key is handed out, so its peers come after "
        "it is installed",
        "run module clustermesh (role clustermesh) once it is; playbook site.yml does",
        asked=str(one.version),
    )


def _gone(one: Seen) -> Finding:
    return Finding(
        "mesh_member_unreachable",
        INFO,
        {"cluster": one.name},
        f"it leaves, and its cluster was left as it is: {one.fault}",
        "nothing has to be done if the cluster is gone; else run again when it can be reached",
    )
