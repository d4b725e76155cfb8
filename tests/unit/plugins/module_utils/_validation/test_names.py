"""A variable with a slip of the hand in its name is named; anybody's other variables are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import SETTINGS
from ansible_collections.fleet.cilium.plugins.module_utils._validation.names import misspelt

from tools import role_readme

# Kubespray's variables for Cilium, of its releases up to 2026-08.
KUBESPRAYS = Path(__file__).with_name("kubespray_variables.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cilium_loadbalancer_mod", "cilium_loadbalancer_mode"),
        ("cilium_load_balancer_mode", "cilium_loadbalancer_mode"),
        ("cilium_maglev_tablesize", "cilium_maglev_table_size"),
        ("cilium_enable_egres_gateway", "cilium_enable_egress_gateway"),
        ("cilium_native_routing_cdir", "cilium_native_routing_cidr"),
    ],
)
def test_a_slip_is_named(name: str, meant: str) -> None:
    (found,) = misspelt([name, "cilium_cluster_id", "ansible_host"])
    assert (found.rule, found.severity, found.subject) == ("variable_unknown", "warning", {"variable": name})
    assert meant in found.remedy


def test_settings_are_known() -> None:
    assert misspelt([other for name, setting in SETTINGS.items() for other in (name, *setting.also)]) == []


def test_kubesprays_other_variables_are_left_in_peace() -> None:
    assert len(KUBESPRAYS) > 100
    assert misspelt(KUBESPRAYS) == []


def test_variables_of_roles_are_left_in_peace() -> None:
    for role in role_readme.roles():
        for spec in yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"].values():
            assert misspelt(spec.get("options", {})) == []


def test_somebodys_own_variables_are_left_in_peace() -> None:
    assert misspelt(["cilium_site", "cilium_owner_team", "my_cilium_loadbalancer_mod"]) == []
