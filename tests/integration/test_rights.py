"""The rights that the collection ships as manifests: they suffice, and each of them is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed.fleet import Cluster, Fleet
from tests.integration.witness import kubectl, wait_for_health

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
MANIFEST = Path(__file__).resolve().parents[2] / "docs" / "rights" / "status_info.yml"
ACCOUNT = "fleet-cilium-status"
ALL = ["status", "health", "services", "log"]


@pytest.fixture(scope="module")
def account(cilium: Fleet) -> Iterator[tuple[Cluster, str]]:
    """The service account as it is shipped, and a token of it."""
    cluster = cilium.clusters[0]
    wait_for_health(cluster)
    kubectl(cluster, "apply", "-f", str(MANIFEST))
    try:
        yield cluster, kubectl(cluster, "create", "token", ACCOUNT, "--duration=10m").strip()
    finally:
        kubectl(cluster, "delete", "-f", str(MANIFEST))


def ask(play: Play, account: tuple[Cluster, str], **options: object) -> Played:
    cluster, token = account
    connection = {"host": cluster.api_url, "api_key": token, "ca_cert": str(cluster.folder / "pki" / "ca.crt")}
    task = {"name": "ask", "fleet.cilium.status_info": {**connection, **options}}
    return play([{"hosts": cluster.name, "gather_facts": False, "tasks": [task]}])


def test_they_suffice_for_all_there_is_to_read(play: Play, account: tuple[Cluster, str]) -> None:
    played = ask(play, account, gather=ALL, require_all=True)
    assert played.code == 0, played.output
    nodes = played.result("ask")["nodes"]
    assert sorted(nodes) == sorted(node.name for node in account[0].nodes)
    for state in nodes.values():
        assert state["version"]
        assert state["health"]["total"] == len(account[0].nodes)
        assert state["services"]
        assert isinstance(state["log"], list)
    assert account[1] not in played.output


RULES: list[dict[str, Any]] = next(
    part["rules"] for part in yaml.safe_load(MANIFEST.read_text())["items"] if part["kind"] == "Role"
)
WITHOUT = [
    pytest.param(number, verb, id=f"{rule['resources'][0]} {verb}")
    for number, rule in enumerate(RULES)
    for verb in rule["verbs"]
]


@pytest.mark.parametrize(("number", "verb"), WITHOUT)
def test_each_of_them_is_needed(play: Play, account: tuple[Cluster, str], number: int, verb: str) -> None:
    cluster = account[0]
    left = [other for other in RULES[number]["verbs"] if other != verb]
    smaller = [{**rule, "verbs": left} if at == number else rule for at, rule in enumerate(RULES)]
    patch = json.dumps({"rules": [rule for rule in smaller if rule["verbs"]]})
    kubectl(cluster, "patch", "role", ACCOUNT, "--type=merge", "-p", patch)
    try:
        result = ask(play, account, gather=ALL).result("ask")
    finally:
        kubectl(cluster, "apply", "-f", str(MANIFEST))
    resource = RULES[number]["resources"][0]
    if resource == "pods":
        assert 'cannot list resource "pods"' in result["msg"]
        return
    assert {finding["rule"] for finding in result["findings"]} == {"exec_refused"}
    assert len(result["findings"]) == len(cluster.nodes)
    only = {"pods/exec": "status", "pods/log": "log"}[resource]
    assert {finding["asked"] for finding in result["findings"]} == {only}
    assert bool(result["nodes"]) is (resource == "pods/log")


REFUSED = [
    ("get", "secrets", "kube-system"),
    ("create", "pods", "kube-system"),
    ("delete", "pods", "kube-system"),
    ("get", "nodes", ""),
    ("list", "pods", "default"),
    ("create", "pods/exec", "default"),
]


def test_they_allow_nothing_else(account: tuple[Cluster, str]) -> None:
    assert allowed(account[0], "list", "pods", "kube-system")
    assert [words for words in REFUSED if allowed(account[0], *words)] == []


def allowed(cluster: Cluster, verb: str, resource: str, namespace: str) -> bool:
    """What the API server says."""
    name, _slash, part = resource.partition("/")
    attributes = {"verb": verb, "resource": name, "subresource": part, "namespace": namespace}
    user = f"system:serviceaccount:kube-system:{ACCOUNT}"
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": attributes},
    }
    answer = kubectl(cluster, "create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return bool(json.loads(answer)["status"]["allowed"])
