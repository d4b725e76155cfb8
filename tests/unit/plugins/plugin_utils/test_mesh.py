"""The members of a mesh, from what is declared and the inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.plugin_utils._mesh import Inventory, members

HOSTS: dict[str, dict[str, Any]] = {
    "paris": {
        "cilium_kubeconfig": "/paris",
        "cilium_context": "p",
        "cilium_cluster_id": 1,
        "cilium_version": "1.15.19",
    },
    "berlin": {"cilium_kubeconfig": "/berlin", "cilium_cluster_id": "2", "cilium_cluster_name": "de-1"},
    "lab": {"cilium_kubeconfig": "/lab"},
}
KUBECONFIG = {"clusters": [{"name": "a", "cluster": {"server": "https://127.0.0.1:6443"}}], "current-context": "a"}


def completed(mesh: dict[str, Any], hosts: dict[str, Any] | None = None, *, live: bool = True, **groups: Any) -> Any:
    there = HOSTS if hosts is None else hosts
    return members(mesh, Inventory(groups or {"cilium_clusters": list(there)}, there, list(there)), live=live)


def test_without_a_list_all_with_an_id_are_members() -> None:
    found = completed({})
    assert found["hosts"] == {"paris": "paris", "berlin": "de-1"}
    assert found["unread"] == []
    assert found["members"][0] == {
        "name": "paris",
        "id": 1,
        "state": "present",
        "kubeconfig": "/paris",
        "context": "p",
        "managed_by": "fleet",
    }


@pytest.mark.parametrize("mesh", [{}, {"members": None}])
def test_nobody_is_in_it(mesh: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="found no cluster of the inventory with cilium_cluster_id"):
        completed(mesh, {"lab": HOSTS["lab"]})


@pytest.mark.parametrize("entry", ["berlin", "de-1", {"name": "berlin"}, {"name": "de-1", "port": None}])
def test_an_entry_may_be_a_name_alone(entry: object) -> None:
    found = completed({"members": [entry]})
    (member,) = found["members"]
    assert (member["name"], member["id"], member["kubeconfig"]) == ("de-1", 2, "/berlin")
    assert found["hosts"] == {"berlin": "de-1"}


def test_what_an_entry_says_wins_over_the_host_and_the_host_over_the_mesh() -> None:
    hosts = {
        "paris": {**HOSTS["paris"], "cilium_clustermesh_service_type": "ClusterIP", "cilium_clustermesh_port": 2380},
        "berlin": HOSTS["berlin"],
    }
    entry = {"name": "paris", "id": 7, "port": 2381, "kubeconfig": "/else", "managed_by": "external"}
    found = completed({"service_type": "LoadBalancer", "members": [entry, "berlin"]}, hosts)["members"]
    assert [one["service_type"] for one in found] == ["ClusterIP", "LoadBalancer"]
    assert (found[0]["id"], found[0]["port"], found[0]["managed_by"]) == (7, 2381, "external")
    assert found[0]["kubeconfig"] == "/else"
    assert "context" not in found[0], "the host's context is one of the host's kubeconfig"


def test_a_member_elsewhere_is_as_it_is_written() -> None:
    found = completed({"members": ["paris", {"name": "rome", "id": 9, "kubeconfig": "/rome"}]})
    assert found["members"][1] == {"name": "rome", "id": 9, "kubeconfig": "/rome", "state": "present"}
    assert found["hosts"] == {"paris": "paris"}


def test_the_way_that_a_run_has_found_leads_to_the_address_that_it_has_found() -> None:
    way = {"kubeconfig": KUBECONFIG, "host": "https://192.0.2.1:6443"}
    hosts = {"paris": {"cilium_cluster_id": 1, "__cilium_connection": way}, "berlin": {"cilium_cluster_id": 2}}
    found = completed({}, hosts)
    (cluster,) = found["members"][0]["kubeconfig"]["clusters"]
    assert cluster == {"name": "a", "cluster": {"server": "https://192.0.2.1:6443"}}
    assert KUBECONFIG["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"  # type: ignore[index]  # -- a table
    assert found["unread"] == ["berlin"]
    leaving = completed({"members": ["paris", {"name": "berlin", "state": "absent"}]}, hosts)
    assert leaving["unread"] == []


def test_clusters_without_cilium_are_told_of_with_version_and_settings() -> None:
    hosts = {"paris": {**HOSTS["paris"], "cilium_maglev_hash_seed": "auto", "cilium_mtu": 1400}}
    (member,) = completed({}, hosts, live=False)["members"]
    assert member["cilium_version"] == "1.15.19"
    assert member["settings"] == {"cilium_cluster_id": 1, "cilium_version": "1.15.19", "cilium_mtu": 1400}


def test_facts_of_the_run_count_before_the_inventory() -> None:
    """A play's own variables stand in no host's."""
    facts = {"__cilium_settings": {"cilium_cluster_id": 5}, "__cilium_member": {"managed_by": "external"}}
    (member,) = completed({}, {"paris": {**HOSTS["paris"], **facts}})["members"]
    assert (member["id"], member["managed_by"]) == (5, "external")


def test_an_inventory_of_kubespray_is_one_member() -> None:
    hosts = {
        "n1": {
            "kube_network_plugin": "cilium",
            "cilium_cluster_name": "paris",
            "cilium_cluster_id": "1",
            "__cilium_connection": {"kubeconfig": "/admin.conf", "context": None},
        },
    }
    mesh = {"members": ["paris", {"name": "rome", "id": 2, "kubeconfig": "/rome"}]}
    found = completed(mesh, hosts, kube_control_plane=["n1"])
    assert found["hosts"] == {"n1": "paris"}
    assert found["members"][0] == {
        "name": "paris",
        "id": 1,
        "state": "present",
        "kubeconfig": "/admin.conf",
        "managed_by": "kubespray",
    }


def test_a_run_limited_to_one_host_sees_the_same_mesh() -> None:
    groups = {"cilium_clusters": list(HOSTS)}
    whole = members({}, Inventory(groups, HOSTS, list(HOSTS)))
    assert members({}, Inventory(groups, HOSTS, ["berlin"])) == whole


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        ({"members": [{"id": 1}]}, "number 1 has no name"),
        ({"members": ["paris", ""]}, "number 2 has no name"),
        ("paris", "expected a mapping"),
    ],
)
def test_what_cannot_be(mesh: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        completed(mesh)
