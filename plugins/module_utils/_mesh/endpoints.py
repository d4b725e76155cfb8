# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At which addresses and port the others reach a member's mesh API server. PRIVATE to the collection. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._findings import ERROR, WARNING, Finding
from .._json import get_int, get_object, get_objects, get_text
from .members import AUTO, FIRST_NODE_PORT, LOAD_BALANCER, NODE_PORT, SERVICE_PORT, SERVICE_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._json import JsonObject
    from .members import Member

# NodePorts, unless an API server is told others (kube-apiserver, --service-node-port-range).
NODE_PORTS = range(30000, 32768)
# Addresses for each member: one node may be away while another one is replaced.
ADDRESSES = 3
# Clouds that give a Service of type LoadBalancer an address, by what a node's providerID begins with.
_CLOUDS = ("aws", "azure", "gce", "oci", "ibm", "digitalocean", "hcloud", "openstack", "linode", "ovh", "scaleway")
_ABOUT_TO_GO = "ToBeDeletedByClusterAutoscaler"


@dataclass(frozen=True)
class Endpoint:
    """Where a member is reached.

    Attributes:
        service_type: of its mesh API server's Service.
        port: at the addresses; with NodePort also what the Service gets.
        addresses: IP addresses, or names; empty while they are not known.
        findings: why they are not known, or what to know of them.
    """

    service_type: str
    port: int
    addresses: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def ips(self) -> list[str]:
        """The addresses that are IP addresses."""
        return [address for address in self.addresses if is_ip(address)]

    @property
    def names(self) -> list[str]:
        """The addresses that are names."""
        return [address for address in self.addresses if not is_ip(address)]


@dataclass(frozen=True)
class Known:
    """Where peers look for a member now: addresses, in order, and the port at them; None where nobody looks."""

    addresses: tuple[str, ...] = ()
    port: int | None = None


def is_ip(text: str) -> bool:
    """Tell whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def endpoint_of(
    member: Member, *, nodes: Sequence[JsonObject], service: JsonObject, known: Known, ports: range = NODE_PORTS
) -> Endpoint:
    """Return where the others reach a member.

    Args:
        member: with its id, where anything says it.
        nodes: its Node objects.
        service: the Service of its mesh API server; empty where there is none.
        known: where peers look for it now; that stays while it is good, and while nothing else is known.
        ports: that its API server gives to Services of type NodePort.
    """
    kind, findings = _service_type(member, nodes, service)
    port = member.port or (_own_port(member, service, ports) if kind == NODE_PORT else SERVICE_PORT)
    if kind == NODE_PORT and port not in ports:
        findings.append(_out_of_range(member, port, ports))
    if member.endpoints:
        return Endpoint(kind, port, member.endpoints, tuple(findings))
    if kind == NODE_PORT:
        addresses = _of_nodes(nodes, known.addresses)
        missing = [] if addresses or findings else [_no_node(member)]
        return Endpoint(kind, port, tuple(addresses), (*findings, *missing))
    if addresses := _of_balancer(service) if kind == LOAD_BALANCER else _of_cluster(service):
        return Endpoint(kind, port, tuple(addresses), tuple(findings))
    pending = _pending(member, kind, service, known)
    return Endpoint(kind, known.port or port, known.addresses, (*findings, pending))


def _service_type(member: Member, nodes: Sequence[JsonObject], service: JsonObject) -> tuple[str, list[Finding]]:
    """Return the type of the Service, and why it cannot be told."""
    if member.service_type != AUTO:
        return member.service_type or NODE_PORT, []
    there = get_text(service, "spec", "type")
    if there in SERVICE_TYPES:
        return there, []
    providers = {(get_text(node, "spec", "providerID") or "").partition(":")[0] for node in nodes}
    if nodes and all(provider.startswith(_CLOUDS) and provider for provider in providers):
        return LOAD_BALANCER, []
    return NODE_PORT, [
        Finding(
            "mesh_service_type_unknown",
            ERROR,
            {"cluster": member.label},
            "its nodes do not say that they are a cloud's that offers load balancers, so how the other clusters can "
            "reach this one cannot be told",
            "set service_type to NodePort, LoadBalancer or ClusterIP",
            asked=AUTO,
            found=", ".join(sorted(provider for provider in providers if provider)),
        )
    ]


def _own_port(member: Member, service: JsonObject, ports: range) -> int:
    """Return the NodePort that no other member has: a fixed number and the id; 0 where there is no id either."""
    if not member.id:
        return node_port(service) or 0
    port = FIRST_NODE_PORT + member.id
    return port if port in ports else ports.start + member.id


def _out_of_range(member: Member, port: int, ports: range) -> Finding:
    return Finding(
        "mesh_port_out_of_range",
        ERROR,
        {"cluster": member.label},
        f"port {port} is to be a NodePort, and its API server gives those from {ports.start} to {ports.stop - 1}",
        "set another port; or a service_type that has that port, such as LoadBalancer; or cilium_node_port_range, if "
        "its API server has another range",
        asked=port,
        found=f"{ports.start},{ports.stop - 1}",
    )


def node_port(service: JsonObject) -> int | None:
    """Return the NodePort that a Service has; None for none."""
    return next((get_int(port, "nodePort") for port in get_objects(service, "spec", "ports")), None)


def _of_nodes(nodes: Sequence[JsonObject], used: Sequence[str]) -> list[str]:
    """Return one address of each family of up to ADDRESSES nodes: first those that are used, then by the name."""
    offered = {get_text(node, "metadata", "name") or "": _addresses(node) for node in nodes if _is_good(node)}
    kept = [name for address in used for name, found in offered.items() if address in found]
    chosen = list(dict.fromkeys([*kept, *sorted(offered)]))[:ADDRESSES]
    return [address for name in chosen for address in offered[name]]


def _addresses(node: JsonObject) -> list[str]:
    """Return a node's own addresses, the first of each family, IPv4 first, without those that lead to itself."""
    found: dict[int, str] = {}
    for entry in get_objects(node, "status", "addresses"):
        address = get_text(entry, "address") or ""
        if entry.get("type") == "InternalIP" and is_ip(address):
            parsed = ipaddress.ip_address(address)
            if not parsed.is_loopback:
                found.setdefault(parsed.version, address)
    return [found[family] for family in sorted(found)]


def _is_good(node: JsonObject) -> bool:
    """Tell whether a node is there and stays: ready where it says so, not about to go."""
    taints = {get_text(taint, "key") for taint in get_objects(node, "spec", "taints")}
    leaving = get_text(node, "metadata", "deletionTimestamp") is not None or _ABOUT_TO_GO in taints
    conditions = {get_text(one, "type"): one for one in get_objects(node, "status", "conditions")}
    # A node is not ready before a network plugin is there, so only one that does not answer counts as away.
    return not leaving and get_text(conditions.get("Ready"), "status") != "Unknown"


def _of_balancer(service: JsonObject) -> list[str]:
    entries = get_objects(service, "status", "loadBalancer", "ingress")
    return [address for one in entries for address in (get_text(one, "ip") or get_text(one, "hostname"),) if address]


def _of_cluster(service: JsonObject) -> list[str]:
    spec = get_object(service, "spec")
    if spec.get("type") not in SERVICE_TYPES:
        return []
    found = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [one for one in found if isinstance(one, str) and is_ip(one)] if isinstance(found, list) else []


def _no_node(member: Member) -> Finding:
    return Finding(
        "mesh_address_missing",
        ERROR,
        {"cluster": member.label},
        "no node of it has an address of its own that other machines reach (InternalIP), so nothing leads to its mesh "
        "API server",
        "set endpoints to addresses at which the other clusters reach its nodes",
    )


def _pending(member: Member, kind: str, service: JsonObject, known: Known) -> Finding:
    """Return the finding that the Service has no address now, with what is known of the reason."""
    if not service:
        reason = f"its mesh API server has no Service yet, so the address of one of type {kind} is not known"
        remedy = "run again when it is installed, or set endpoints where the address is known beforehand"
    else:
        conditions = get_objects(service, "status", "conditions")
        told = "; ".join(get_text(one, "message") or get_text(one, "reason") or "" for one in conditions)
        name = get_text(service, "spec", "loadBalancerClass")
        waits = f"the load balancers of class {name}" if name else "a cloud's controller, MetalLB or Cilium's LB IPAM"
        reason = f"its Service of type {kind} has no address; {told or f'it waits for {waits}'}"
        remedy = "see why the address is not given (kubectl describe service), or set another service_type"
    if known.addresses:
        reason += f"; its peers keep looking for it at {', '.join(known.addresses)}"
    else:
        remedy += "; the next run connects it"
    return Finding("mesh_address_pending", WARNING, {"cluster": member.label}, reason, remedy)


def known_from(entries: Sequence[JsonObject]) -> Known:
    """Return what the entries of a peer say (``ips``, ``address``, ``port``), each address once."""
    found = [address for entry in entries for address in [*_texts(entry, "ips"), *_texts(entry, "address")]]
    ports = [port for entry in entries for port in [get_int(entry, "port")] if port]
    return Known(tuple(dict.fromkeys(found)), ports[0] if ports else None)


def _texts(peer: JsonObject, key: str) -> list[str]:
    value = peer.get(key)
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    return [value] if isinstance(value, str) and value else []
