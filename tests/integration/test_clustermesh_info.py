"""clustermesh_info on a real mesh of three clusters, with faults made on purpose: each is found and named."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._json import get_objects
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.observe import How, look
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.store import read_store
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.stored import Filter

from testbed import global_service, pki
from testbed.api import Api
from testbed.fleet import Cluster, Fleet
from tests.integration import mesh_site, witness
from tests.integration.conftest import player

pytestmark = pytest.mark.real
SERVICE = "/api/v1/namespaces/kube-system/services/clustermesh-apiserver"
SERVER_CERTIFICATE = f"{mesh_site.SECRETS}/clustermesh-apiserver-server-cert"
CONFIG = "/api/v1/namespaces/kube-system/configmaps/cilium-config"
DEPLOYMENT = "deployment/clustermesh-apiserver"

Told = dict[str, Any]
Ask = Callable[..., Told]


@pytest.fixture(scope="module")
def mesh(mesh_fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three clusters in a mesh, each with both others as peers, by plain helm."""
    with mesh_site.by_hand(mesh_fleet, tmp_path_factory.mktemp("authority")) as made:
        yield made


@pytest.fixture
def ask(mesh: Fleet, mesh_inventory: Path, tmp_path: Path) -> Ask:
    """Return a function that runs the module for all three clusters, and returns its result."""
    play = player(mesh_inventory, tmp_path)
    members = [{"name": cluster.name, "kubeconfig": str(cluster.kubeconfig)} for cluster in mesh.clusters]

    def run(door: str = "controller", **options: object) -> Told:
        task = {
            "name": "look",
            "fleet.cilium.clustermesh_info": {"members": members, **options},
            "vars": {"cilium_run_on": door},
        }
        played = play([{"hosts": mesh.clusters[0].name, "gather_facts": False, "tasks": [task]}])
        assert played.code == 0, played.output
        return played.result("look")

    return run


def faults(told: Told) -> dict[tuple[str, str], str]:
    """Return the reason of every pair that is not connected."""
    return {(pair["cluster"], pair["peer"]): pair["reason"] for pair in told["pairs"] if not pair["connected"]}


def until(ask: Ask, expected: dict[tuple[str, str], str], seconds: float = 90, **options: object) -> Told:
    """Look until these faults, and no others, are told: agents take some time to see what we did to them."""
    deadline = time.monotonic() + seconds
    while faults(told := ask(**options)) != expected:
        assert time.monotonic() < deadline, json.dumps(told["findings"], indent=1)
        time.sleep(1)
    return told


def rules(told: Told) -> set[tuple[str, str, str]]:
    """Return rule, cluster and peer of each finding."""
    return {(one["rule"], one["subject"]["cluster"], one["subject"]["peer"]) for one in told["findings"]}


def restart(cluster: Cluster) -> None:
    """Replace the pod of a cluster's mesh API server; all connections to it end."""
    witness.kubectl(cluster, "delete", "pod", mesh_site.mesh_pod(cluster), "--wait=true", "--timeout=60s")
    witness.kubectl(cluster, "rollout", "status", DEPLOYMENT, "--timeout=60s")


@pytest.mark.parametrize("door", ["controller", "host"])
def test_all_are_connected(mesh: Fleet, ask: Ask, door: str) -> None:
    told = ask(door)
    assert told["connected"] is True
    assert told["findings"] == []
    names = [cluster.name for cluster in mesh.clusters]
    assert [(pair["cluster"], pair["peer"]) for pair in told["pairs"]] == [
        (one, other) for one in names for other in names if other != one
    ]
    nodes = {cluster.name: len(cluster.nodes) for cluster in mesh.clusters}
    for pair in told["pairs"]:
        assert pair["agents"] == {"total": nodes[pair["cluster"]], "connected": nodes[pair["cluster"]]}
        assert pair["nodes"] == nodes[pair["peer"]]
    assert {one["name"]: one["id"] for one in told["clusters"]} == {one.name: one.id for one in mesh.clusters}
    assert mesh_site.ready(mesh) == {member.name: (2, 2) for member in mesh.nodes}


def test_probing_agrees_and_waiting_ends_at_once(ask: Ask) -> None:
    assert faults(ask(probe=True)) == {}
    started = time.monotonic()
    told = ask(wait=True, wait_timeout=60)
    assert time.monotonic() - started < 30
    assert {one["state"] for one in told["waited"]} == {"connected"}


def test_what_the_stores_hold(mesh: Fleet, ask: Ask) -> None:
    oslo = mesh.clusters[0]
    global_service.declare(oslo)
    global_service.add_backend(oslo)
    global_service.wait(oslo)
    try:
        store = ask(store=["identities", "ips", "nodes", "services"], store_namespaces=["shop"])["store"]
    finally:
        global_service.remove(oslo)
    assert set(store) == {cluster.name for cluster in mesh.clusters}
    assert {node["name"] for node in store[oslo.name]["nodes"]} == {node.name for node in oslo.nodes}
    assert [node["addresses"][0]["ip"] for node in store[oslo.name]["nodes"]] == [one.address for one in oslo.nodes]
    (service,) = store[oslo.name]["services"]
    assert (service["namespace"], service["name"], service["shared"]) == ("shop", "shop", True)
    assert {one["pod"] for one in store[oslo.name]["ips"]} >= set(_pods_of(oslo, service))
    assert {one["namespace"] for one in store[oslo.name]["identities"]} == {"shop"}
    assert store["riga"]["services"] == []


def test_agents_read_the_store_of_another_cluster_too(mesh: Fleet) -> None:
    """As they have to with the images since 1.15, in which there is no etcdctl."""
    clients = {one.name: _kubernetes.connect({"kubeconfig": str(one.kubeconfig)}) for one in mesh.clusters}
    expected = {name: [other for other in clients if other != name] for name in clients}
    how, everything = How("kube-system"), Filter()
    seen = look(clients, expected, how)
    hidden = {name: replace(cluster, stores=()) for name, cluster in seen.items()}
    kinds = ["identities", "ips", "nodes", "services"]
    told, findings = read_store(clients, hidden, kinds, how, everything)
    assert findings == []
    assert told == read_store(clients, seen, kinds, how, everything)[0]
    assert [node["name"] for node in get_objects(told, "rome", "nodes")] == ["rome-1"]


def _pods_of(cluster: Cluster, service: Told) -> list[str]:
    listed = json.loads(witness.kubectl(cluster, "--namespace=shop", "get", "pods", "-o", "json"))["items"]
    return [pod["metadata"]["name"] for pod in listed if pod["status"].get("podIP") in service["backends"]]


def test_no_key_is_told(mesh: Fleet, ask: Ask) -> None:
    shown = json.dumps(ask(probe=True, store=["nodes", "services"]))
    assert "PRIVATE KEY" not in shown
    for cluster in mesh.clusters:
        for secret in ("cilium-ca", "clustermesh-apiserver-remote-cert", "cilium-clustermesh"):
            for value in Api(cluster).get(f"{mesh_site.SECRETS}/{secret}")["data"].values():
                assert value not in shown
                assert base64.b64decode(value).decode().splitlines()[1] not in shown


@contextmanager
def _dropped(mesh: Fleet, peer: Cluster) -> Iterator[str]:
    """Have the second node of the first cluster reach nobody at the peer's port; yield the node's name."""
    member = mesh.clusters[0].nodes[1]
    rule = ["OUTPUT", "-p", "tcp", "--dport", str(mesh_site.node_port(peer)), "-j", "DROP"]
    witness.run_in(member, "iptables", "-w", "-I", *rule)
    try:
        yield member.name
    finally:
        witness.run_in(member, "iptables", "-w", "-D", *rule)


def test_a_blocked_port(mesh: Fleet, ask: Ask) -> None:
    oslo, riga, _rome = mesh.clusters
    with _dropped(mesh, riga) as node:
        told = until(ask, {(oslo.name, riga.name): "tcp_timeout"}, probe=True)
    (found,) = told["findings"]
    assert (found["rule"], found["subject"]) == (
        "mesh_pair_tcp_timeout",
        {"cluster": oslo.name, "peer": riga.name, "node": node},
    )
    until(ask, {})


def test_a_mesh_api_server_that_is_stopped(mesh: Fleet, ask: Ask) -> None:
    oslo, riga, rome = mesh.clusters
    witness.kubectl(riga, "scale", DEPLOYMENT, "--replicas=0")
    try:
        told = until(ask, dict.fromkeys([(oslo.name, riga.name), (rome.name, riga.name)], "remote_not_ready"))
        assert "riga has no mesh API server" in told["findings"][0]["reason"]
        started = time.monotonic()
        told = ask(wait=True, wait_timeout=5)
        assert time.monotonic() - started < 60
        assert (oslo.name, riga.name) in faults(told)
    finally:
        witness.kubectl(riga, "scale", DEPLOYMENT, "--replicas=1")
        witness.kubectl(riga, "rollout", "status", DEPLOYMENT, "--timeout=60s")
    told = ask(wait=True, wait_timeout=90)
    assert told["connected"] is True


def test_another_certificate_authority(mesh: Fleet, ask: Ask, tmp_path: Path) -> None:
    oslo, riga, rome = mesh.clusters
    api = Api(riga)
    before = api.get(SERVER_CERTIFICATE)["data"]
    names = ("*.mesh.cilium.io", "clustermesh-apiserver.kube-system.svc", "127.0.0.1")
    pki.Authority.create(tmp_path, "Cilium CA").issue("server", "clustermesh-apiserver.cilium.io", hosts=names)
    foreign = {f"tls.{part}": _encoded(tmp_path / f"server.{part}") for part in ("crt", "key")}
    api.patch(SERVER_CERTIFICATE, {"data": foreign})
    try:
        until(ask, dict.fromkeys([(oslo.name, riga.name), (rome.name, riga.name)], "tls_ca"), probe=True)
    finally:
        api.patch(SERVER_CERTIFICATE, {"data": before})
    until(ask, {}, probe=True)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.mark.long
def test_the_same_port_in_two_clusters(mesh: Fleet, ask: Ask) -> None:
    """The agents of the first cluster, which replace kube-proxy, take their own cluster's port for the peer's."""
    oslo, riga, rome = mesh.clusters
    _set_port(oslo, mesh_site.node_port(riga))
    try:
        restart(riga)
        expected = {(oslo.name, riga.name): "own_cluster"}
        away = {(riga.name, oslo.name), (rome.name, oslo.name)}
        deadline = time.monotonic() + 120
        while expected.items() - faults(told := ask()).items():
            assert time.monotonic() < deadline, json.dumps(told["findings"], indent=1)
            time.sleep(1)
        assert set(faults(told)) - set(expected) <= away
        assert ("mesh_pair_own_cluster", oslo.name, riga.name) in rules(told)
    finally:
        _set_port(oslo, mesh_site.node_port(oslo))
    restart(riga)
    assert ask(wait=True, wait_timeout=120)["connected"] is True


def _set_port(cluster: Cluster, port: int) -> None:
    (first, *others) = Api(cluster).get(SERVICE)["spec"]["ports"]
    Api(cluster).patch(SERVICE, {"spec": {"ports": [{**first, "nodePort": port}, *others]}})


@pytest.mark.long
def test_the_same_id(mesh: Fleet, ask: Ask) -> None:
    oslo, riga, rome = mesh.clusters
    Api(rome).patch(CONFIG, {"data": {"cluster-id": str(riga.id)}})
    try:
        restart(rome)
        told = until(
            ask,
            {
                (riga.name, rome.name): "id_clash",
                (rome.name, riga.name): "id_clash",
                (oslo.name, rome.name): "id_clash",
            },
            seconds=120,
        )
        assert ("mesh_pair_id_clash", oslo.name, rome.name) in rules(told)
    finally:
        Api(rome).patch(CONFIG, {"data": {"cluster-id": str(rome.id)}})
    restart(rome)
    assert ask(wait=True, wait_timeout=120)["connected"] is True


def test_without_a_configuration(mesh: Fleet, ask: Ask) -> None:
    oslo, riga, _rome = mesh.clusters
    path = f"{mesh_site.SECRETS}/cilium-clustermesh"
    before = Api(oslo).get(path)["data"][riga.name]
    Api(oslo).patch(path, {"data": {riga.name: None}})
    try:
        until(ask, {(oslo.name, riga.name): "no_config"})
    finally:
        Api(oslo).patch(path, {"data": {riga.name: before}})
    assert ask(wait=True, wait_timeout=60)["connected"] is True


@pytest.mark.long
def test_with_kvstoremesh(mesh: Fleet, ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Last: agents read the copies that their own cluster has of the others' stores.

    All is installed anew: helm refuses to take back from us what the tests before have written into its objects.
    """
    oslo, riga, rome = mesh.clusters
    mesh_site.remove(mesh)
    mesh_site.share_authority(mesh, tmp_path_factory.mktemp("authority"))
    mesh_site.install(mesh, kvstoremesh=True)
    told = ask(wait=True, wait_timeout=240)
    assert told["connected"] is True, json.dumps(told["findings"], indent=1)
    assert [one["kvstoremesh"] for one in told["clusters"]] == [True] * 3
    witness.kubectl(riga, "scale", DEPLOYMENT, "--replicas=0")
    expected = dict.fromkeys([(oslo.name, riga.name), (rome.name, riga.name)], "remote_not_ready")
    told = ask()
    assert expected.items() <= faults(told).items(), told["findings"]
    witness.kubectl(riga, "scale", DEPLOYMENT, "--replicas=1")
    assert ask(wait=True, wait_timeout=120)["connected"] is True
    told = ask(store=["nodes"], store_clusters=[riga.name])
    assert told["findings"] == []
    assert [node["name"] for node in told["store"][oslo.name]["nodes"]] == [node.name for node in riga.nodes]
