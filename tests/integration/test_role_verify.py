"""Role verify and release_info on real clusters: all effective, a feature that falls back, and three kinds of drift."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed import toolchain
from testbed.demo import playbook as demo
from testbed.fleet import Cluster, Fleet
from testbed.paths import PROJECT
from tests.integration import witness

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
DEMO: dict[str, Any] = yaml.safe_load((PROJECT / "testbed" / "demo" / "cilium.yml").read_text())
CLUSTER = "berlin"
SEEN = "Compare what is asked with what is there"
STOP = "Stop unless what is asked is what runs"
KEY = "bpf-lb-mode"
Verify = Callable[..., "Played"]


@pytest.fixture(scope="module")
def cluster(cilium: Fleet) -> Iterator[Cluster]:
    """One cluster, which has the demo's values again afterwards, in agents that have read them last."""
    found = cilium.cluster(CLUSTER)
    yield found
    demo.converge()


def patch(cluster: Cluster, mode: str) -> None:
    """Change the ConfigMap as a person would, behind helm's back."""
    change = json.dumps({"data": {KEY: mode}})
    witness.kubectl(cluster, "patch", "configmap", "cilium-config", "--type=merge", "-p", change)


def put_back(cluster: Cluster) -> None:
    """Undo patch(), and make the key nobody's: helm 4 refuses to change what kubectl has set."""
    patch(cluster, "dsr")
    body = json.loads(
        witness.kubectl(cluster, "get", "configmap", "cilium-config", "--show-managed-fields", "-o", "json")
    )
    managers = body["metadata"]["managedFields"]
    body["metadata"]["managedFields"] = [entry for entry in managers if not entry["manager"].startswith("kubectl")]
    witness.kubectl(cluster, "replace", "-f", "-", stdin=json.dumps(body))
    restart(cluster)


def restart(cluster: Cluster) -> None:
    witness.kubectl(cluster, "rollout", "restart", "daemonset/cilium")
    witness.kubectl(cluster, "rollout", "status", "daemonset/cilium", "--timeout=110s")


@pytest.fixture
def verify(play: Play, cluster: Cluster) -> Verify:
    return partial(_verify, play, cluster)


def _verify(play: Play, cluster: Cluster, *options: str, **variables: object) -> Played:
    return play("fleet.cilium.verify", "--limit", cluster.name, *options, **{**DEMO, **variables})


def rules(played: Played) -> dict[str, dict[str, Any]]:
    """The findings by rule."""
    return {finding["rule"]: finding for finding in played.result(SEEN)["findings"]}


def states(played: Played, setting: str) -> set[str]:
    (found,) = [one for one in played.result(SEEN)["features"] if one["setting"] == setting]
    return {shown["state"] for shown in found["nodes"].values()}


def drift(play: Play, cluster: Cluster) -> dict[str, dict[str, Any]]:
    """What release_info says, with the demo's settings as desired, by key."""
    tasks = [
        {"ansible.builtin.include_role": {"name": "fleet.cilium.cilium", "tasks_from": "connection"}},
        {"ansible.builtin.include_role": {"name": "fleet.cilium.cilium", "tasks_from": "settings"}},
        {
            "name": "info",
            "fleet.cilium.release_info": {
                "kubeconfig": str(cluster.kubeconfig),
                "settings": "{{ __cilium_desired.settings }}",
                "values": "{{ __cilium_desired['values'] }}",
            },
        },
    ]
    played = play([{"hosts": cluster.name, "gather_facts": False, "tasks": tasks}], **DEMO)
    assert played.code == 0, played.output
    return {one["key"]: one for one in played.result("info")["drift"]}


def test_everything_is_effective(verify: Verify, play: Play, cluster: Cluster) -> None:
    played = verify()
    result = played.result(SEEN)
    assert played.code == 0, result["lines"]
    assert played.changed == 0
    assert result["findings"] == [], result["lines"]
    assert result["summary"]["nodes"] == {"total": 2, "answered": 2}
    for node, pod in witness.agents(cluster).items():
        said = witness.status(cluster, pod)
        shown = {
            one["nodes"][node]["path"]: one["nodes"][node]["shows"]
            for one in result["features"]
            if one["nodes"][node]["state"] == "effective"
        }
        assert shown["kube_proxy_replacement.load_balancer_mode"] == said["Mode"]
        assert shown["routing.host"] == said["Host Routing"]
        assert said["Masquerading"].startswith(str(shown["masquerading.mode"]))
    assert drift(play, cluster) == {}


def test_release_info_says_what_helm_says(play: Play, cluster: Cluster) -> None:
    task = {"name": "info", "fleet.cilium.release_info": {"kubeconfig": str(cluster.kubeconfig)}}
    found = play([{"hosts": cluster.name, "gather_facts": False, "tasks": [task]}]).result("info")
    (listed,) = helm(cluster, "list", "--filter", "^cilium$")
    assert (found["release"]["revision"], found["release"]["status"]) == (int(listed["revision"]), listed["status"])
    assert f"cilium-{found['release']['chart_version']}" == listed["chart"]
    assert found["values"] == helm(cluster, "get", "values", "cilium")


def test_the_bandwidth_manager_falls_back_and_the_agents_log_tells_why(
    play: Play, verify: Verify, cluster: Cluster
) -> None:
    asked = {"cilium_enable_bandwidth_manager": True}
    done = play("fleet.cilium.converge", "--limit", cluster.name, **{**DEMO, **asked})
    assert done.code == 0, done.output
    for pod in witness.agents(cluster).values():
        assert witness.status(cluster, pod)["BandwidthManager"] == "Disabled"
    played = verify(**asked)
    assert played.code != 0
    assert "fell_back" in rules(played), played.result(SEEN)
    found = rules(played)["fell_back"]
    assert (found["feature"], found["found"]) == ("bandwidth_manager", {"bandwidth_manager.enabled": False})
    assert "net.core.default_qdisc" in found["reason"]
    assert "fq" in found["remedy"]
    assert "fell_back" in played.result(STOP)["msg"]
    assert states(played, "cilium_enable_bandwidth_manager") == {"fell_back"}
    only_told = verify(**asked, cilium_verify_fail=False)
    assert only_told.code == 0, only_told.output
    assert "fell_back" in rules(only_told)
    eased = verify(**asked, cilium_verify_ignore=["fell_back"])
    assert eased.code == 0, eased.output
    demo.converge()


def test_a_configmap_that_somebody_changed(verify: Verify, play: Play, cluster: Cluster) -> None:
    patch(cluster, "snat")
    try:
        played = verify()
        assert played.code != 0
        assert "older_config" in rules(played)
        assert rules(played)["drift_configmap"]["subject"]["key"] == KEY
        (one,) = drift(play, cluster).values()
        assert {key: one[key] for key in ("key", "desired", "release", "configmap", "agents", "odd")} == {
            "key": KEY,
            "desired": "dsr",
            "release": "dsr",
            "configmap": "snat",
            "agents": "dsr",
            "odd": "configmap",
        }
        # The other way round: what is asked is in the ConfigMap, and agents still run with the older one.
        waiting = verify(cilium_loadbalancer_mode="snat")
        assert states(waiting, "cilium_loadbalancer_mode") == {"older_config"}
        assert rules(waiting)["older_config"]["severity"] == "error"
        restart(cluster)
        fallen = verify()
        assert states(fallen, "cilium_loadbalancer_mode") == {"fell_back"}
        assert drift(play, cluster)[KEY]["odd"] == "configmap"
    finally:
        put_back(cluster)


def test_a_release_that_somebody_changed(verify: Verify, play: Play, cluster: Cluster) -> None:
    words = ("--reuse-values", "--set", "loadBalancer.mode=snat", "--wait", "--timeout", "110s")
    witness.helm(cluster, "upgrade", "cilium", str(toolchain.find("chart")), *words)
    try:
        found = drift(play, cluster)
        assert (found[KEY]["odd"], found[KEY]["value"]) == ("release", "loadBalancer.mode")
        assert (found[KEY]["desired"], found[KEY]["release"], found[KEY]["configmap"]) == ("dsr", "snat", "snat")
        played = verify()
        assert played.code != 0
        assert "drift_release" in played.result(STOP)["msg"]
    finally:
        demo.converge()
    assert drift(play, cluster) == {}


def test_expectations_of_ones_own(verify: Verify) -> None:
    met = [{"query": "kube_proxy_replacement.devices[0].name", "equals": "eth0"}]
    unmet = [{"query": "summary.nodes.answered", "min": 3, "per": "cluster"}]
    first = verify(cilium_verify_expectations=met)
    assert first.code == 0, first.result(SEEN)["lines"]
    played = verify(cilium_verify_expectations=[*met, *unmet])
    assert played.code != 0
    assert rules(played)["expectation_unmet"]["found"] == 2
    bad = verify(cilium_verify_expectations=[{"query": "a[", "equals": 1}])
    assert "column" in bad.result(SEEN)["msg"]


def helm(cluster: Cluster, *words: str) -> Any:
    return json.loads(witness.helm(cluster, *words, "-o", "json"))
