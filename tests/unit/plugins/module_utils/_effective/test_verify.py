"""The whole result: what role verify leaves for a report, as the sample beside this file has it."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.fleet.cilium.plugins.module_utils._drift.plan import Drift
from ansible_collections.fleet.cilium.plugins.module_utils._effective.expectations import Person, read
from ansible_collections.fleet.cilium.plugins.module_utils._effective.seen import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._effective.verify import verify
from ansible_collections.fleet.cilium.plugins.module_utils._pods.unmanaged import Pod

from tests.unit.plugins.module_utils._effective.seeing import NO_FQ, health, logged, seen, state, view

SAMPLE = Path(__file__).with_name("verify_result.json")


def much() -> Seen:
    """A cluster with a bit of everything."""
    nodes = {
        "n1": state(health=health(n1=("reachable", "reachable"), n2=("reachable", "unreachable"))),
        "n2": state(
            bandwidth_manager={"enabled": True, "devices": ["eth0"]},
            health=health(n1=("reachable", "reachable"), n2=("reachable", "reachable")),
        ),
        "n3": state(kube_proxy_replacement={"mode": "True", "load_balancer_mode": "SNAT", "algorithm": "Maglev"}),
    }
    return seen(
        nodes,
        stale=frozenset({"n3"}),
        silent=("n4",),
        daemonsets={"kube-system/kube-flannel-ds": 3, "kube-system/cilium": 3},
        unmanaged=(Pod("shop", "web-7d9f-x2x9p", "n1", "ReplicaSet/web-7d9f", "u1"), Pod("shop", "bare", "n2")),
        cni_files={"n1": ["05-cilium.conflist", "10-flannel.conflist"], "n2": ["05-cilium.conflist"]},
        configuration={"n1": {"MaglevHashSeed": "a"}, "n2": {"MaglevHashSeed": "a"}, "n3": {"MaglevHashSeed": "b"}},
        log={"n1": logged(NO_FQ), "n2": logged("Something went wrong with 10.0.0.7", level="error")},
    )


def result(person: Person | None = None) -> dict[str, object]:
    own = Person(tuple(read([{"query": "summary.nodes.answered", "min": 4, "per": "cluster"}], where="own")))
    drift = [Drift("bpf-lb-mode", "loadBalancer.mode", "dsr", "snat", "snat", "dsr", "release")]
    asked = view(enable_bandwidth_manager=True)
    return {**verify(asked, much(), drift=drift, person=own if person is None else person)}


def test_the_sample_is_what_comes_out() -> None:
    assert result() == json.loads(SAMPLE.read_text(encoding="utf-8"))


def test_rules_and_their_severity() -> None:
    found = result()["findings"]
    assert isinstance(found, list)
    assert [(entry["severity"], entry["rule"]) for entry in found] == [
        ("error", "drift_release"),
        ("error", "endpoint_unreachable"),
        ("error", "expectation_unmet"),
        ("error", "maglev_seeds_differ"),
        ("error", "older_config"),
        ("error", "partly_effective"),
        ("warning", "agent_log"),
        ("warning", "other_cni_daemonset"),
        ("warning", "other_cni_file"),
        ("warning", "unmanaged_pods"),
    ]


def test_lines_are_the_findings_and_errors_the_first_of_them() -> None:
    found = result()
    lines, errors = found["lines"], found["errors"]
    assert isinstance(lines, list)
    assert isinstance(errors, list)
    assert len(errors) == 6
    assert lines[:6] == errors
    assert all(line.startswith("error: paris") for line in errors)


def test_what_a_person_ignores_is_a_warning() -> None:
    found = result(Person(ignored=frozenset({"drift_release", "older_config"})))
    severities = {entry["rule"]: entry["severity"] for entry in found["findings"]}  # type: ignore[attr-defined]  # -- the form is fixed
    assert severities["drift_release"] == severities["older_config"] == "warning"
    assert severities["partly_effective"] == "error"


def test_nothing_is_wrong_with_a_cluster_on_which_all_is_well() -> None:
    found = verify(view(), seen())
    assert found["findings"] == found["lines"] == found["errors"] == []
    assert found["summary"] == {
        "nodes": {"total": 2, "answered": 2},
        "features": {"fell_back": 0, "older_config": 0, "effective": 7, "unknown": 0},
        "findings": {"error": 0, "warning": 0, "info": 0},
        "unmanaged_pods": 0,
        "versions": {"1.15.19": 2},
    }


def test_no_agent_and_no_version() -> None:
    found = verify(None, seen({}))
    assert (found["version"], found["features"], found["findings"]) == (None, [], [])
