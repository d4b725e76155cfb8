"""What is found beside features and health."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._cnis import of_daemonset, of_file
from ansible_collections.fleet.cilium.plugins.module_utils._effective.around import around
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._pods.unmanaged import Pod

from tests.unit.plugins.module_utils._effective.seeing import seen, state

CHAINED = {"n1": state(cni={"chaining": "aws-cni"})}


@pytest.mark.parametrize(
    ("name", "plugin"),
    [
        ("kube-flannel-ds", "Flannel"),
        ("calico-node", "Calico"),
        ("rke2-canal", "Canal"),
        ("aws-node", "AWS VPC CNI"),
        ("kindnet", "kindnet"),
        ("cilium", None),
        ("kube-multus-ds", None),
        ("flannel-exporter", None),
    ],
)
def test_daemonsets(name: str, plugin: str | None) -> None:
    found = of_daemonset(name)
    assert (found.name if found else None) == plugin


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("10-flannel.conflist", ("Flannel", True)),
        ("10-flannel.conflist.cilium_bak", ("Flannel", False)),
        ("10-calico.conflist", ("Calico", True)),
        ("calico-kubeconfig", None),
        ("10-kindnet.conflist", ("kindnet", True)),
        ("87-podman-bridge.conflist", ("a CNI plugin", True)),
        ("05-cilium.conflist", None),
        ("00-cilium.conf", None),
        ("README", None),
    ],
)
def test_files(name: str, expected: tuple[str, bool] | None) -> None:
    assert of_file(name) == expected


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        ({}, []),
        ({"daemonsets": {"kube-system/calico-node": 3}}, ["other_cni_daemonset"]),
        ({"daemonsets": {"kube-system/calico-node": 0, "kube-system/cilium": 3}}, []),
        ({"cni_files": {"n1": ["05-cilium.conflist", "10-calico.conflist"]}}, ["other_cni_file"]),
        ({"cni_files": {"n1": ["05-cilium.conflist", "10-calico.conflist.cilium_bak"]}}, []),
        ({"unmanaged": (Pod("a", "b", "n1", "ReplicaSet/x"),)}, ["unmanaged_pods"]),
        ({"unread": ("something was not read",)}, ["not_read"]),
    ],
)
def test_what_is_found(parts: dict[str, object], rules: list[str]) -> None:
    assert [found.rule for found in around(seen(**parts))] == rules


@pytest.mark.parametrize(
    "parts", [{"daemonsets": {"kube-system/aws-node": 1}}, {"cni_files": {"n1": ["10-aws.conflist"]}}]
)
def test_a_plugin_that_cilium_chains_to_is_wanted(parts: dict[str, object]) -> None:
    assert around(seen(CHAINED, **parts)) == []


def test_unmanaged_pods_are_counted_and_named() -> None:
    pods = tuple(Pod("shop", f"web-{number}", "n1", "ReplicaSet/web") for number in range(7))
    (found,) = around(seen(unmanaged=(*pods, Pod("shop", "alone", "n2"))))
    assert found.reason.startswith("8 pods have no CiliumEndpoint")
    assert "nothing would make shop/alone anew" in found.reason
    assert isinstance(found.found, dict)
    assert found.found["count"] == 8


def configuration(seed: str, size: int = 251) -> JsonObject:
    return {"MaglevHashSeed": seed, "MaglevTableSize": size}


MAGLEV: JsonObject = {"algorithm": "Maglev"}
SEEDS: dict[str, tuple[dict[str, JsonObject], dict[str, Json]]] = {
    "all alike": ({"n1": configuration("a"), "n2": configuration("a")}, {}),
    "not told": ({"n1": {}, "n2": {}}, {}),
    "one differs": (
        {f"n{one}": configuration("b" if one == 2 else "a") for one in range(3)},
        {"maglev_seeds_differ": "n2"},
    ),
    "tables": (
        {"n1": configuration("a", 1021), "n2": configuration("a"), "n3": configuration("a")},
        {"maglev_tables_differ": "n1"},
    ),
}


@pytest.mark.parametrize(("told", "expected"), SEEDS.values(), ids=SEEDS)
def test_agents_have_to_agree(told: dict[str, JsonObject], expected: dict[str, Json]) -> None:
    nodes = {name: state(kube_proxy_replacement=MAGLEV) for name in told}
    found = around(seen(nodes, configuration=told))
    assert {one.rule: one.subject.get("node") for one in found} == expected


def test_agents_that_pick_at_random_need_no_seed() -> None:
    nodes = {name: state(kube_proxy_replacement={"algorithm": "Random"}) for name in ("n1", "n2")}
    told = {"n1": configuration("a"), "n2": configuration("b")}
    assert around(seen(nodes, configuration=told)) == []
