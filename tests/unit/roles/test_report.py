"""The role report, by ansible-playbook: one cluster is a small API server, others cannot be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
NODES = ("n1", "n2", "n10")
TOKEN = "token-that-nobody-may-see"
NOBODY = "https://127.0.0.1:1"
STATUS = {
    "cilium": {"state": "Ok", "msg": "1.16.1 (v1.16.1-1)"},
    "routing": {"inter-host-routing-mode": "Native"},
    "kubernetes": {"state": "Ok", "msg": "1.33 (v1.33.2) [linux/amd64]"},
}


def pod(node: str) -> dict[str, object]:
    return {
        "metadata": {"namespace": "kube-system", "name": f"cilium-{node}"},
        "spec": {"nodeName": node, "containers": [{"name": "cilium-agent"}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


def script(request: Request) -> Answer | Exec:
    """A cluster of three nodes; the agent of n2 refuses, with a message that would break a page."""
    if request.path == "/version":
        return Answer(200, {"gitVersion": "v1.33.2"})
    if request.path == "/api/v1/nodes":
        info = {"status": {"nodeInfo": {"kernelVersion": "6.1.0"}}}
        return Answer(200, {"items": [{"metadata": {"name": name}, **info} for name in NODES]})
    if request.path.endswith("/pods"):
        return Answer(200, {"items": [pod(node) for node in NODES]})
    if "cilium-n2" in request.path:
        return refusal(403, "Forbidden", f"</script>{request.headers['authorization']}")
    if "/exec" in request.path:
        return Exec(((1, json.dumps(STATUS).encode()),), exit_status(0))
    if request.path.endswith(("/configmaps/cilium-config", "/configmaps/kubeadm-config", "/daemonsets/cilium")):
        return refusal(404, "NotFound", "not here")
    return Answer(200, {"items": []})


def without_secrets(request: Request) -> Answer | Exec:
    """The same, but it breaks down when it is asked for releases."""
    return refusal(500, "InternalError", "no") if request.path.endswith("/secrets") else script(request)


def run(folder: Path, clusters: dict[str, Any], *options: str, **variables: object) -> subprocess.CompletedProcess[str]:
    inventory = {"cilium_clusters": {"hosts": clusters, "vars": {**LOCAL, "cilium_version": "1.16.1", **variables}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
    environment = {**os.environ, "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_NOCOLOR": "1"}
    command = ["ansible-playbook", "-i", "inventory.yml", "fleet.cilium.report", *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over a cluster that answers and one that does not; what it printed lies in `output`."""
    folder = tmp_path_factory.mktemp("report")
    with serve(script) as stub, serve(without_secrets) as worse:
        clusters = {
            "berlin": {"cilium_kubeconfig": kubeconfig(NOBODY)},
            "paris": {
                "cilium_kubeconfig": kubeconfig(stub.url, user={"token": TOKEN}),
                "cilium_routing_mode": "tunnel",
            },
            "lyon": {"cilium_kubeconfig": kubeconfig(worse.url, user={"token": TOKEN})},
            "rome": {"cilium_kubeconfig": "/nowhere/at/all.conf"},
            "oslo": {"cilium_kubeconfig": kubeconfig(NOBODY)},
        }
        answer = run(folder, clusters, "--limit", "paris,berlin,rome,lyon", "-v")
    (folder / "output").write_text(answer.stdout + answer.stderr)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


def document(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "cilium-report.json").read_text()))


def by_name(folder: Path) -> dict[str, dict[str, Any]]:
    return {cluster["name"]: cluster for cluster in document(folder)["clusters"]}


def test_both_files_are_there_and_nobody_else_reads_them(played: Path) -> None:
    for name in ("cilium-report.html", "cilium-report.json"):
        assert (played / name).stat().st_mode & 0o777 == 0o640
    assert f'"msg": "{played}/cilium-report.html"' in (played / "output").read_text()
    assert [path.name for path in played.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_called_changed(played: Path) -> None:
    assert "changed=0" in (played / "output").read_text()
    assert "changed=1" not in (played / "output").read_text()


def test_a_cluster_that_answers(played: Path) -> None:
    paris = by_name(played)["paris"]
    assert paris["unreachable"] is None
    assert paris["kubernetes_version"] == "v1.33.2"
    assert {"cilium_routing_mode": "tunnel", "cilium_version": "1.16.1"}.items() <= paris["asked"].items()
    assert list(paris["nodes"]) == ["n1", "n2", "n10"]
    assert paris["nodes"]["n1"]["version"] == "1.16.1"
    assert paris["nodes"]["n2"] == {}
    rules = [found["rule"] for found in paris["findings"]]
    assert "exec_refused" in rules
    assert "not_compared" not in rules
    assert len(rules) == len({json.dumps(found) for found in paris["findings"]})
    routing = {feature["setting"]: feature for feature in paris["features"]}["cilium_routing_mode"]
    assert {node: cell["state"] for node, cell in routing["nodes"].items()} == {
        "n1": "fell_back",
        "n2": "unknown",
        "n10": "fell_back",
    }
    assert paris["release"]["status"] == "absent"
    assert paris["counts"]["answering"] == 2
    assert paris["machines"]["n10"] == {"kernel": "6.1.0"}


def test_a_comparison_that_fails_leaves_what_agents_say(played: Path) -> None:
    lyon = by_name(played)["lyon"]
    assert lyon["nodes"]["n1"]["version"] == "1.16.1"
    assert lyon["features"] is None
    assert lyon["release"] is None
    rules = [found["rule"] for found in lyon["findings"]]
    assert rules == ["not_compared", "exec_refused"]


def test_clusters_that_do_not_answer_are_cards_that_say_why(played: Path) -> None:
    known = by_name(played)
    assert "127.0.0.1:1" in known["berlin"]["unreachable"]
    assert "/nowhere/at/all.conf" in known["rome"]["unreachable"]
    assert known["rome"]["asked"] is None
    assert {name: cluster["state"] for name, cluster in known.items()} == {
        "berlin": "not_reached",
        "lyon": "errors",
        "paris": "errors",
        "rome": "not_reached",
    }


def test_clusters_outside_the_play_are_named(played: Path) -> None:
    assert document(played)["left_out"] == ["oslo"]


def test_no_secret_anywhere(played: Path) -> None:
    for name in ("cilium-report.html", "cilium-report.json", "output"):
        assert TOKEN not in (played / name).read_text()


def test_what_an_agent_says_ends_no_script(played: Path) -> None:
    page = (played / "cilium-report.html").read_text()
    assert page.count("</script>") == 2
    assert "\\u003c/script\\u003e" in page


def test_a_bad_path_is_refused(tmp_path: Path) -> None:
    clusters = {"berlin": {"cilium_kubeconfig": "/nowhere/at/all.conf"}}
    for path, message in {"/nowhere/report.html": "cannot be written", "report.pdf": "ends in .html"}.items():
        answer = run(tmp_path, clusters, cilium_report_path=path)
        assert answer.returncode != 0
        assert message in " ".join((answer.stdout + answer.stderr).split())


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    answer = run(tmp_path, {"berlin": {"cilium_kubeconfig": "/nowhere/at/all.conf"}}, "--check")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert not list(tmp_path.glob("cilium-report*"))
