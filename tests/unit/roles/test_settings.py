"""The role cilium before helm: what it shows, what it keeps to itself, what it hands on. The API server is scripted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import stub_api

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
LINE = "MHcCAQEEIHl1cyB0aGlzIGlzIG5vdCBhIHJlYWwga2V5IGF0IGFsbCE="
KEY = f"-----BEGIN EC PRIVATE KEY-----\n{LINE}\n-----END EC PRIVATE KEY-----"
WORD = "c2VjcmV0IHdvcmQgb2YgYSBjZXJ0aWZpY2F0ZQ"
SECRETS = {"tls": {"ca": {"key": KEY}}, "hubble": {"relay": {"tls": {"key": WORD}}}, "debug": {"enabled": True}}


def answer(request: stub_api.Request) -> stub_api.Answer:
    if request.path == "/version":
        return stub_api.Answer(body={"gitVersion": "v1.28.4"})
    if request.path in {"/api/v1/nodes", "/api/v1/namespaces/kube-system/secrets"}:
        return stub_api.Answer(body={"items": []})
    return stub_api.refusal(404, "NotFound", f"{request.path}: not found")


def converge(
    folder: Path,
    *options: str,
    playbook: str = "fleet.cilium.converge",
    members: dict[str, dict[str, Any]] | None = None,
    **variables: object,
) -> subprocess.CompletedProcess[str]:
    with stub_api.serve(answer) as stub:
        host = {
            **LOCAL,
            "cilium_kubeconfig": stub_api.kubeconfig(stub.url),
            "cilium_managed_by": "external",
            "cilium_version": "1.15.19",
            **variables,
        }
        hosts = {name: {**host, **own} for name, own in (members or {"paris": {}}).items()}
        inventory = {"cilium_clusters": {"hosts": hosts}}
        (folder / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
        environment: Mapping[str, str] = {
            **os.environ,
            "ANSIBLE_HOME": str(folder),
            "ANSIBLE_NOCOLOR": "1",
            "no_proxy": "127.0.0.1",
        }
        command = ["ansible-playbook", "-i", "inventory.yml", playbook, *options]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


def said(played: subprocess.CompletedProcess[str]) -> str:
    return played.stdout + played.stderr


def secrets_in(text: str) -> list[str]:
    return [line for line in (LINE, WORD) if line in text]


def test_advice_is_readable_and_holds_no_credential(tmp_path: Path) -> None:
    played = converge(tmp_path, "-vvv", cilium_helm_values=SECRETS, cilium_debug=True)
    assert played.returncode == 0, said(played)
    assert secrets_in(said(played)) == []
    plain = converge(tmp_path, cilium_helm_values=SECRETS, cilium_mtu=1400)
    assert secrets_in(said(plain)) == []
    assert '"MTU": 1400' in plain.stdout
    assert '"key": "********"' in plain.stdout


def test_a_release_of_ours_shows_no_credential_either(tmp_path: Path) -> None:
    """It ends where helm would begin: there is no helm."""
    ours: dict[str, Any] = {"cilium_managed_by": "fleet", "cilium_helm_binary": f"{tmp_path}/no-helm-here"}
    played = converge(tmp_path, "-vvv", cilium_helm_values=SECRETS, **ours)
    assert played.returncode != 0
    assert "no-helm-here" in said(played)
    assert secrets_in(said(played)) == []


@pytest.mark.parametrize("ignored", ['["maglev_table_size_unknown"]', '"maglev_table_size_unknown, dsr"'])
def test_what_preflight_ignores_the_role_ignores_too(tmp_path: Path, ignored: str) -> None:
    asked: dict[str, Any] = {"cilium_maglev_table_size": 100, "cilium_loadbalancer_algorithm": "maglev"}
    refused = converge(tmp_path, **asked)
    assert refused.returncode != 0
    played = converge(tmp_path, "-e", f'{{"cilium_preflight_ignore": {ignored}}}', **asked)
    assert played.returncode == 0, said(played)
    assert '"tableSize": 100' in played.stdout
    assert played.stdout.count("maglev_table_size_unknown") >= 1, "the role says it, too"


def test_why_something_cannot_be_is_said(tmp_path: Path) -> None:
    """The tasks that work it out keep their results to themselves; the role alone, preflight would say it before."""
    (tmp_path / "playbook.yml").write_text(
        yaml.safe_dump([{"hosts": "cilium_clusters", "gather_facts": False, "roles": ["fleet.cilium.cilium"]}])
    )
    played = converge(tmp_path, playbook="playbook.yml", cilium_maglev_table_size=100, cilium_helm_values=SECRETS)
    assert played.returncode != 0
    assert "maglev_table_size_unknown" in said(played)
    assert secrets_in(said(played)) == []
    undefined = converge(tmp_path, playbook="playbook.yml", cilium_mtu="{{ nobody_knows }}")
    assert undefined.returncode != 0
    assert "nobody_knows" in said(undefined)


def test_the_first_member_of_a_mesh_is_asked_by_its_own_way(tmp_path: Path) -> None:
    """It is not in this run, and has no seed yet: that is known only by asking it."""
    member: dict[str, Any] = {"cilium_cluster_name": "{{ inventory_hostname }}", "cilium_maglev_hash_seed": "auto"}
    members = {
        "paris": {"cilium_cluster_id": 1, "cilium_pool_cidr": ["10.1.0.0/16"]},
        "berlin": {"cilium_cluster_id": 2, "cilium_pool_cidr": ["10.2.0.0/16"]},
    }
    played = converge(tmp_path, "--limit", "berlin", members=members, **member)
    assert played.returncode != 0
    assert "paris, which has none yet and is not in this run" in said(played)
