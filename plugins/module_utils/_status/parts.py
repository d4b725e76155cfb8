# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From parts of an agent's JSON to parts of the model. PRIVATE to the collection."""

from __future__ import annotations

import re
from dataclasses import replace

from .._json import JsonObject, get_bool, get_int, get_list, get_object, get_objects, get_path, get_text
from . import model
from .fields import count, enabled, texts

# "IPv4: 5/254 allocated from 10.0.0.0/24, IPv6: 4/65534 allocated from f00d::/112"; without "from …" in other modes.
_POOL = re.compile(
    r"IPv(?P<family>[46]):\s*(?P<used>\d{1,40})(?:/(?P<total>\d{1,40}))?\s+allocated(?:\s+from\s+(?P<cidr>[^,\s]+))?"
)

# What a remote cluster sends in any version; newer ones have more kinds.
_SYNCED = ("nodes", "endpoints", "identities", "services")


def ipam(status: JsonObject) -> model.Ipam | None:
    """Return the pod addresses of the node."""
    part = get_object(status, "ipam")
    if not part:
        return None
    owners = get_path(part, "allocations")
    allocated = {address: str(owner) for address, owner in owners.items()} if isinstance(owners, dict) else None
    return replace(pools_of(get_text(part, "status") or ""), allocated=allocated)


def pools_of(summary: str) -> model.Ipam:
    """Return the pools of "IPv4: 5/254 allocated from 10.0.0.0/24, "; another text, such as of many pools, as it is."""
    pools = {
        found.group("family"): model.Pool(
            used=int(found.group("used")),
            total=int(found.group("total")) if found.group("total") else None,
            cidr=found.group("cidr"),
        )
        for found in _POOL.finditer(summary)
    }
    return model.Ipam(pools.get("4"), pools.get("6"), None if pools else summary.strip(" ,") or None)


def bandwidth_manager(status: JsonObject) -> model.BandwidthManager | None:
    """Return the state of the bandwidth manager."""
    on = enabled(status, "bandwidth-manager")
    if not on:
        return None if on is None else model.BandwidthManager(enabled=False)
    part = get_object(status, "bandwidth-manager")
    return model.BandwidthManager(
        enabled=True, congestion_control=get_text(part, "congestionControl"), devices=texts(part, "devices")
    )


def big_tcp(status: JsonObject) -> model.BigTcp:
    """Return whether packets may be bigger than 64 KiB."""
    ipv4, ipv6 = get_object(status, "ipv4-big-tcp"), get_object(status, "ipv6-big-tcp")
    return model.BigTcp(
        ipv4=enabled(status, "ipv4-big-tcp"),
        ipv6=enabled(status, "ipv6-big-tcp"),
        ipv4_max_gro=get_int(ipv4, "maxGRO") if ipv4.get("enabled") else None,
        ipv4_max_gso=get_int(ipv4, "maxGSO") if ipv4.get("enabled") else None,
        ipv6_max_gro=get_int(ipv6, "maxGRO") if ipv6.get("enabled") else None,
        ipv6_max_gso=get_int(ipv6, "maxGSO") if ipv6.get("enabled") else None,
    )


def srv6(status: JsonObject) -> model.Srv6 | None:
    """Return the state of segment routing."""
    on = enabled(status, "srv6")
    return None if on is None else model.Srv6(on, get_text(status, "srv6", "srv6EncapMode") if on else None)


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
        max_sequence=get_text(ipsec, "max-seq-number"),
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
        service_exports=get_int(entry, "num-service-exports"),
        endpoint_slices=get_int(entry, "num-endpoint-slices"),
        failures=count(entry, "num-failures"),
        expected=_flag(entry, "config", "required"),
        retrieved=_flag(entry, "config", "retrieved"),
        kvstoremesh=_flag(entry, "config", "kvstoremesh"),
        sync_canaries=_flag(entry, "config", "sync-canaries"),
        exports=get_bool(entry, "config", "service-exports-enabled"),
        endpoint_slice_export_mode=get_text(entry, "config", "endpoint-slice-export-mode"),
        synced=_synced(entry),
    )


def _synced(entry: JsonObject) -> dict[str, bool] | None:
    found = get_path(entry, "synced")
    if not isinstance(found, dict):
        return None
    return {kind: bool(found.get(kind)) for kind in dict.fromkeys((*_SYNCED, *found))}


def _flag(entry: JsonObject, part: str, name: str) -> bool | None:
    """Return a flag of a part; None if there is no such part."""
    found = get_path(entry, part)
    return bool(found.get(name)) if isinstance(found, dict) else None


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
        enabled=True,
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
        redirected=[
            model.Redirect(get_text(entry, "name") or "", get_text(entry, "proxy"), get_int(entry, "proxy-port"))
            for entry in get_objects(part, "redirects")
        ]
        or None,
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
