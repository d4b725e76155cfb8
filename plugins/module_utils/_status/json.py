# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an agent's `status -o json` to the model. PRIVATE to the collection.

The JSON is Cilium's models.StatusResponse (api/v1/models). Its fields are written with omitempty: inside a part that
is there, a missing flag means false and a missing number means 0; a part that is missing tells nothing.
"""

from __future__ import annotations

import re

from .._json import JsonObject, get_int, get_object, get_text
from . import model
from .fields import texts
from .install_mode import install_mode
from .model_health import Health
from .parts import (
    bandwidth_manager,
    big_tcp,
    bpf_maps,
    cluster_mesh,
    controllers,
    encryption,
    hubble,
    ipam,
    monitor,
    proxy,
    srv6,
)
from .replacement import devices, kube_proxy_replacement

# As in: 1.15.19 (v1.15.19-28c0f2a1). A pre-release has more behind a dash.
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
# As in: 1.30+ (v1.30.5-eks-ce1d5eb) [linux/amd64].
_KUBERNETES = re.compile(r"\((?P<version>v[^)\s]+)\)(?:\s+\[(?P<platform>[^\]]+)\])?")


def parse(status: JsonObject) -> model.AgentStatus:
    """Return what an agent's status says.

    Args:
        status: the JSON of `cilium-dbg status -o json`, of any version of Cilium.
    """
    replacement, routing = kube_proxy_replacement(status), _routing(status)
    return model.AgentStatus(
        version=version_of(get_text(status, "cilium", "msg")),
        state=get_text(status, "cilium", "state"),
        message=_message(get_text(status, "cilium", "msg")),
        stale=_stale(status),
        cluster=_cluster(get_text(status, "cluster", "self")),
        kubernetes=_kubernetes(status),
        kvstore=_component(status, "kvstore"),
        container_runtime=_component(status, "container-runtime"),
        kube_proxy_replacement=replacement,
        routing=routing,
        datapath=model.Datapath(get_text(status, "attach-mode"), get_text(status, "datapath-mode")),
        srv6=srv6(status),
        masquerading=_masquerading(status),
        ipam=ipam(status),
        cni=model.Cni(get_text(status, "cni-chaining", "mode"), get_text(status, "cni-file", "msg")),
        bandwidth_manager=bandwidth_manager(status),
        big_tcp=big_tcp(status),
        host_firewall=_host_firewall(status),
        encryption=encryption(status),
        cluster_mesh=cluster_mesh(status),
        hubble=hubble(status),
        controllers=controllers(status),
        health=_health(status),
        node_monitor=monitor(status),
        clock_source=_clock_source(status),
        identity_range=_identity_range(status),
        proxy=proxy(status),
        bpf_maps=bpf_maps(status),
        install_mode=install_mode(replacement, routing),
    )


def version_of(message: str | None) -> str | None:
    """Return the version of "1.15.19 (v1.15.19-28c0f2a1)"; None if there is none."""
    found = _VERSION.match(message or "")
    return found.group(1) if found else None


def _message(message: str | None) -> str | None:
    """Return what the agent says about itself when it is something else than its version."""
    return message if message and not _VERSION.match(message) else None


def _stale(status: JsonObject) -> dict[str, str] | None:
    """Return since when a part of the status is old, by the part."""
    since = get_object(status, "stale")
    return {name: str(time) for name, time in since.items()} or None


def _cluster(self_name: str | None) -> str | None:
    """Return the cluster's name from the agent's own name, "<cluster>/<node>"."""
    return self_name.partition("/")[0] if self_name and "/" in self_name else None


def _host_firewall(status: JsonObject) -> model.HostFirewall:
    """Return policies for the node itself; the agent lists devices even where the firewall is off."""
    mode = get_text(status, "host-firewall", "mode")
    return model.HostFirewall(mode, texts(status, "host-firewall", "devices") if mode != "Disabled" else None)


def _health(status: JsonObject) -> Health:
    daemon = get_object(status, "cluster", "ciliumHealth")
    return Health(daemon=get_text(daemon, "state"), message=get_text(daemon, "msg") or None)


def _clock_source(status: JsonObject) -> model.ClockSource:
    return model.ClockSource(get_text(status, "clock-source", "mode"), get_int(status, "clock-source", "hertz"))


def _identity_range(status: JsonObject) -> model.IdentityRange:
    part = get_object(status, "identity-range")
    return model.IdentityRange(get_int(part, "min-identity"), get_int(part, "max-identity"))


def _kubernetes(status: JsonObject) -> model.Kubernetes | None:
    part = get_object(status, "kubernetes")
    if not part:
        return None
    apis = sorted(texts(part.get("k8s-api-versions")) or [])
    return kubernetes_of(get_text(part, "state"), get_text(part, "msg") or "", apis)


def kubernetes_of(state: str | None, message: str, apis: list[str] | None) -> model.Kubernetes:
    """Return what the agent says about Kubernetes, its message as in "1.30+ (v1.30.5-eks-ce1d5eb) [linux/amd64]"."""
    found = _KUBERNETES.search(message)
    return model.Kubernetes(
        state=state,
        message=None if found else message or None,
        version=found.group("version") if found else None,
        platform=found.group("platform") if found else None,
        apis=apis,
    )


def _component(status: JsonObject, key: str) -> model.Component | None:
    part = get_object(status, key)
    return model.Component(get_text(part, "state"), get_text(part, "msg")) if part else None


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
        devices=[device.name for device in devices(get_object(status, "kube-proxy-replacement")) or []]
        if mode == "BPF"
        else None,
        cidr_v4=get_text(part, "snat-exclusion-cidr-v4") or get_text(part, "snat-exclusion-cidr"),
        cidr_v6=get_text(part, "snat-exclusion-cidr-v6"),
        ipv4=ipv4,
        ipv6=ipv6,
        ip_masq_agent=bool(part.get("ip-masq-agent")) if mode == "BPF" else None,
    )
