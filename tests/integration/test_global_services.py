"""global_services on a real API server, judged by kubectl: check mode, run, again, change, absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from testbed.fleet import Cluster
from tests.integration import witness

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
NAMESPACE = "global-services"
TASK = "Global services"
GLOBAL, AFFINITY, SHARED = (f"service.cilium.io/{word}" for word in ("global", "affinity", "shared"))
OWNED = "fleet.cilium/global-services"
THEIRS = {"example.com/theirs": "kept"}
CART = {"namespace": NAMESPACE, "name": "cart"}
CART_KEY, STOCK_KEY = f"{NAMESPACE}/cart", f"{NAMESPACE}/stock"
Declare = Callable[..., "Played"]


# All that the module looks at of the agents: the version that their image tells.
AGENTS = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: cilium}}
  template:
    metadata: {labels: {k8s-app: cilium}}
    spec: {containers: [{name: cilium-agent, image: "quay.io/cilium/cilium:v1.15.19"}]}
"""


@pytest.fixture(scope="module")
def cluster(bare_cluster: Cluster) -> Cluster:
    """A cluster with two Services, of which one has an annotation of somebody else."""
    witness.kubectl(bare_cluster, "apply", "-f", "-", stdin=AGENTS)
    witness.kubectl(bare_cluster, "create", "namespace", NAMESPACE)
    for name in ("cart", "stock"):
        witness.kubectl(bare_cluster, "create", "service", "clusterip", name, "--tcp=80", f"--namespace={NAMESPACE}")
    pairs = [f"{key}={value}" for key, value in THEIRS.items()]
    witness.kubectl(bare_cluster, "annotate", "service", "cart", *pairs, f"--namespace={NAMESPACE}")
    return bare_cluster


@pytest.fixture
def declare(local_play: Play, cluster: Cluster) -> Declare:
    return partial(_declare, local_play, cluster)


def _declare(
    play: Play, cluster: Cluster, services: list[dict[str, Any]], *words: str, door: str = "controller", **more: Any
) -> Played:
    module = {"kubeconfig": str(cluster.kubeconfig), "services": services, **more}
    tasks = [{"name": TASK, "fleet.cilium.global_services": module}]
    variables = {"cilium_run_on": door}
    return play([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}], *words)


def annotated(cluster: Cluster, name: str) -> dict[str, str]:
    said = witness.kubectl(cluster, "get", "service", name, f"--namespace={NAMESPACE}", "-o", "json")
    found: dict[str, str] = json.loads(said)["metadata"].get("annotations", {})
    return found


def test_check_run_again_change_absent(declare: Declare, cluster: Cluster) -> None:
    checked = declare([{**CART, "affinity": "local"}], "--check", "--diff")
    assert (checked.code, checked.changed) == (0, 1), checked.output
    assert checked.result(TASK)["diff"]["after"][CART_KEY] == {
        GLOBAL: "true",
        AFFINITY: "local",
        OWNED: f"{AFFINITY},{GLOBAL}",
    }
    assert annotated(cluster, "cart") == THEIRS

    ran = declare([{**CART, "affinity": "local"}])
    assert (ran.code, ran.changed, ran.result(TASK)["updated"]) == (0, 1, [CART_KEY]), ran.output
    made = annotated(cluster, "cart")
    assert made == {**THEIRS, GLOBAL: "true", AFFINITY: "local", OWNED: f"{AFFINITY},{GLOBAL}"}

    for door in ("controller", "host"):
        again = declare([{**CART, "affinity": "local"}], door=door)
        assert (again.code, again.changed) == (0, 0), again.output
        assert again.result(TASK)["unchanged"] == [CART_KEY]
    assert annotated(cluster, "cart") == made

    changed = declare([{**CART, "shared": False}, {**CART, "name": "stock"}])
    assert (changed.changed, changed.result(TASK)["updated"]) == (1, [CART_KEY, STOCK_KEY]), changed.output
    assert annotated(cluster, "cart") == {**THEIRS, GLOBAL: "true", SHARED: "false", OWNED: f"{GLOBAL},{SHARED}"}
    assert annotated(cluster, "stock") == {GLOBAL: "true", OWNED: GLOBAL}

    gone = declare([])
    assert (gone.changed, gone.result(TASK)["released"]) == (1, [CART_KEY, STOCK_KEY]), gone.output
    assert (annotated(cluster, "cart"), annotated(cluster, "stock")) == (THEIRS, {})
    assert declare([]).changed == 0


def test_a_missing_service_is_a_finding_and_no_failure(declare: Declare) -> None:
    played = declare([{**CART, "name": "nobody"}])
    assert (played.code, played.changed) == (0, 0), played.output
    (finding,) = played.result(TASK)["findings"]
    assert (finding["rule"], finding["severity"]) == ("mesh_service_missing", "warning")


def test_what_no_member_knows_is_refused_before_anything_changes(declare: Declare, cluster: Cluster) -> None:
    played = declare([{**CART, "affinity": "local"}], versions=["1.10.20", "1.11.20"])
    assert played.code != 0
    assert "no member's version of Cilium knows it" in played.result(TASK)["msg"]
    assert annotated(cluster, "cart") == THEIRS


def test_a_mixed_mesh_gets_all_spellings(declare: Declare, cluster: Cluster) -> None:
    declare([CART], versions=["1.12.19", "1.15.19"])
    assert set(annotated(cluster, "cart")) == {*THEIRS, GLOBAL, "io.cilium/global-service", OWNED}
    declare([])
    assert annotated(cluster, "cart") == THEIRS
