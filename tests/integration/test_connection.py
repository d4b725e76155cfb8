"""The role finds its way to a real cluster in an inventory of Kubespray, and leaves Kubespray's Cilium alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from testbed import inventory
from testbed.fleet import Fleet

if TYPE_CHECKING:
    from tests.integration.conftest import Play

VERSION = "1.15.19"

FIND = [
    {
        "hosts": "kube_control_plane[0]",
        "gather_facts": False,
        "tasks": [
            {
                "name": "find",
                "ansible.builtin.include_role": {"name": "fleet.cilium.cilium", "tasks_from": "connection"},
            },
            {
                "name": "found",
                "ansible.builtin.debug": {
                    "msg": {
                        "host": "{{ __cilium_connection.host }}",
                        "keys": "{{ __cilium_connection.kubeconfig.keys() | sort }}",
                    }
                },
            },
        ],
    }
]


@pytest.fixture
def kubespray(fleet: Fleet, fleet_inventory: Path) -> Path:
    """The inventory of cluster paris in Kubespray's layout."""
    assert fleet_inventory.exists()
    return inventory.folder() / f"kubespray-{fleet.clusters[0].name}" / "hosts.yml"


def test_admin_conf_is_read_from_the_first_node(play: Play, fleet: Fleet, kubespray: Path) -> None:
    found = play(FIND, on=kubespray).result("found")["msg"]
    assert found["host"] == fleet.clusters[0].api_url
    assert {"clusters", "users", "contexts"} <= set(found["keys"])


def test_address_comes_from_the_node(play: Play, fleet: Fleet, kubespray: Path) -> None:
    first = fleet.clusters[0]
    found = play(FIND, on=kubespray, cilium_apiserver_url="").result("found")["msg"]
    assert found["host"] == f"https://{first.nodes[0].address}:{first.api_port}"


def test_credentials_are_in_no_output(play: Play, fleet: Fleet, kubespray: Path) -> None:
    played = play(FIND, "-vvv", on=kubespray)
    user = yaml.safe_load(fleet.clusters[0].kubeconfig.read_text())["users"][0]["user"]
    secrets = [text for text in user.values() if isinstance(text, str)]
    assert secrets
    assert not [secret for secret in secrets if secret in played.output]


def test_kubesprays_own_cilium_is_left_alone(play: Play, kubespray: Path) -> None:
    values = {"debug": {"enabled": True}}
    played = play("fleet.cilium.converge", on=kubespray, cilium_version=VERSION, cilium_helm_values=values)
    assert played.code == 0, played.output
    assert played.changed == 0
    advice = played.result("Show the variables for the other owner's inventory")["msg"]
    assert advice[-1]["cilium_extra_values"]["debug"] == {"enabled": True}
    assert not [name for name, _host, _result in played.results if "release" in name]
