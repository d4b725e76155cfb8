# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an agent's `status -o json` to the model. PRIVATE to the collection.

The JSON is Cilium's models.StatusResponse (api/v1/models). Its fields are written with omitempty: inside a part that
is there, a missing flag means false and a missing number means 0; a part that is missing tells nothing.
"""

from __future__ import annotations

import re

from .._json import JsonObject, get_int, get_object, get_objects, get_text
from . import model
from .fields import enabled, texts
from .install_mode import install_mode
from .model_health import Health
from .parts import bandwidth_manager, bpf_maps, cluster_mesh, controllers, encryption, hubble, ipam, monitor, proxy

# As in: 1.15.19 (v1.15.19-28c0f2a1). A pre-release has more behind a dash.
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
# As in: 1.30+ (v1.30.5-eks-ce1d5eb) [linux/amd64].
_KUBERNETES = re.compile(r"\((?P<version>v[^)\s]+)\)(?:\s+\[(?P<platform>[^\]]+)\])?")


def parse(status: JsonObject) -> model.AgentStatus:
    """Return what an agent's status says.

    Args:
        status: the JSON of `cilium-dbg status -o json`, of any version of Cilium.
    """
    replacement, routing = _kube_proxy_replacement(status), _routing(status)
    return model.AgentStatus(
        version=_version(get_text(status, "cilium", "msg")),
        state=get_text(status, "cilium", "state"),
        message=_message(get_text(status, "cilium", "msg")),
        cluster=_cluster(get_text(status, "cluster", "self")),
        kubernetes=_kubernetes(status),
        kvstore=_component(status, "kvstore"),
        kube_proxy_replacement=replacement,
        routing=routing,
        masquerading=_masquerading(status),
        ipam=ipam(status),
        cni=model.Cni(get_text(status, "cni-chaining", "mode"), get_text(status, "cni-file", "msg")),
        bandwidth_manager=bandwidth_manager(status),
        big_tcp=model.BigTcp(enabled(status, "ipv4-big-tcp"), enabled(status, "ipv6-big-tcp")),
        host_firewall=model.HostFirewall(
            get_text(status, "host-firewall", "mode"), texts(status, "host-firewall", "devices")
        ),
        encryption=encryption(status),
        cluster_mesh=cluster_mesh(status),
        hubble=hubble(status),
        controllers=controllers(status),
        health=Health(daemon=get_text(status, "cluster", "ciliumHealth", "state")),
        node_monitor=monitor(status),
        clock_source=model.ClockSource(
            get_text(status, "clock-source", "mode"), get_int(status, "clock-source", "hertz")
        ),
        identity_range=model.IdentityRange(
            get_int(status, "identity-range", "min-identity"), get_int(status, "identity-range", "max-identity")
        ),
        proxy=proxy(status),
        bpf_maps=bpf_maps(status),
        install_mode=install_mode(replacement, routing),
    )


def _version(message: str | None) -> str | None:
    found = _VERSION.match(message or "")
    return found.group(1) if found else None


def _message(message: str | None) -> str | None:
    """Return what the agent says about itself when it is something else than its version."""
    return message if message and not _VERSION.match(message) else None


def _cluster(self_name: str | None) -> str | None:
    """Return the cluster's name from the agent's own name, "<cluster>/<node>"."""
    return self_name.partition("/")[0] if self_name and "/" in self_name else None


def _kubernetes(status: JsonObject) -> model.Kubernetes | None:
    part = get_object(status, "kubernetes")
    if not part:
        return None
    found = _KUBERNETES.search(get_text(part, "msg") or "")
    return model.Kubernetes(
        state=get_text(part, "state"),
        version=found.group("version") if found else None,
        platform=found.group("platform") if found else None,
        apis=sorted(texts(part.get("k8s-api-versions")) or []),
    )


def _component(status: JsonObject, key: str) -> model.Component | None:
    part = get_object(status, key)
    return model.Component(get_text(part, "state"), get_text(part, "msg")) if part else None


def _kube_proxy_replacement(status: JsonObject) -> model.KubeProxyReplacement | None:
    part = get_object(status, "kube-proxy-replacement")
    if not part:
        return None
    features = get_object(part, "features")
    port = get_object(features, "nodePort")
    on = bool(port.get("enabled"))
    return model.KubeProxyReplacement(
        mode=get_text(part, "mode"),
        devices=_devices(part),
        load_balancer_mode=get_text(port, "mode") if on else None,
        dsr_dispatch=get_text(port, "dsrMode") if on and get_text(port, "mode") in {"DSR", "Hybrid"} else None,
        algorithm=get_text(port, "algorithm") if on else None,
        maglev_table_size=get_int(port, "lutSize") if on and get_text(port, "algorithm") == "Maglev" else None,
        acceleration=get_text(port, "acceleration") if on else None,
        socket_lb=_first(enabled(features, "socketLB"), enabled(features, "hostReachableServices")),
        socket_lb_protocols=texts(features, "hostReachableServices", "protocols"),
        socket_lb_coverage=_coverage(features),
        session_affinity=enabled(features, "sessionAffinity"),
        graceful_termination=enabled(features, "gracefulTermination"),
        nat46x64=enabled(features, "nat46X64"),
        services=_services(features),
        nodeport_range=f"{get_int(port, 'portMin')}-{get_int(port, 'portMax')}" if on else None,
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


def _devices(part: JsonObject) -> list[model.Device] | None:
    direct = get_text(part, "directRoutingDevice")
    entries = get_objects(part, "deviceList")
    if entries:
        return [
            model.Device(str(entry.get("name", "")), texts(entry.get("ip")) or [], entry.get("name") == direct)
            for entry in entries
        ]
    names = texts(part.get("devices"))  # all that 1.9 tells
    return [model.Device(name, None, name == direct) for name in names] if names is not None else None


def _routing(status: JsonObject) -> model.Routing | None:
    """Return how packets travel. Up to 1.15 the JSON tells the host's side only (host-routing)."""
    part = get_object(status, "routing")
    host = get_text(part, "intra-host-routing-mode") or get_text(status, "host-routing", "mode")
    mode = get_text(part, "inter-host-routing-mode")
    if not (host or mode):
        return None
    return model.Routing(mode, get_text(part, "tunnel-protocol") if mode != "Native" else None, host)


def _masquerading(status: JsonObject) -> model.Masquerading | None:
    part = get_object(status, "masquerading")
    if not part:
        return None
    protocols = part.get("enabledProtocols")
    ipv4, ipv6 = (bool(protocols.get(key)) for key in ("ipv4", "ipv6")) if isinstance(protocols, dict) else (None, None)
    on = bool(part.get("enabled")) if ipv4 is None else bool(ipv4 or ipv6)
    mode = get_text(part, "mode") if on else "Disabled"
    return model.Masquerading(
        mode=mode,
        devices=[device.name for device in _devices(get_object(status, "kube-proxy-replacement")) or []]
        if mode == "BPF"
        else None,
        cidr_v4=get_text(part, "snat-exclusion-cidr-v4") or get_text(part, "snat-exclusion-cidr"),
        cidr_v6=get_text(part, "snat-exclusion-cidr-v6"),
        ipv4=ipv4,
        ipv6=ipv6,
        ip_masq_agent=bool(part.get("ip-masq-agent")) if mode == "BPF" else None,
    )
