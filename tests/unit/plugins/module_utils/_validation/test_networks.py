"""Networks that overlap: what is an error, what is a warning, and in how many lines."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._findings import Finding
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._validation.networks import claims, overlaps

from tests.unit.asking import Settings, long

SERVICES: JsonObject = {"service_cidrs": ["10.96.0.0/12"]}
NODES: JsonObject = {"node_cidrs": [f"10.20.0.{number}/32" for number in range(1, 60)]}
RUNS: JsonObject = {"cilium_pod_cidrs": [f"10.0.{number}.0/24" for number in range(59)]}


def found(facts: JsonObject, **settings: Json) -> list[Finding]:
    return list(overlaps(claims("", read(long(settings), "1.17.18", facts).view)))


@pytest.mark.parametrize(
    ("facts", "settings", "severities"),
    [
        # What kubeadm and the chart have by default.
        (SERVICES, {}, ["warning"]),
        ({**NODES, **RUNS}, {}, ["warning"]),
        # Somebody chooses the pool, for a cluster that has none yet.
        (SERVICES, {"pool_cidr": ["10.0.0.0/8"]}, ["error"]),
        (NODES, {"pool_cidr": ["10.0.0.0/8"]}, ["error"]),
        ({**NODES, **SERVICES}, {"pool_cidr": ["10.0.0.0/8"]}, ["error", "error"]),
        # It runs so already, or so it seems.
        ({**NODES, **RUNS}, {"pool_cidr": ["10.0.0.0/8"]}, ["warning"]),
        ({**NODES, "cilium_version": "1.15.19"}, {"pool_cidr": ["10.0.0.0/8"]}, ["warning"]),
        # It runs, and the pool is another one now.
        ({**SERVICES, **RUNS}, {"pool_cidr": ["10.96.0.0/16"]}, ["error"]),
        ({**SERVICES, "cilium_pod_cidrs": ["10.97.3.0/24"]}, {"pool_cidr": ["10.1.0.0/16"]}, ["warning"]),
        # Pools within each other are nobody's.
        ({}, {"pool_cidr": ["10.1.0.0/16", "10.1.128.0/17"]}, ["error"]),
        # Kubernetes gave these.
        ({**SERVICES, "pod_cidrs": ["10.96.3.0/24"]}, {"ipam_mode": "kubernetes"}, ["warning"]),
        ({**SERVICES, "node_cidrs": ["10.96.0.7/32"]}, {"pool_cidr": ["10.1.0.0/16"]}, ["warning"]),
        ({**SERVICES, **NODES, **RUNS}, {"pool_cidr": ["10.1.0.0/16"]}, []),
        ({"service_cidrs": ["fd00::/112"]}, {"enable_ipv6": True}, ["warning"]),
        ({"service_cidrs": ["fd00::/112"]}, {}, []),
        ({"cilium_pod_cidrs": "none", "service_cidrs": [3]}, {}, []),
    ],
)
def test_within_a_cluster(facts: JsonObject, settings: Settings, severities: list[str]) -> None:
    assert sorted(one.severity for one in found(facts, **settings)) == severities


def test_many_nodes_are_one_finding() -> None:
    (one,) = found({**NODES, **RUNS})
    assert one.reason.startswith("59 networks (nodes), such as 10.20.0.1, and 10.0.0.0/8 (pods) overlap: ")
    assert "no node has a share that collides yet" in one.reason


def test_a_share_that_collides_is_told() -> None:
    (one,) = found({**RUNS, "node_cidrs": ["10.0.7.1/32"]})
    assert "no node has a share" not in one.reason


def between(facts: JsonObject, **settings: Json) -> list[Finding]:
    """What is wrong between three clusters that are all alike but for their pods."""
    views = {
        f"c{number}": read(long({"pool_cidr": [f"172.{number}.0.0/16"], **settings}), "1.17.18", facts).view
        for number in range(16, 19)
    }
    return list(overlaps(claim for cluster, view in views.items() for claim in claims(cluster, view)))


def test_services_mean_something_in_their_own_cluster_only() -> None:
    (one,) = between(SERVICES)
    assert (one.severity, one.subject) == ("warning", {"cluster": "c17"})
    assert one.reason.startswith("10.96.0.0/12 (services of c16) and 2 networks (services of several clusters)")


@pytest.mark.parametrize(
    ("facts", "settings"),
    [
        ({"node_cidrs": ["192.0.2.1/32"]}, {}),
        (RUNS, {"pool_cidr": ["10.0.0.0/8"]}),
        (RUNS, {"pool_cidr": []}),
        ({"service_cidrs": ["172.16.0.0/14"], "cilium_version": "1.15.19"}, {}),
    ],
)
def test_clusters_that_run_collide_all_the_same(facts: JsonObject, settings: Settings) -> None:
    assert "error" in {one.severity for one in between(facts, **settings)}


def test_what_nodes_have_outside_the_pool_counts() -> None:
    facts: JsonObject = {"cilium_pod_cidrs": ["10.0.1.0/24"]}
    assert {one.severity for one in between(facts)} == {"error"}
