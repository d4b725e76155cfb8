# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From parts of an agent's JSON to parts of the model. PRIVATE to the collection."""

from __future__ import annotations

import re

from .._json import JsonObject, get_int, get_list, get_object, get_objects, get_path, get_text
from . import model
from .fields import count, enabled, texts

# "IPv4: 5/254 allocated from 10.0.0.0/24, IPv6: 4/65534 allocated from f00d::/112"; without "from …" in other modes.
_POOL = re.compile(
    r"IPv(?P<family>[46]):\s*(?P<used>\d+)(?:/(?P<total>\d+))?\s+allocated(?:\s+from\s+(?P<cidr>[^,\s]+))?"
)


def ipam(status: JsonObject) -> model.Ipam | None:
    """Return the pod addresses of the node."""
    part = get_object(status, "ipam")
    if not part:
        return None
    pools = {
        found.group("family"): model.Pool(
            used=int(found.group("used")),
            total=int(found.group("total")) if found.group("total") else None,
            cidr=found.group("cidr"),
        )
        for found in _POOL.finditer(get_text(part, "status") or "")
    }
    owners = get_path(part, "allocations")
    allocated = {address: str(owner) for address, owner in owners.items()} if isinstance(owners, dict) else None
    return model.Ipam(pools.get("4"), pools.get("6"), allocated)


def bandwidth_manager(status: JsonObject) -> model.BandwidthManager | None:
    """Return the state of the bandwidth manager."""
    on = enabled(status, "bandwidth-manager")
    if not on:
        return None if on is None else model.BandwidthManager(enabled=False)
    part = get_object(status, "bandwidth-manager")
    return model.BandwidthManager(
        enabled=True, congestion_control=get_text(part, "congestionControl"), devices=texts(part, "devices")
    )


def encryption(status: JsonObject) -> model.Encryption | None:
    """Return the state of encryption between nodes."""
    part = get_object(status, "encryption")
    if not part:
        return None
    ipsec, wireguard = get_object(part, "ipsec"), get_object(part, "wireguard")
    interfaces = get_objects(wireguard, "interfaces")
    return model.Encryption(
        mode=get_text(part, "mode"),
        message=get_text(part, "msg"),
        node_encryption=get_text(wireguard, "node-encryption"),
        interfaces=[str(entry.get("name", "")) for entry in interfaces]
        if wireguard
        else texts(ipsec, "decrypt-interfaces"),
        peers=sum(count(entry, "peer-count") for entry in interfaces) if wireguard else None,
        keys_in_use=count(ipsec, "keys-in-use") if ipsec else None,
        errors=count(ipsec, "error-count") if ipsec else None,
    )


def cluster_mesh(status: JsonObject) -> model.ClusterMesh | None:
    """Return the state of the other clusters."""
    part = get_path(status, "cluster-mesh")
    if not isinstance(part, dict):
        return None
    clusters = [_remote(entry) for entry in get_objects(part, "clusters")]
    return model.ClusterMesh(
        ready=sum(bool(cluster.ready) for cluster in clusters),
        total=len(clusters),
        clusters=clusters,
        global_services=get_int(part, "num-global-services"),
    )


def _remote(entry: JsonObject) -> model.RemoteCluster:
    told = "config" in entry or "connected" in entry  # since 1.14
    return model.RemoteCluster(
        name=str(entry.get("name", "")),
        ready=bool(entry.get("ready")),
        connected=bool(entry.get("connected")) if told else None,
        status=get_text(entry, "status"),
        cluster_id=get_int(entry, "config", "cluster-id"),
        nodes=count(entry, "num-nodes"),
        endpoints=count(entry, "num-endpoints") if told else None,
        identities=count(entry, "num-identities") if told else None,
        services=count(entry, "num-shared-services"),
        failures=count(entry, "num-failures"),
    )


def hubble(status: JsonObject) -> model.Hubble | None:
    """Return the state of the agent's record of flows."""
    part = get_object(status, "hubble")
    if not part:
        return None
    observer = get_object(part, "observer")
    return model.Hubble(
        state=get_text(part, "state"),
        message=get_text(part, "msg"),
        flows=count(observer, "current-flows") if observer else None,
        capacity=count(observer, "max-flows") if observer else None,
        metrics=get_text(part, "metrics", "state"),
    )


def controllers(status: JsonObject) -> model.Controllers | None:
    """Return the state of the agent's background jobs; a job without a status counts as healthy, as in the text."""
    if get_path(status, "controllers") is None:
        return None
    entries = get_objects(status, "controllers")
    failing = [
        model.FailingController(
            name=str(entry.get("name", "")),
            failures=count(entry, "status", "consecutive-failure-count"),
            message=get_text(entry, "status", "last-failure-msg"),
        )
        for entry in entries
        if count(entry, "status", "consecutive-failure-count") > 0
    ]
    return model.Controllers(healthy=len(entries) - len(failing), total=len(entries), failing=failing)


def monitor(status: JsonObject) -> model.NodeMonitor | None:
    """Return the state of the channel by which BPF programs report."""
    part = get_object(status, "nodeMonitor")
    if not part:
        return None
    return model.NodeMonitor(
        cpus=get_int(part, "cpus"),
        pages=get_int(part, "npages"),
        page_size=get_int(part, "pagesize"),
        lost=count(part, "lost"),
        unknown=count(part, "unknown"),
    )


def proxy(status: JsonObject) -> model.Proxy | None:
    """Return the state of the layer-7 proxy."""
    part = get_object(status, "proxy")
    if not part:
        return None
    return model.Proxy(
        ip=get_text(part, "ip"),
        port_range=get_text(part, "port-range"),
        redirects=count(part, "total-redirects"),
        envoy=get_text(part, "envoy-deployment-mode"),
    )


def bpf_maps(status: JsonObject) -> model.BpfMaps | None:
    """Return the sizes of the BPF maps."""
    part = get_object(status, "bpf-maps")
    if not part:
        return None
    ratio = part.get("dynamic-size-ratio")
    return model.BpfMaps(
        dynamic_size_ratio=float(ratio) if isinstance(ratio, (int, float)) else None,
        maps={str(entry.get("name", "")): count(entry, "size") for entry in get_objects(get_list(part, "maps"))},
    )
