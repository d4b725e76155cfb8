"""The role preflight, by ansible-playbook in inventories of several kinds. No cluster is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
ROLE = {"name": "fleet.cilium.preflight"}
Hosts = dict[str, dict[str, Any]]


def member(number: int, **settings: object) -> dict[str, object]:
    return {"cilium_cluster_id": number, "cilium_pool_cidr": [f"10.{number}.0.0/16"], **settings}


def run(
    folder: Path, hosts: Hosts, *options: str, play: Mapping[str, object] | None = None
) -> subprocess.CompletedProcess[str]:
    variables = {
        **LOCAL,
        "cilium_preflight_ask": False,
        "cilium_version": "1.15.19",
        "cilium_cluster_name": "{{ inventory_hostname }}",
    }
    inventory = {"cilium_clusters": {"hosts": hosts, "vars": variables}}
    playbook = {"hosts": "cilium_clusters", "gather_facts": False, "roles": [ROLE["name"]], **(play or {})}
    after = {"name": "after it", "ansible.builtin.debug": {"msg": "it goes on"}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
    (folder / "playbook.yml").write_text(yaml.safe_dump([{**playbook, "post_tasks": [after]}]))
    environment = {**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1"}
    command = ["ansible-playbook", "-i", "inventory.yml", "playbook.yml", *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def said(answer: subprocess.CompletedProcess[str]) -> str:
    return answer.stdout + answer.stderr


def test_a_sound_fleet_goes_on(tmp_path: Path) -> None:
    answer = run(tmp_path, {"paris": member(1), "berlin": member(2)})
    assert answer.returncode == 0, said(answer)
    assert answer.stdout.count("it goes on") == 2


def test_errors_are_listed_and_nothing_follows(tmp_path: Path) -> None:
    hosts = {"paris": member(1), "berlin": member(1, cilium_pool_cidr="10.2.0.0/16", cilium_maglev_table_size=100)}
    answer = run(tmp_path, hosts)
    assert answer.returncode != 0
    assert "Nothing was changed, because these 2 things cannot work:" in said(answer)
    assert "mesh_id_taken" in said(answer)
    assert "berlin: maglev_table_size_unknown" in said(answer)
    assert "it goes on" not in answer.stdout


def test_ignored_rules_are_warnings(tmp_path: Path) -> None:
    hosts = {"paris": member(1, cilium_maglev_table_size=100)}
    answer = run(tmp_path, hosts, "-e", '{"cilium_preflight_ignore": ["maglev_table_size_unknown"]}')
    assert answer.returncode == 0, said(answer)
    assert "[WARNING]: paris: maglev_table_size_unknown" in " ".join(said(answer).split())


def test_limit_still_compares_with_all(tmp_path: Path) -> None:
    hosts = {"paris": member(1), "berlin": member(1, cilium_pool_cidr="10.2.0.0/16")}
    answer = run(tmp_path, hosts, "--limit", "berlin")
    assert answer.returncode != 0
    assert "mesh_id_taken" in said(answer)


def test_limit_leaves_the_errors_of_others_to_them(tmp_path: Path) -> None:
    hosts = {"paris": member(1, cilium_maglev_table_size=100), "berlin": member(2)}
    assert run(tmp_path, hosts, "--limit", "berlin").returncode == 0


def test_member_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    hosts = {"paris": member(1), "berlin": member(2, cilium_loadbalancer_mode="{{ nobody_knows }}")}
    answer = run(tmp_path, hosts, "--limit", "paris")
    assert answer.returncode != 0
    assert "member_unreadable" in said(answer)
    assert "nobody_knows" in said(answer)


def test_variables_of_the_play_count_for_its_clusters(tmp_path: Path) -> None:
    hosts = {"paris": member(1), "berlin": member(2)}
    mine = {"vars": {"cilium_maglev_table_size": "{{ 50 * cilium_cluster_id }}"}}
    answer = run(tmp_path, hosts, play=mine)
    assert answer.returncode != 0
    for line in ("paris: maglev_table_size_unknown: agents refuse a table of 50", "a table of 100 entries"):
        assert line in said(answer)
    others = run(tmp_path, hosts, "--limit", "paris", play=mine)
    assert "berlin: maglev_table_size_unknown" not in said(others)


def test_what_a_host_says_itself_stands_above_the_defaults_of_roles(tmp_path: Path) -> None:
    """The first host says nothing of it, so what the play gives is for it another role's default."""
    hosts = {"paris": member(1), "berlin": member(2, cilium_helm_values={"maglev": {"tableSize": 100}})}
    (tmp_path / "roles" / "site" / "defaults").mkdir(parents=True)
    (tmp_path / "roles" / "site" / "defaults" / "main.yml").write_text("cilium_helm_values: {}\ncilium_mtu: 1\n")
    answer = run(tmp_path, hosts, play={"roles": [ROLE["name"], {"role": "site"}]})
    assert answer.returncode != 0
    assert "berlin: maglev_table_size_unknown" in said(answer)
    assert "paris: maglev_table_size_unknown" not in said(answer)


def test_what_a_play_says_stands_above_the_hosts_own(tmp_path: Path) -> None:
    hosts = {"paris": member(1, cilium_maglev_table_size=100), "berlin": member(2)}
    answer = run(tmp_path, hosts, play={"vars": {"cilium_maglev_table_size": 251}})
    assert answer.returncode == 0, said(answer)


def test_a_cluster_without_a_way_is_a_caution_that_says_why(tmp_path: Path) -> None:
    """Each cluster has its own way; that one has none does not keep preflight from looking at all."""
    hosts = {"paris": member(1, cilium_maglev_table_size=100), "berlin": member(2)}
    answer = run(tmp_path, hosts, "-e", "cilium_preflight_ask=true")
    told = " ".join(said(answer).split())
    assert answer.returncode != 0
    assert "paris: maglev_table_size_unknown" in told
    for name in ("paris", "berlin"):
        assert f"{name}: cluster_not_asked" in told
        assert f"{name}: no way to the cluster. Found no cilium_kubeconfig" in told


def test_bad_options_are_named(tmp_path: Path) -> None:
    answer = run(tmp_path, {"paris": member(1)}, "-e", "cilium_preflight_ask=perhaps")
    assert answer.returncode != 0
    assert "cilium_preflight_ask" in said(answer)
