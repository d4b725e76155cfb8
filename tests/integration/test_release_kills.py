"""Runs of module release that are killed, and others' that are still at work."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import toolchain
from testbed.fleet import Cluster
from tests.integration.release_site import DOORS, Site, kill, open_site, small_chart, until

# A hook whose pod is never scheduled: helm stays in pending-install or pending-upgrade until its timeout.
HOOK = """
{{- if index .Values.extraConfig "hook" }}
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {"helm.sh/hook": "pre-install,pre-upgrade"}}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: main, image: "example.org/none"}]}}
{{- end }}
"""
STUCK = {"extraConfig": {"hook": True, "killed": 1}}
LEASE = "fleet-cilium-cilium"


@pytest.fixture
def site(bare_cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A namespace of its own."""
    with open_site(bare_cluster, tmp_path) as opened:
        yield opened


@pytest.fixture
def chart(tmp_path: Path) -> str:
    return small_chart(tmp_path, templates={"hook.yaml": HOOK})


def is_pending(site: Site) -> bool:
    return bool(site.helm("list", "--pending"))


def has_lease(site: Site) -> bool:
    return LEASE in site.kubectl("get", "leases", "-o", "name")


def converges(site: Site, door: str, **given: object) -> None:
    """The next run does what is asked, the one after it finds nothing to do, and nothing is left of the killed one."""
    result = site.release(door=door, **given)
    assert result["changed"] is True, result
    assert result["foreign_values"] == []
    assert site.status()[0] == "deployed"
    assert site.values() == given["values"]
    assert not has_lease(site)
    assert site.release(door=door, **given)["changed"] is False


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("installed", [False, True], ids=["install", "upgrade"])
def test_killed_while_helm_is_at_work(site: Site, chart: str, door: str, installed: bool) -> None:
    if installed:
        site.release(chart=chart, values={"debug": True})
    run = site.start(door=door, chart=chart, values=STUCK)
    until(lambda: is_pending(site), "a pending revision")
    kill(run)
    assert is_pending(site)
    assert has_lease(site)
    checked = site.release("--check", door=door, chart=chart, values={"debug": False})
    assert checked["changed"] is True, checked
    converges(site, door, chart=chart, values={"debug": False})


@pytest.mark.parametrize("door", DOORS)
def test_killed_while_its_helm_lives_on(site: Site, chart: str, door: str) -> None:
    run = site.start(door=door, chart=chart, values=STUCK, wait_timeout=8)
    until(lambda: is_pending(site), "a pending revision")
    kill(run, spare="helm")
    started = time.monotonic()
    converges(site, door, chart=chart, values={"debug": False})
    assert time.monotonic() - started > 2, "the helm that was left should have been waited for"


@pytest.mark.parametrize("moment", [0.1, 0.4, 0.8])
def test_killed_at_any_moment(site: Site, moment: float) -> None:
    """The real chart, killed this many seconds after the run took the Lease."""
    real = str(toolchain.find("chart"))
    run = site.start(chart=real, values={"debug": {"enabled": True}, "operator": {"replicas": 1}})
    until(lambda: has_lease(site) or run.poll() is not None, "the Lease")
    time.sleep(moment)
    kill(run)
    converges(site, "action", chart=real, values={"debug": {"enabled": False}})
    assert site.release(state="absent")["changed"] is True
    assert not site.helm("list", "--failed", "--deployed", "--pending", "--uninstalling")


def test_killed_while_uninstalling(site: Site) -> None:
    hook = HOOK.replace("pre-install,pre-upgrade", "pre-delete")
    chart = small_chart(site.folder, templates={"hook.yaml": hook})
    site.release(chart=chart, values=STUCK)
    run = site.start(state="absent")
    until(lambda: site.helm("list", "--uninstalling"), "an uninstalling revision")
    kill(run)
    converges(site, "action", chart=chart, values={"debug": True})
    assert site.release(state="absent")["changed"] is True
    assert site.helm("list") == []


@pytest.mark.parametrize("door", DOORS)
def test_pending_by_somebody_else_is_an_error(site: Site, chart: str, door: str) -> None:
    values = site.folder / "stuck.json"
    values.write_text(json.dumps(STUCK))
    command = [str(toolchain.find("helm3")), "install", "cilium", chart, "-n", site.namespace, "-f", str(values)]
    helm = subprocess.Popen(
        [*command, "--kubeconfig", str(site.kubeconfig)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: is_pending(site), "a pending revision")
    helm.kill()
    helm.wait()
    before = site.state()
    for words in ((), ("--check",)):
        result = site.release(*words, door=door, chart=chart)
        assert "revision 1 is pending-install since 20" in result["msg"]
        assert "set force_unlock" in result["msg"]
    assert site.state() == before
    result = site.release(door=door, chart=chart, force_unlock=True, purge_foreign=True)
    assert (result["changed"], result["release"]["revision"]) == (True, 2)
    assert "revision 1 was never finished; set to failed" in str(result["warnings"])


def test_a_lease_of_another_host(site: Site, chart: str) -> None:
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": LEASE, "namespace": site.namespace},
        "spec": {"holderIdentity": "far/1/1", "renewTime": "2999-01-01T00:00:00.000000Z"},
    }
    path = site.folder / "lease.json"
    path.write_text(json.dumps(lease))
    site.kubectl("create", "-f", str(path))
    before = site.state()
    assert "far/1/1 is changing it" in site.release(chart=chart)["msg"]
    assert site.state() == before
    past = {"spec": {"renewTime": "2020-01-01T00:00:00.000000Z", "leaseDurationSeconds": 60}}
    site.kubectl("patch", "lease", LEASE, "--type=merge", "-p", json.dumps(past))
    assert site.release(chart=chart)["changed"] is True
    assert not has_lease(site)


def test_two_runs_at_once_go_one_after_the_other(site: Site, chart: str) -> None:
    runs = [site.start(door=door, chart=chart, values={"debug": door == "action"}) for door in DOORS]
    for run in runs:
        output, _none = run.communicate(timeout=120)
        assert run.returncode == 0, output
    history = site.helm("history", "cilium")
    assert [entry["status"] for entry in history] == ["superseded", "deployed"]
    assert not has_lease(site)
