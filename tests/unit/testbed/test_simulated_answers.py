"""What simulated agents answer is what the collection reads of real ones of their version."""

from __future__ import annotations

import json

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, as_json, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status import health
from ansible_collections.fleet.cilium.plugins.module_utils._status.json import parse

from testbed.simulated.answers import Agent, answers

CONFIG = {
    "cluster-name": "lille",
    "kube-proxy-replacement": "true",
    "bpf-lb-mode": "dsr",
    "bpf-lb-algorithm": "maglev",
    "bpf-lb-maglev-table-size": "251",
    "routing-mode": "native",
    "enable-bpf-masquerade": "true",
    "enable-bandwidth-manager": "true",
}
PEERS = (("n1", "192.0.2.1"), ("n2", "192.0.2.2"))
EXPECTED: list[tuple[str, Json]] = [
    ("cluster", "lille"),
    ("state", "Ok"),
    ("kube_proxy_replacement.load_balancer_mode", "DSR"),
    ("kube_proxy_replacement.dsr_dispatch", "IP Option/Extension"),
    ("kube_proxy_replacement.maglev_table_size", 251),
    ("kube_proxy_replacement.services.node_port", True),
    ("routing.host", "BPF"),
    ("masquerading.mode", "BPF"),
    ("bandwidth_manager.enabled", True),
    ("ipam.ipv4.used", 2),
]


def said(version: tuple[int, int, int], **config: str) -> dict[str, str]:
    return answers(Agent("n1", 3, "192.0.2.1", version, PEERS), {**CONFIG, **config})


def state(version: tuple[int, int, int], **config: str) -> JsonObject:
    content = as_json(json.loads(said(version, **config)["cilium status -o json"]))
    assert isinstance(content, dict)
    return parse(content).as_dict()


@pytest.mark.parametrize("version", [(1, 9, 18), (1, 14, 19), (1, 15, 19), (1, 16, 0), (1, 20, 0)])
@pytest.mark.parametrize(("path", "expected"), EXPECTED)
def test_the_configuration_shows(version: tuple[int, int, int], path: str, expected: Json) -> None:
    assert get_path(state(version), *path.split(".")) == expected


def test_forms_of_versions() -> None:
    assert get_path(state((1, 9, 18)), "kube_proxy_replacement", "mode") == "Strict"
    assert get_path(state((1, 15, 19)), "routing") == {"host": "BPF"}
    assert get_path(state((1, 16, 0)), "routing") == {"host": "BPF", "mode": "Native"}
    assert [program for program in ("cilium", "cilium-dbg") if f"{program} status -o json" in said((1, 14, 0))] == [
        "cilium"
    ]
    assert "cilium-dbg status -o json" in said((1, 15, 0))


def test_off_is_off() -> None:
    off = state((1, 18, 0), **{"kube-proxy-replacement": "false", "enable-bandwidth-manager": "false"})
    assert get_path(off, "kube_proxy_replacement", "mode") == "False"
    assert get_path(off, "kube_proxy_replacement", "load_balancer_mode") is None
    assert get_path(off, "bandwidth_manager", "enabled") is False


def test_health() -> None:
    content = as_json(json.loads(said((1, 18, 0))["cilium-health status --probe -o json"]))
    assert isinstance(content, dict)
    found = health.parse_json(content)
    assert (found.local, found.reachable, found.total) == ("lille/n1", 2, 2)
