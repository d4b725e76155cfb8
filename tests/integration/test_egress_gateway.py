"""Egress gateway policies by the role, on real agents: a server outside of the cluster sees the gateway's address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from testbed.demo import playbook as demo
from testbed.demo import requests
from testbed.fleet import Cluster, Fleet, Node
from tests.integration import outside, witness
from tests.integration.feature_groups import GATEWAY, settings_of
from tests.integration.rollout import converge

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
CLUSTER = "berlin"
SECOND = "172.30.2.99"
KIND = "ciliumegressgatewaypolicies"
TASK = "Bring the egress gateway policies to what is declared"
Declare = Callable[..., "Played"]


@dataclass(frozen=True)
class Site:
    """A cluster with the gateway on, whose second node has one more address and the label egress=bank."""

    cluster: Cluster
    client: Node
    gateway: Node

    def sees(self, wanted: str) -> str:
        """Who the server outside sees when the pod on the client's node asks; waits for the one that is wanted."""
        return outside.becomes(
            self.cluster, self.client, f"web-{self.client.name}", wanted, namespace=requests.NAMESPACE
        )

    def policies(self) -> dict[str, dict[str, Any]]:
        """The policies in the cluster, by name."""
        listed = json.loads(witness.kubectl(self.cluster, "get", KIND, "-o", "json"))
        return {item["metadata"]["name"]: item for item in listed["items"]}


@pytest.fixture(scope="module")
def cluster(cilium: Fleet) -> Iterator[Cluster]:
    """One cluster, which has the demo's values again afterwards."""
    yield cilium.cluster(CLUSTER)
    demo.converge()


@pytest.fixture(scope="module")
def site(cilium: Fleet, cluster: Cluster) -> Iterator[Site]:
    client, gateway = cluster.nodes
    requests.deploy(cluster)
    requests.wait(cluster)
    with outside.server(cilium), outside.second_address(gateway, SECOND, gateway.prefix):
        witness.kubectl(cluster, "label", "node", gateway.name, "egress=bank")
        yield Site(cluster, client, gateway)
        witness.kubectl(cluster, "label", "node", gateway.name, "egress-")


@pytest.fixture
def declare(play: Play, cluster: Cluster) -> Declare:
    return partial(_declare, play, cluster)


def _declare(
    play: Play, cluster: Cluster, policies: list[dict[str, Any]], *words: str, door: str = "controller"
) -> Played:
    role = {"name": "fleet.cilium.cilium", "tasks_from": "egress_gateway"}
    tasks = [{"name": "policies", "ansible.builtin.include_role": role}]
    plays = [{"hosts": cluster.name, "gather_facts": False, "vars": {"cilium_run_on": door}, "tasks": tasks}]
    return play(plays, *words, cilium_egress_gateway_policies=policies)


def policy(address: str = SECOND, **fields: Any) -> dict[str, Any]:
    pods = {"podSelector": {"matchLabels": {"app": f"web-{CLUSTER}-1"}}}
    return {
        "name": "bank",
        "selectors": [pods],
        "destinationCIDRs": [f"{outside.ADDRESS}/32"],
        "egressGateway": {"nodeSelector": {"matchLabels": {"egress": "bank"}}, "egressIP": address},
        **fields,
    }


def rules(played: Played) -> list[str]:
    return [finding["rule"] for finding in played.result(TASK)["findings"]]


def test_refused_while_the_gateway_is_off(declare: Declare, site: Site) -> None:
    # Cilium brings the kind when the gateway is switched on, and leaves it when it is switched off.
    witness.kubectl(site.cluster, "delete", "customresourcedefinition", f"{KIND}.cilium.io", "--ignore-not-found")
    played = declare([policy()])
    assert played.code != 0
    assert rules(played) == ["egress_gateway_off"]
    assert KIND not in witness.kubectl(site.cluster, "api-resources", "--api-group=cilium.io", "-o", "name")
    checked = declare([policy()], "--check")
    assert (checked.code, checked.changed) == (0, 1), checked.output
    assert declare([]).changed == 0


def test_gateway_on(play: Play, site: Site) -> None:
    converge(play, site.cluster, settings_of(GATEWAY, site.cluster))
    for pod in witness.agents(site.cluster).values():
        said = witness.configuration(site.cluster, pod)
        assert {label: said[label] for label in GATEWAY.options} == GATEWAY.options
    assert site.sees(site.client.address) == site.client.address


def test_check_run_again_change_absent(declare: Declare, site: Site) -> None:
    checked = declare([policy()], "--check", "--diff")
    assert (checked.code, checked.changed) == (0, 1), checked.output
    assert list(checked.result(TASK)["diff"]["after"]) == ["CiliumEgressGatewayPolicy/bank"]
    assert site.policies() == {}

    ran = declare([policy()])
    assert (ran.code, ran.changed, rules(ran)) == (0, 1, []), ran.output
    assert site.policies()["bank"]["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "fleet.cilium"}
    assert site.sees(SECOND) == SECOND
    agent = witness.agents(site.cluster)[site.gateway.name]
    assert SECOND in witness.ask(site.cluster, agent, "bpf", "egress", "list")

    for door in ("controller", "host"):
        again = declare([policy()], door=door)
        assert (again.code, again.changed) == (0, 0), again.output
        assert again.result(TASK)["unchanged"] == ["bank"]

    moved = declare([policy(site.gateway.address)])
    assert (moved.changed, moved.result(TASK)["updated"]) == (1, ["bank"])
    assert site.sees(site.gateway.address) == site.gateway.address

    gone = declare([])
    assert (gone.changed, gone.result(TASK)["deleted"]) == (1, ["bank"])
    assert site.policies() == {}
    assert site.sees(site.client.address) == site.client.address


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (policy("172.30.2.98"), "egress_address_not_on_gateway", "no node is known to have it"),
    (policy("172.30.2.11"), "egress_address_not_on_gateway", "it is on berlin-1"),
    (
        policy(egressGateway={"nodeSelector": {"matchLabels": {"egress": "none"}}}),
        "egress_gateway_without_node",
        "No node",
    ),
    (policy(egressGateways=[{"nodeSelector": {}}]), "egress_policy_field_unknown", "egressGateways"),
]


@pytest.mark.parametrize(
    ("declared", "rule", "words"), REFUSED, ids=lambda item: item if isinstance(item, str) else None
)
def test_what_cannot_work_is_refused(
    declare: Declare, site: Site, declared: dict[str, Any], rule: str, words: str
) -> None:
    played = declare([policy(name="fine"), declared])
    assert played.code != 0
    assert rule in rules(played)
    assert words in played.result(TASK)["msg"]
    assert site.policies() == {}


def test_policies_of_others_stay(declare: Declare, site: Site) -> None:
    spec = {key: value for key, value in policy().items() if key != "name"}
    theirs = {"apiVersion": "cilium.io/v2", "kind": "CiliumEgressGatewayPolicy", "spec": spec}
    for name, labels in (("free", {}), ("taken", {"app.kubernetes.io/managed-by": "argo"})):
        body = {**theirs, "metadata": {"name": name, "labels": labels}}
        witness.kubectl(site.cluster, "apply", "-f", "-", stdin=json.dumps(body))
    try:
        assert declare([]).changed == 0
        assert set(site.policies()) == {"free", "taken"}
        refused = declare([policy(name="taken")])
        assert (refused.code != 0, rules(refused)) == (True, ["egress_policy_of_another"])
        adopted = declare([policy(name="free")])
        assert (adopted.changed, rules(adopted)) == (1, ["egress_policy_adopted"])
        assert declare([]).result(TASK)["deleted"] == ["free"]
    finally:
        witness.kubectl(site.cluster, "delete", KIND, "--all")


def test_endpoints_under_a_policy_of_layer_7_too_are_named(declare: Declare, site: Site) -> None:
    dns = {"ports": [{"port": "53", "protocol": "UDP"}], "rules": {"dns": [{"matchPattern": "*"}]}}
    spec = {
        "endpointSelector": {"matchLabels": {"app": f"web-{site.client.name}"}},
        "egress": [{"toPorts": [dns]}],
    }
    metadata = {"name": "names", "namespace": requests.NAMESPACE}
    body = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}
    witness.kubectl(site.cluster, "apply", f"--namespace={requests.NAMESPACE}", "-f", "-", stdin=json.dumps(body))
    try:
        played = declare([policy()], "--check")
        (finding,) = played.result(TASK)["findings"]
        assert finding["rule"] == "egress_gateway_bypassed_by_l7"
        shared = {f"{requests.NAMESPACE}/web-{site.client.name}": [f"{requests.NAMESPACE}/names"]}
        assert finding["found"] == shared
    finally:
        witness.kubectl(site.cluster, "delete", "ciliumnetworkpolicy", "names", f"--namespace={requests.NAMESPACE}")
