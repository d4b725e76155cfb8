"""Role cilium in a mesh, before helm: what each cluster is to get, and the authority. The API servers are scripted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import stub_api

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
ROLE = [{"ansible.builtin.include_role": {"name": "fleet.cilium.cilium"}}]
SECRETS = "/api/v1/namespaces/kube-system/secrets"
IDS = {"paris": 1, "berlin": 2, "lab": 0}
ASKED: dict[str, Any] = {
    "cilium_managed_by": "external",
    "cilium_version": "1.15.19",
    "cilium_clustermesh": {},
}


@dataclass
class Scripted:
    """Clusters of one node each, without Cilium; what is created in them is kept."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    stubs: dict[str, stub_api.Stub] = field(default_factory=dict)

    def created(self, cluster: str) -> list[dict[str, Any]]:
        """Return the Secrets that were created in a cluster."""
        requests = self.stubs[cluster].requests
        return [json.loads(one.body) for one in requests if (one.method, one.path) == ("POST", SECRETS)]


@contextmanager
def clusters() -> Iterator[Scripted]:
    found = Scripted()
    with ExitStack() as stack:
        for name, number in IDS.items():
            stub = stack.enter_context(stub_api.serve(Answers(f"192.0.{number}.11").answer))
            found.stubs[name] = stub
            found.hosts[name] = {
                **LOCAL,
                "cilium_kubeconfig": stub_api.kubeconfig(stub.url),
                "pods": f"10.{number}.0.0/16",
            }
        yield found


@dataclass(frozen=True)
class Answers:
    """What the API server of such a cluster says; ``address`` is its node's."""

    address: str

    def answer(self, request: stub_api.Request) -> stub_api.Answer:
        if request.method == "POST":
            return stub_api.Answer(201, json.loads(request.body))
        bodies: Mapping[str, object] = {
            "/version": {"gitVersion": "v1.28.4"},
            "/api/v1/nodes": {"items": [{"metadata": {"name": "n1"}, "status": {"addresses": self._addresses()}}]},
            SECRETS: {"items": []},
        }
        if request.path in bodies:
            return stub_api.Answer(body=bodies[request.path])
        return stub_api.refusal(404, "NotFound", f"{request.path}: not found")

    def _addresses(self) -> list[dict[str, str]]:
        return [{"type": "InternalIP", "address": self.address}]


def play(
    folder: Path, scripted: Scripted, *words: str, variables: Mapping[str, object] | None = None, **of_play: object
) -> str:
    """Play the role on all clusters; ids stand in the play, where hostvars do not have them. Return what was said."""
    settings = {
        "cilium_cluster_id": f"{{{{ {IDS}[inventory_hostname] }}}}",
        "cilium_pool_cidr": ["{{ pods }}"],
        **ASKED,
        **of_play,
    }
    plays = [{"hosts": "cilium_clusters", "gather_facts": False, "vars": settings, "tasks": ROLE}]
    hosts = {name: {**host, **(variables or {})} for name, host in scripted.hosts.items()}
    (folder / "inventory.yml").write_text(yaml.safe_dump({"cilium_clusters": {"hosts": hosts}}, sort_keys=False))
    (folder / "playbook.yml").write_text(yaml.safe_dump(plays))
    environment = {**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1", "no_proxy": "127.0.0.1"}
    command = ["ansible-playbook", "-i", "inventory.yml", "playbook.yml", *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shown(output: str) -> dict[str, Any]:
    """Return the Helm values that were shown, by host."""
    found = {}
    for part in output.split("ok: [")[1:]:
        host, _arrow, rest = part.partition("] => ")
        if '"cilium_extra_values"' in rest:
            found[host] = json.JSONDecoder().raw_decode(rest)[0]["msg"][-1]["cilium_extra_values"]
    return found


def mesh_of(output: str) -> dict[str, Any]:
    return {host: values.get("clustermesh") for host, values in shown(output).items()}


def peer(name: str) -> dict[str, Any]:
    return {"name": name, "ips": [f"192.0.{IDS[name]}.11"], "port": 32000 + IDS[name]}


def test_every_member_is_told_of_the_others_and_trusts_one_authority(tmp_path: Path) -> None:
    with clusters() as scripted:
        output = play(tmp_path, scripted, "-vvv")
        made = {name: scripted.created(name) for name in IDS}
    found = mesh_of(output)
    assert found["paris"]["config"] == {"enabled": True, "clusters": [peer("berlin")]}
    assert found["berlin"]["config"] == {"enabled": True, "clusters": [peer("paris")]}
    assert found["lab"] is None, "it has no id"
    assert shown(output)["paris"]["cluster"] == {"name": "paris", "id": 1}
    ((paris,), (berlin,)) = made["paris"], made["berlin"]
    assert paris["metadata"]["name"] == "cilium-ca"
    assert paris["data"] == berlin["data"]
    assert made["lab"] == []
    assert paris["data"]["ca.key"] not in output
    assert "PRIVATE KEY" not in output


def test_nothing_is_done_in_check_mode(tmp_path: Path) -> None:
    with clusters() as scripted:
        play(tmp_path, scripted, "--check")
        written = [one for stub in scripted.stubs.values() for one in stub.requests if one.method != "GET"]
    assert all(one.query.get("dryRun") == ["All"] for one in written)


def test_a_limited_run_is_told_the_same(tmp_path: Path) -> None:
    """The other member is known by the inventory alone, so that is where it has to say its id."""
    own = {"cilium_cluster_id": f"{{{{ {IDS}[inventory_hostname] }}}}", "cilium_version": "1.15.19"}
    with clusters() as scripted:
        output = play(tmp_path, scripted, "--limit", "berlin", variables={**own, "cilium_pool_cidr": ["{{ pods }}"]})
    assert mesh_of(output)["berlin"]["config"]["clusters"] == [peer("paris")]


@pytest.mark.parametrize("declared", [None, {}])
def test_without_a_declaration_nobody_asks(tmp_path: Path, declared: dict[str, Any] | None) -> None:
    """A converge without a mesh is not to pay for it."""
    with clusters() as scripted:
        named: dict[str, Any] = {"cilium_cluster_name": "{{ inventory_hostname }}"}
        output = play(tmp_path, scripted, cilium_clustermesh=declared, **named)
        asked = {one.path for one in scripted.stubs["paris"].requests}
    mesh = f"{SECRETS}/clustermesh-apiserver-server-cert"
    assert (mesh in asked) is (declared is not None)
    assert ("Work out what each member gets" in output) is (declared is not None)
