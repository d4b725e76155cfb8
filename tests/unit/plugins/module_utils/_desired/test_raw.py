"""Raw Helm values: what they say of settings, and which of them nobody understands."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._desired.doubts import doubts
from ansible_collections.fleet.cilium.plugins.module_utils._desired.fleet import Cluster, check
from ansible_collections.fleet.cilium.plugins.module_utils._desired.plan import Asked, desired
from ansible_collections.fleet.cilium.plugins.module_utils._desired.raw import laid_over, settings_in
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import split

from tests.unit.asking import RELEASES, long

TYPOS: JsonObject = {"loadBalancr": {"mode": "dsr"}, "tunnel": "disabled"}


def tree(path: str, value: Json) -> JsonObject:
    for key in reversed(split(path)):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def rules(raw: JsonObject, version: str, lint: str = "error") -> dict[str, tuple[str, str]]:
    """Rule and severity by path."""
    return {found.subject["value"]: (found.rule, found.severity) for found in doubts(raw, version, lint)}


@pytest.mark.parametrize(
    ("version", "path", "value"),
    [
        ("1.17.18", "routingMode", "direct"),
        ("1.17.18", "tunnelProtocol", "gre"),
        ("1.17.18", "loadBalancer.mode", "annotation"),
        ("1.17.18", "loadBalancer.algorithm", "maglevv"),
        ("1.17.18", "ipam.mode", "cluster-pools"),
        ("1.13.18", "tunnel", "gre"),
        ("1.15.19", "kubeProxyReplacement", "yes please"),
        ("1.15.19", "maglev.tableSize", "big"),
        ("1.15.19", "bpf.masquerade", "maybe"),
        ("1.15.19", "cluster.id", 512),
    ],
)
def test_a_value_that_no_agent_takes_is_told(version: str, path: str, value: Json) -> None:
    (found,) = doubts(tree(path, value), version, "off")
    assert (found.rule, found.severity, found.subject, found.asked) == (
        "raw_value_unknown",
        "warning",
        {"value": path},
        value,
    )
    assert found.remedy.startswith(f"{path} takes ")


def test_choices_are_those_of_the_version() -> None:
    remedies = [doubts({"ipam": {"mode": "x"}}, version, "off")[0].remedy for version in ("1.13.18", "1.14.19")]
    assert ["multi-pool" in remedy for remedy in remedies] == [False, True]


@pytest.mark.parametrize(
    ("version", "path", "value"),
    [
        # Carriers that say on purpose only one position of the switch.
        ("1.17.18", "eni.enabled", False),
        ("1.9.18", "eni", False),
        ("1.17.18", "rollOutCiliumPods", False),
        # Another word, and one of two settings that share a path.
        ("1.12.19", "kubeProxyReplacement", "probe"),
        ("1.15.19", "kubeProxyReplacement", True),
        ("1.13.18", "tunnel", "disabled"),
        ("1.13.18", "tunnel", "geneve"),
        ("1.17.18", "routingMode", ""),
        ("1.17.18", "routingMode", None),
        ("1.17.18", "ipam.mode", "multi-pool"),
        ("1.17.18", "devices", "eth0 eth1"),
        # Both forms of peers, the empty one as charts have it.
        ("1.18.12", "clustermesh.config.clusters", [{"name": "berlin", "address": "mesh.example.com", "port": 2379}]),
        ("1.20.0", "clustermesh.config.clusters", [{"name": "berlin", "address": "mesh.example.com", "port": 2379}]),
        ("1.20.0", "clustermesh.config.clusters", {"berlin": {"address": "mesh.example.com", "port": 2379}}),
        ("1.20.0", "clustermesh.config.clusters", []),
    ],
)
def test_a_value_that_is_meant_so_is_not(version: str, path: str, value: Json) -> None:
    assert doubts(tree(path, value), version, "off") == []


@pytest.mark.parametrize(
    ("version", "lint", "severity"),
    [
        ("1.17.18", "error", "error"),
        ("v1.17.18", "error", "error"),
        ("1.17.18", "warn", "warning"),
        # The table has no such release, so what it says of it is a guess.
        ("1.17.99", "error", "warning"),
    ],
)
def test_what_the_chart_does_not_know_is_told(version: str, lint: str, severity: str) -> None:
    assert rules(TYPOS, version, lint) == {
        "loadBalancr.mode": ("unknown_value", severity),
        "tunnel": ("removed_value", severity),
    }
    assert rules(TYPOS, version, "off") == {}


@pytest.mark.parametrize("version", RELEASES)
def test_no_raw_values_no_doubts(version: str) -> None:
    assert doubts({}, version, "error") == []


def test_whoever_is_asked_looks_at_raw_values() -> None:
    asked = Asked({}, "1.17.18", {**TYPOS, "routingMode": "direct"})
    with pytest.raises(InputError, match=r"(?s)removed_value.*unknown_value: .*loadBalancr"):
        desired(asked, {})
    found = check({"paris": Cluster(asked, {}, taking_part=True)})
    assert {"unknown_value", "removed_value", "raw_value_unknown"} <= {one.rule for one in found}
    assert desired(Asked({}, "1.17.18", TYPOS, lint="warn"), {}).values == TYPOS


def test_mappings_are_laid_over_each_other() -> None:
    mine: JsonObject = long({"config_extra_vars": {"a": "1", "b": "1"}, "debug": True})
    raw = settings_in({"extraConfig": {"b": "2"}, "debug": {"enabled": False}}, "1.17.18")
    assert laid_over(mine, raw) == long({"config_extra_vars": {"a": "1", "b": "2"}, "debug": False})


def test_raw_keys_of_the_agent_count() -> None:
    asked = long({"cluster_name": "paris", "cluster_id": 200, "ipam_mode": "eni"})
    with pytest.raises(InputError, match="cluster_id_in_cloud_marks"):
        desired(Asked(asked, "1.18.12", {}), {})
    raw: JsonObject = {"extraConfig": {"allow-unsafe-policy-skb-usage": "true"}}
    assert desired(Asked(asked, "1.18.12", raw), {}).values["extraConfig"] == raw["extraConfig"]
