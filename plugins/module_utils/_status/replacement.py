# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an agent's JSON to what it does in the place of kube-proxy. PRIVATE to the collection."""

from __future__ import annotations

from .._json import JsonObject, get_int, get_object, get_objects, get_text
from . import model
from .fields import enabled, texts


def kube_proxy_replacement(status: JsonObject) -> model.KubeProxyReplacement | None:
    """Return what the agent does in the place of kube-proxy."""
    part = get_object(status, "kube-proxy-replacement")
    if not part:
        return None
    features = get_object(part, "features")
    port = get_object(features, "nodePort")
    on = bool(port.get("enabled"))
    return model.KubeProxyReplacement(
        mode=get_text(part, "mode"),
        devices=devices(part),
        load_balancer_mode=get_text(port, "mode") if on else None,
        dsr_dispatch=get_text(port, "dsrMode") if on and get_text(port, "mode") in {"DSR", "Hybrid"} else None,
        algorithm=get_text(port, "algorithm") if on else None,
        maglev_table_size=get_int(port, "lutSize") if on and get_text(port, "algorithm") == "Maglev" else None,
        acceleration=get_text(port, "acceleration") if on else None,
        socket_lb=_first(enabled(features, "socketLB"), enabled(features, "hostReachableServices")),
        socket_lb_tracing=enabled(features, "socketLBTracing"),
        socket_lb_protocols=texts(features, "hostReachableServices", "protocols"),
        socket_lb_coverage=_coverage(features),
        session_affinity=enabled(features, "sessionAffinity"),
        graceful_termination=enabled(features, "gracefulTermination"),
        nat46x64=enabled(features, "nat46X64"),
        nat46x64_services=enabled(features, "nat46X64", "service"),
        nat46x64_gateway=enabled(features, "nat46X64", "gateway"),
        nat46x64_prefixes=texts(features, "nat46X64", "gateway", "prefixes"),
        services=_services(features),
        nodeport_range=f"{get_int(port, 'portMin')}-{get_int(port, 'portMax')}" if on else None,
        annotations=texts(features, "annotations"),
    )


def _first(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def _coverage(features: JsonObject) -> str | None:
    """Return where socket load balancing works, in the words of the agent's text form."""
    if "socketLB" not in features:
        return None
    return "Hostns-only" if features.get("bpfSocketLBHostnsOnly") else "Full"


def _services(features: JsonObject) -> model.Services | None:
    """Return the kinds of services. The agent's own text form derives load_balancer from nodePort, and so do we."""
    if not features:
        return None
    node_port = enabled(features, "nodePort")
    return model.Services(
        cluster_ip=True,
        node_port=node_port,
        load_balancer=node_port,
        external_ips=enabled(features, "externalIPs"),
        host_port=enabled(features, "hostPort"),
    )


def devices(part: JsonObject) -> list[model.Device] | None:
    """Return the devices that kube-proxy replacement works on."""
    direct = get_text(part, "directRoutingDevice")
    entries = get_objects(part, "deviceList")
    if entries:
        return [
            model.Device(str(entry.get("name", "")), texts(entry.get("ip")) or [], entry.get("name") == direct)
            for entry in entries
        ]
    names = texts(part.get("devices"))  # all that 1.9 tells
    return [model.Device(name, None, name == direct) for name in names] if names is not None else None
