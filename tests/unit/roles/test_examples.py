"""The examples of the README and of the roles' READMEs work: preflight finds nothing, and values come out of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import SETTINGS

from tools import role_readme

PROJECT = role_readme.ROLES.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
INVENTORIES = [yaml.safe_load(block) for block in BLOCKS if block.startswith("cilium_clusters:")]
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


def play(folder: Path, inventory: dict[str, Any], playbook: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
    environment = {**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1"}
    command = ["ansible-playbook", "-i", "inventory.yml", playbook, *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_readme_has_an_inventory() -> None:
    assert len(INVENTORIES) == 1


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_inventory_of_the_readme_passes_preflight(tmp_path: Path, inventory: dict[str, Any]) -> None:
    answer = play(tmp_path, inventory, "fleet.cilium.preflight", "-e", "cilium_preflight_ask=false")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "WARNING" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_inventory_of_the_readme_makes_values(tmp_path: Path, inventory: dict[str, Any]) -> None:
    variables = inventory["cilium_clusters"]["vars"]
    assert {name for name in variables if name.startswith("cilium_")} <= set(SETTINGS)
    cluster = "{'server': 'https://10.9.0.1:6443'}"
    values = "(lookup('fleet.cilium.settings') | fleet.cilium.desired(" + cluster + "))['values']"
    tasks = [
        {"ansible.builtin.assert": {"that": [f"{values}.k8sServiceHost == '10.9.0.1'"]}},
        {"ansible.builtin.assert": {"that": [f"{values}.loadBalancer == dict(mode='dsr', algorithm='maglev')"]}},
        {"ansible.builtin.assert": {"that": [f"{values}.maglev.hashSeed | b64decode('latin-1') | length == 12"]}},
    ]
    (tmp_path / "playbook.yml").write_text(
        yaml.safe_dump([{"hosts": "cilium_clusters", "gather_facts": False, "vars": LOCAL, "tasks": tasks}])
    )
    answer = play(tmp_path, inventory, "playbook.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


GUIDE = (PROJECT / "docs" / "clustermesh.md").read_text(encoding="utf-8")
SPEC = yaml.safe_load((role_readme.ROLES / "cilium" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
OPTION = SPEC["argument_specs"]["main"]["options"]["cilium_clustermesh"]
VALIDATED = {
    "argument_spec": {"cilium_clustermesh": OPTION},
    "provided_arguments": {"cilium_clustermesh": "{{ cilium_clustermesh }}"},
}
DECLARED = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)]


def test_the_guide_to_meshes_can_be_followed(tmp_path: Path) -> None:
    """Its inventory passes preflight, and what else it declares is a mesh of that inventory."""
    (inventory,) = [block for block in DECLARED if "cilium_clusters" in block]
    answer = play(tmp_path, inventory, "fleet.cilium.preflight", "-e", "cilium_preflight_ask=false")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "WARNING" not in answer.stdout + answer.stderr
    declared = [{}, *(block["cilium_clustermesh"] for block in DECLARED if "cilium_clustermesh" in block)]
    filtered = "cilium_clustermesh | fleet.cilium.mesh_members(groups, hostvars, ansible_play_hosts_all)"
    task = {
        "run_once": True,
        "fleet.cilium.clustermesh": {
            "members": f"{{{{ ({filtered}).members }}}}",
            "state": "planned",
            **{name: f"{{{{ cilium_clustermesh.{name} | default(omit) }}}}" for name in ("topology", "pairs", "peers")},
        },
        "ignore_errors": True,
        "register": "said",
    }
    # No cluster of the guide is there, and that is what the module says once it has understood the declaration.
    told = {"ansible.builtin.assert": {"that": ["said.msg is search('Every member that is to stay has to be read')"]}}
    secrets = {"vault_cilium_ca_certificate": "x", "vault_cilium_ca_key": "x"}
    plays = [
        {
            "hosts": "cilium_clusters",
            "gather_facts": False,
            "vars": {**LOCAL, **secrets, "cilium_clustermesh": mesh},
            "tasks": [{"ansible.builtin.validate_argument_spec": VALIDATED}, task, told],
        }
        for mesh in declared
    ]
    assert len(plays) >= 5
    (tmp_path / "playbook.yml").write_text(yaml.safe_dump(plays))
    answer = play(tmp_path, inventory, "playbook.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_steps_of_the_guide_to_meshes_can_be_parsed(tmp_path: Path) -> None:
    (steps,) = [block for block in DECLARED if isinstance(block, list)]
    (tmp_path / "playbook.yml").write_text(yaml.safe_dump(steps))
    hosts = {"all": {"hosts": {"paris": LOCAL, "berlin": LOCAL}}}
    answer = play(tmp_path, hosts, "playbook.yml", "--syntax-check")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    named = [task["ansible.builtin.include_role"]["tasks_from"] for one in steps for task in one["tasks"]]
    assert all((role_readme.ROLES / "clustermesh" / "tasks" / f"{name}.yml").exists() for name in named)


@pytest.mark.parametrize("role", role_readme.roles(), ids=lambda role: role.name)
def test_examples_of_the_roles_can_be_parsed(tmp_path: Path, role: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", (role / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    tasks = [task for block in blocks for task in yaml.safe_load(block)]
    assert tasks
    (tmp_path / "playbook.yml").write_text(yaml.safe_dump([{"hosts": "all", "tasks": tasks}]))
    answer = play(tmp_path, {"all": {"hosts": {"paris": LOCAL}}}, "playbook.yml", "--syntax-check")
    assert answer.returncode == 0, answer.stdout + answer.stderr
