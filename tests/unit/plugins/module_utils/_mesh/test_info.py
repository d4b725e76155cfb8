"""clustermesh_info against small API servers on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Result
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, as_json, get_objects, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.info import run

from tests.stub_api import Exec, exit_status
from tests.unit.plugins.module_utils._mesh.played_mesh import Command, Played, context, playing, remote, said, two

BASE64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
KEY = f"-----BEGIN PRIVATE KEY-----\n{BASE64}\n-----END PRIVATE KEY-----\n"
OPTIONS: JsonObject = {
    "topology": "full",
    "pairs": None,
    "release_name": "cilium",
    "release_namespace": "kube-system",
    "wait": False,
    "wait_timeout": 5,
    "probe": False,
    "require_all": False,
    "store": [],
    "store_namespaces": [],
    "store_clusters": [],
    "query": None,
    "timeout": 20,
    "parallel": 8,
}


def told(configs: Mapping[str, JsonObject], *, named: bool = True, **options: Json) -> Result:
    members: list[Json] = [
        {"name": name if named else None, "state": "present", "kubeconfig": config} for name, config in configs.items()
    ]
    return run({**OPTIONS, "members": members, **options}, context())


def rules(result: Mapping[str, object]) -> list[object]:
    return [finding["rule"] for finding in get_objects(as_json(dict(result)), "findings")]


@pytest.mark.parametrize("named", [True, False])
def test_a_mesh_that_is_connected(named: bool) -> None:
    with playing(*two()) as configs:
        result = told(configs, named=named)
    assert result["connected"] is True
    assert result["findings"] == []
    assert result["changed"] is False
    first = get_objects(as_json(result), "pairs")[0]
    assert {key: first[key] for key in ("cluster", "peer", "connected", "reason", "agents", "endpoints")} == {
        "cluster": "paris",
        "peer": "berlin",
        "connected": True,
        "reason": None,
        "agents": {"total": 2, "connected": 2},
        "endpoints": 5,
    }
    assert get_objects(as_json(result), "clusters")[0] == {
        "name": "berlin",
        "own_name": "berlin",
        "id": 2,
        "answered": True,
        "agents": 2,
        "kvstoremesh": False,
        "mesh_api_servers": [{"pod": "mesh", "ready": True, "reason": None}],
    }
    assert (result["store"], result["waited"]) == ({}, [])


def test_waiting_is_told() -> None:
    with playing(*two()) as configs:
        waited = told(configs, wait=True)["waited"]
    assert [entry["object"] for entry in get_objects(as_json({"waited": waited}), "waited")] == [
        "paris to berlin",
        "berlin to paris",
    ]


def test_only_some_pairs() -> None:
    third = Played("madrid", 3, {})
    with playing(*two(), third) as configs:
        result = told(configs, topology="pairs", pairs=[["berlin", "paris"]])
    assert [(pair["cluster"], pair["peer"]) for pair in get_objects(as_json(result), "pairs")] == [
        ("paris", "berlin"),
        ("berlin", "paris"),
    ]
    assert result["connected"] is True


def test_a_member_that_leaves_is_not_expected() -> None:
    with playing(*two()) as configs:
        members: list[Json] = [
            {"name": name, "state": "absent" if name == "berlin" else "present", "kubeconfig": config}
            for name, config in configs.items()
        ]
        result = run({**OPTIONS, "members": members}, context())
    assert (result["connected"], result["pairs"]) == (True, [])
    assert rules(result) == ["mesh_peer_not_declared"]


def test_a_pair_may_name_a_member_that_leaves() -> None:
    """It is neither asked, so nothing has to say the way to it, nor expected as a peer."""
    with playing(*two()) as configs:
        members: list[Json] = [
            {"name": name, "state": "present", "kubeconfig": config} for name, config in configs.items()
        ]
        members.append({"name": "rome", "state": "absent"})
        pairs: list[Json] = [["paris", "berlin"], ["paris", "rome"]]
        result = run({**OPTIONS, "members": members, "topology": "pairs", "pairs": pairs}, context())
    assert result["connected"] is True
    assert [(pair["cluster"], pair["peer"]) for pair in get_objects(as_json(result), "pairs")] == [
        ("paris", "berlin"),
        ("berlin", "paris"),
    ]


def test_all_members_leave() -> None:
    result = run({**OPTIONS, "members": [{"name": "paris", "state": "absent"}], "wait": True}, context())
    assert (result["connected"], result["pairs"], result["findings"]) == (True, [], [])


def test_kvstoremesh_has_lost_the_peer() -> None:
    check = 'Cluster "berlin":\n🔌 Endpoints:\n   - https://b:1\n     ❌ Cannot establish TCP connection: i/o timeout\n'

    def command(_pod: str, _container: str, words: list[str]) -> Exec | None:
        if "kvstoremesh-dbg" not in words:
            return None
        return said(check) if "troubleshoot" in words else said(json.dumps([remote("berlin", ready=False)]))

    with playing(*two(container="kvstoremesh", command=command)) as configs:
        result = told(configs)
    assert rules(result) == ["mesh_pair_tcp_timeout"]
    assert "KVStoreMesh (mesh): Cannot establish TCP connection" in str(result["findings"])


def test_the_store_that_answers_is_known_by_its_id() -> None:
    def command(_pod: str, _container: str, words: list[str]) -> Exec | None:
        well = "Etcd client:\n   ✅ Etcd connection successfully established\n   ℹ️  Etcd cluster ID: a0\n"
        if "clustermesh-dbg" in words:
            return said(f"Local etcd kvstore:\n{well}")
        return said(f'Cluster "berlin":\n{well}') if "troubleshoot" in words else None

    paris, berlin = two(command=command)
    lost: JsonObject = {"ready": False, "config": {"required": True}, "connected": True}
    paris.peers = {"berlin": {**remote("berlin"), **lost}}
    with playing(paris, berlin) as configs:
        assert rules(told(configs)) == ["mesh_pair_own_cluster"]


def test_probe_goes_the_way_to_those_that_are_connected() -> None:
    paris, berlin = two()
    with playing(paris, berlin) as configs:
        told(configs, probe=True)
    asked = [request.query["command"] for one in (paris, berlin) for request in one.requests if "exec" in request.path]
    assert sum("troubleshoot" in command and "cilium-dbg" in command for command in asked) == 4


def test_agents_have_another_name() -> None:
    with playing(*two()) as configs:
        result = told({"lutetia": configs["paris"], "berlin": configs["berlin"]})
    assert "mesh_member_name" in rules(result)


def test_two_clusters_of_one_name() -> None:
    with playing(*two()) as configs:
        members: list[Json] = [{"name": None, "state": "present", "kubeconfig": configs["paris"]}] * 2
        with pytest.raises(InputError, match="two clusters are called paris"):
            run({**OPTIONS, "members": members}, context())


def test_require_all() -> None:
    paris, berlin = two(peers={})
    with playing(paris, berlin) as configs:
        with pytest.raises(FleetError, match="paris is not connected with berlin") as caught:
            told(configs, require_all=True)
        assert caught.value.details["connected"] is False
    with playing(*two()) as configs:
        assert told(configs, require_all=True)["connected"] is True


def test_sixteen_clusters() -> None:
    names = [f"c{number}" for number in range(16)]
    clusters = [
        Played(name, number, {other: remote(other) for other in names if other != name})
        for number, name in enumerate(names, 1)
    ]
    with playing(*clusters) as configs:
        result = told(configs)
    assert (result["connected"], len(get_objects(as_json(result), "pairs"))) == (True, 16 * 15)
    assert all(len(one.requests) == 5 for one in clusters)


def test_query() -> None:
    with playing(*two()) as configs:
        result = told(configs, query="pairs[].[cluster, connected]")
    assert result == {"changed": False, "findings": [], "query_result": [["paris", True], ["berlin", True]]}


@pytest.mark.parametrize("option", ["timeout", "parallel", "wait_timeout"])
def test_numbers_that_mean_nothing(option: str) -> None:
    options: JsonObject = {**OPTIONS, "members": [{"name": "paris", "state": "present"}], "wait": True, option: 0}
    with pytest.raises(InputError, match=f"Option {option}: found 0"):
        run(options, context())


SERVICE = "cilium/state/services/v1/paris/shop/cart"
CART = '{"shared": true, "frontends": {}, "backends": {}}'
ENTRY = {
    "cluster": "paris",
    "namespace": "shop",
    "name": "cart",
    "shared": True,
    "include_external": False,
    "frontends": [],
    "backends": {},
}


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def etcdctl(pod: str, container: str, words: list[str]) -> Exec | None:
    if words[0] != "etcdctl":
        return None
    if container != "etcd":
        return no_etcdctl(pod, container, words)
    assert pod == "mesh"
    assert "--cert=/var/lib/etcd-secrets/tls.crt" in words
    kvs = [{"key": base64_of(SERVICE), "value": base64_of(CART)}] if words[-1] in SERVICE else []
    return said(json.dumps({"header": {}, "kvs": kvs}))


def no_etcdctl(_pod: str, _container: str, words: list[str]) -> Exec | None:
    missing = {"status": "Failure", "message": 'exec: "etcdctl": executable file not found in $PATH'}
    return Exec((), missing) if words[0] == "etcdctl" else None


def by_agent(pod: str, container: str, words: list[str]) -> Exec | None:
    """An agent of another cluster that has a configuration for paris."""
    if "kvstore" not in words:
        return no_etcdctl(pod, container, words)
    assert words[-1] == "etcd.config=/var/lib/cilium/clustermesh/paris"
    return said(json.dumps({SERVICE: {"Data": base64_of(CART)}} if words[3] in SERVICE else None))


STORES: dict[str, tuple[Command, Command]] = {"etcdctl": (etcdctl, no_etcdctl), "agent": (no_etcdctl, by_agent)}


@pytest.mark.parametrize("way", STORES)
def test_the_store_is_read(way: str) -> None:
    paris, berlin = two(command=STORES[way][0])
    berlin.command = STORES[way][1]
    with playing(paris, berlin) as configs:
        result = told(configs, store=["services", "nodes"])
    assert get_path(as_json(result["store"]), "paris") == {"services": [ENTRY], "nodes": []}


def test_a_store_that_cannot_be_read() -> None:
    def command(pod: str, container: str, words: list[str]) -> Exec | None:
        refused = Exec(((2, b"Error: etcdserver: permission denied"),), exit_status(1))
        return refused if "kvstore" in words else no_etcdctl(pod, container, words)

    paris, berlin = two(command=command)
    berlin.command = command
    with playing(paris, berlin) as configs:
        result = told(configs, store=["services"])
    assert rules(result) == ["mesh_store_unreadable", "mesh_store_unreadable"]
    assert "executable file not found" in str(result["findings"])
    assert "permission denied" in str(result["findings"])


def test_no_key_is_returned() -> None:
    """Neither what a member's kubeconfig holds, nor what a program says in its confusion."""

    def command(_pod: str, _container: str, words: list[str]) -> Exec | None:
        return (
            said(f'Cluster "berlin":\nCannot establish TLS connection to {KEY}\n') if "troubleshoot" in words else None
        )

    paris, berlin = two(command=command)
    paris.peers = {"berlin": remote("berlin", ready=False)}
    with playing(paris, berlin) as configs:
        for config in configs.values():
            config["users"] = [{"name": "alpha", "user": {"token": "secret-token-of-the-user"}}]
        shown = json.dumps(told(configs, probe=True))
    assert "Cannot establish TLS connection" in shown
    for secret in ("MIIEvQ", "PRIVATE KEY", "secret-token-of-the-user"):
        assert secret not in shown
