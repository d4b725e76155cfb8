"""The program helm: found, probed, called, ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import HelmError, Timeout
from ansible_collections.fleet.cilium.plugins.module_utils._release import helm as helms
from ansible_collections.fleet.cilium.plugins.module_utils._release.workspace import Workspace
from ansible_collections.fleet.cilium.plugins.module_utils._versions import Version, parse

RELEASE = helms.Release("cilium", "kube-system", 60)
HOW = helms.Upgrade("/c", Path("/v"), atomic=True, server_side=True, history_max=5)


def program(folder: Path, text: str) -> str:
    path = folder / "helm"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("version", "extra"), [("3.22.0", ["--atomic"]), ("4.3.1", ["--force-conflicts", "--rollback-on-failure"])]
)
def test_upgrade(version: str, extra: list[str]) -> None:
    command = helms.Helm("/h", parse(version)).upgrade(RELEASE, HOW)
    common = "--install --namespace kube-system --timeout 60s --reset-values --values /v --history-max 5".split()
    assert command == ["/h", "upgrade", "cilium", "/c", *common, *extra]


def test_pull_and_uninstall() -> None:
    helm = helms.Helm("/h", Version(4, 0, 0))
    assert helm.uninstall(RELEASE) == "/h uninstall cilium --namespace kube-system --timeout 60s".split()
    pulled = helm.pull("cilium", repository="https://x", version="1.15.19", folder=Path("/f"))
    assert pulled == "/h pull cilium --destination /f --repo https://x --version 1.15.19".split()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo v3.13.3", "is version 3.13.3, expected 3.14 or later of 3, or 4; install helm"),
        ("echo v2.17.0", "expected 3.14"),
        ("echo v5.0.0", "expected 3.14"),
        ("echo what", "does not tell its version"),
        ("echo broken >&2; exit 3", r"does not tell its version \(broken\)"),
    ],
)
def test_a_helm_that_will_not_do_is_told_how_to_replace(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HelmError, match=message):
        helms.find(program(tmp_path, text))


def test_missing_helm_is_told_how_to_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HelmError, match=r"no program on PATH; install helm 3.14"):
        helms.find(None)
    with pytest.raises(HelmError, match="no program at /nowhere/helm"):
        helms.find("/nowhere/helm")


def test_version_is_probed_once(tmp_path: Path) -> None:
    path = program(tmp_path, f"echo x >> {tmp_path}/calls; echo v4.3.1")
    assert helms.find(path).version == helms.find(path).version == Version(4, 3, 1)
    assert (tmp_path / "calls").read_text() == "x\n"


def test_settings_that_lead_elsewhere_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HELM_KUBECONTEXT", "HELM_NAMESPACE", "HELM_DRIVER", "HELM_DEBUG", "KUBECONFIG"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", "/r")
    found = helms.environment()
    assert {name: value for name, value in found.items() if "HELM" in name or name == "KUBECONFIG"} == {
        "HELM_DRIVER": "secret",
        "HELM_REGISTRY_CONFIG": "/r",
    }


def test_what_the_user_says_of_garbage_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    assert helms.environment()["GOGC"] == "400"
    monkeypatch.setenv("GOGC", "100")
    assert helms.environment()["GOGC"] == "100"


def run(tmp_path: Path, text: str, timeout: int = 60) -> list[str]:
    with Workspace() as workspace:
        return helms.run([program(tmp_path, text)], workspace, what="upgrade of x", timeout=timeout)


def test_warnings_are_returned(tmp_path: Path) -> None:
    text = 'echo "W1121 07:00:00.1 1 warnings.go:70] v1 Old is deprecated" >&2; echo other >&2'
    assert run(tmp_path, text) == ["v1 Old is deprecated"]


def test_failure_says_what_helm_said(tmp_path: Path) -> None:
    with pytest.raises(HelmError, match="upgrade of x: helm failed: UPGRADE FAILED: no"):
        run(tmp_path, 'echo noise >&2; echo "Error: UPGRADE FAILED: no" >&2; exit 1')


def test_a_helm_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helms, "GRACE_SECONDS", 0)
    with pytest.raises(Timeout, match="did not end within 1 s"):
        run(tmp_path, "exec sleep 60", timeout=1)
