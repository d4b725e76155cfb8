"""The ways to a cluster, found by ansible-playbook in inventories of several kinds. No cluster is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
PLAYBOOK = [
    {
        "hosts": "paris",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.include_role": {"name": "fleet.cilium.cilium", "tasks_from": "connection"}},
            {"ansible.builtin.copy": {"content": "{{ __cilium_connection | to_json }}", "dest": "{{ result_file }}"}},
        ],
    }
]


def run(
    folder: Path, *, groups: dict[str, object] | None = None, **variables: object
) -> subprocess.CompletedProcess[str]:
    inventory = {"all": {"hosts": {"paris": {**LOCAL, **variables}}}, **(groups or {})}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    (folder / "playbook.yml").write_text(yaml.safe_dump(PLAYBOOK))
    command = ["ansible-playbook", "-i", "inventory.yml", "playbook.yml", "-e", f"result_file={folder}/result.json"]
    environment = {**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def connection(folder: Path, **variables: Any) -> dict[str, Any]:
    result = run(folder, **variables)
    assert result.returncode == 0, result.stdout + result.stderr
    return dict(json.loads((folder / "result.json").read_text()))


@pytest.mark.parametrize("kubeconfig", ["/etc/paris.conf", {"apiVersion": "v1", "clusters": []}])
def test_kubeconfig_that_is_set(tmp_path: Path, kubeconfig: object) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "admin.conf").touch()
    found = connection(tmp_path, cilium_kubeconfig=kubeconfig, cilium_context="admin@paris")
    assert found == {"kubeconfig": kubeconfig, "context": "admin@paris"}


def test_artifact_of_kubespray(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "admin.conf").touch()
    assert connection(tmp_path) == {"kubeconfig": f"{tmp_path}/artifacts/admin.conf", "context": None}


def test_no_way(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.returncode != 0
    assert "paris: no way to the cluster" in result.stdout + result.stderr


def test_a_node_without_admin_conf_says_so(tmp_path: Path) -> None:
    """The task that reads it keeps its result to itself; why it failed must not be lost with that."""
    if Path("/etc/kubernetes/admin.conf").exists():
        pytest.skip("this machine is a control-plane node")
    node = {**LOCAL, "cilium_cluster": "paris", "ansible_become": False}
    result = run(tmp_path, groups={"kube_control_plane": {"hosts": {"n1": node}}})
    assert result.returncode != 0
    told = " ".join((result.stdout + result.stderr).split())
    assert "n1: /etc/kubernetes/admin.conf cannot be read (" in told


def test_a_node_that_does_not_answer_says_so(tmp_path: Path) -> None:
    node = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "cilium_cluster": "paris"}
    result = run(tmp_path, groups={"kube_control_plane": {"hosts": {"n1": node}}})
    assert result.returncode != 0
    assert "n1: /etc/kubernetes/admin.conf cannot be read" in " ".join((result.stdout + result.stderr).split())
