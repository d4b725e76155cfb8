"""Module release against a real API server, through both doors, with helm and kubectl as witnesses."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import toolchain
from testbed.fleet import Cluster
from testbed.pki import Authority
from tests.integration.oci_registry import registry
from tests.integration.release_site import DOORS, Site, open_site, small_chart
from tests.stub_api import server_tls

VALUES = {"operator": {"replicas": 1}, "debug": {"enabled": True}, "extraConfig": {"a.b": "1"}}


@pytest.fixture
def site(bare_cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A namespace of its own, gone afterwards, on the cluster without nodes."""
    with open_site(bare_cluster, tmp_path) as opened:
        yield opened


@pytest.fixture
def chart(tmp_path: Path) -> str:
    return small_chart(tmp_path)


def life(site: Site, door: str, helm: str) -> list[dict[str, Any]]:
    """Take a release of the real chart through its life and return every result."""
    real = str(toolchain.find("chart"))
    options: dict[str, object] = {"chart": real, "helm_binary": str(toolchain.find(helm))}
    changed = {**VALUES, "debug": {"enabled": False}}
    results = []

    def step(*words: str, expect: bool, **given: object) -> dict[str, Any]:
        result = site.release(*words, door=door, **{**options, **given})
        results.append(result)
        assert result["changed"] is expect, result
        return result

    empty = site.state()
    assert step("--check", "--diff", expect=True, values=VALUES)["diff"]["after"]["values"] == VALUES
    assert site.state() == empty
    step(expect=True, values=VALUES)
    assert (site.status(), site.values()) == (("deployed", 1), VALUES)
    settled = site.state()
    step(expect=False, values=VALUES)
    step("--check", expect=False, values=VALUES)
    step("--check", "--diff", expect=True, values=changed)
    assert site.state() == settled
    assert step(expect=True, values=changed)["release"]["revision"] == 2
    assert site.values() == changed
    assert step(expect=True, values={})["pruned_values"] == ["debug.enabled", r"extraConfig.a\.b", "operator.replicas"]
    assert site.values() in ({}, None)
    step("--check", expect=True, state="absent", chart=None)
    assert site.status() == ("deployed", 3)
    step(expect=True, state="absent", chart=None)
    step(expect=False, state="absent", chart=None)
    assert site.helm("list") == []
    assert "cilium" not in site.kubectl("get", "secrets,leases,daemonsets,deployments,configmaps")
    return results


def test_life_is_the_same_through_both_doors(site: Site) -> None:
    assert life(site, "action", "helm") == life(site, "module", "helm")


def test_life_with_helm_3(site: Site) -> None:
    life(site, "action", "helm3")


def test_values_of_others_stay_until_purged(site: Site, chart: str) -> None:
    site.helm_do("install", "cilium", chart, "--set", "debug=true,extraConfig.theirs=1", program="helm3")
    taken = site.release(chart=chart, values={"debug": True})
    assert (taken["changed"], taken["foreign_values"], taken["release"]["revision"]) == (
        True,
        ["extraConfig.theirs"],
        1,
    )
    mine: dict[str, Any] = {"chart": chart, "values": {"debug": True, "extraConfig": {"mine": 2}}}
    assert site.release(**mine)["foreign_values"] == ["extraConfig.theirs"]
    assert site.values() == {"debug": True, "extraConfig": {"mine": 2, "theirs": 1}}
    site.helm_do("upgrade", "cilium", chart, "--reuse-values", "--set", "debug=false,extraConfig.more=3")
    back = site.release(**mine)
    assert (back["changed"], back["foreign_values"]) == (True, ["extraConfig.more", "extraConfig.theirs"])
    assert site.values() == {"debug": True, "extraConfig": {"mine": 2, "theirs": 1, "more": 3}}
    fewer = site.release(chart=chart, values={"extraConfig": {"mine": 2}})
    assert fewer["pruned_values"] == ["debug"]
    purged = site.release(chart=chart, values={"extraConfig": {"mine": 2}}, purge_foreign=True)
    assert (purged["pruned_values"], purged["foreign_values"]) == (["extraConfig.more", "extraConfig.theirs"], [])
    assert site.values() == {"extraConfig": {"mine": 2}}


def test_chart_counts_as_changed_by_its_content(site: Site, chart: str) -> None:
    site.release(chart=chart)
    package = shutil.make_archive(str(site.folder / "cilium"), "gztar", Path(chart).parent, "chart")
    packed = str(Path(package).rename(site.folder / "cilium-1.15.19.tgz"))
    assert site.release(chart=packed)["changed"] is False
    template = Path(chart) / "templates" / "small.yaml"
    template.write_text(template.read_text().replace("\ndata: {", "\ndata: {new: '1', "))
    result = site.release("--check", chart=chart)
    assert result["changed"] is True
    assert result["diff"]["before"] != result["diff"]["after"]
    again = site.release(chart=chart)
    assert again["changed"] is True, again
    assert again["release"]["revision"] == 2
    assert site.kubectl("get", "configmap", "small", "-o", "jsonpath={.data.new}") == "1"
    assert site.release(chart=chart)["changed"] is False


def test_null_is_helms(site: Site, chart: str) -> None:
    assert site.release(chart=chart, values={"debug": None})["changed"] is True
    assert site.values() == {"debug": None}
    assert site.release(chart=chart, values={"debug": None})["changed"] is False
    assert site.release(chart=chart, values={})["pruned_values"] == ["debug"]


def test_unchanged_needs_no_helm(site: Site, chart: str) -> None:
    site.release(chart=chart)
    assert site.release(chart=chart, helm_binary="/nowhere/helm")["changed"] is False


def test_chart_is_pulled_only_for_a_change(site: Site, chart: str) -> None:
    folder = site.folder / "repository"
    folder.mkdir()
    helm = str(toolchain.find("helm"))
    subprocess.run([helm, "package", chart, "-d", str(folder)], check=True, capture_output=True, timeout=60)
    server = subprocess.Popen(
        ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout
        port = server.stdout.readline().split(" port ")[1].split()[0]
        url = f"http://127.0.0.1:{port}"
        subprocess.run([helm, "repo", "index", str(folder), "--url", url], check=True, capture_output=True, timeout=60)
        remote: dict[str, Any] = {"chart": "cilium", "chart_repository": url, "chart_version": "1.15.19"}
        assert site.release(**remote)["changed"] is True
    finally:
        server.terminate()
        server.communicate()
    assert site.release(**remote, helm_binary="/nowhere/helm")["changed"] is False
    assert "pull of chart cilium: helm failed" in site.release(**remote, values={"debug": True})["msg"]
    assert site.status() == ("deployed", 1)


@pytest.mark.parametrize("program", ["helm", "helm3"])
def test_chart_comes_from_a_registry(
    site: Site, chart: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helm = str(toolchain.find(program))
    subprocess.run([helm, "package", chart, "-d", str(tmp_path)], check=True, capture_output=True, timeout=60)
    authority = Authority.create(tmp_path / "authority", "registry")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority" / "ca.crt"))
    package = tmp_path / "cilium-1.15.19.tgz"
    with registry(package, repository="charts/cilium", version="1.15.19", tls=server_tls(authority)) as stub:
        location = stub.url.replace("https://", "oci://") + "/charts/cilium"
        remote: dict[str, Any] = {"chart": location, "chart_version": "1.15.19", "helm_binary": helm}
        assert site.release(**remote)["changed"] is True
        asked = len(stub.requests)
        assert asked
        assert site.release(**remote)["changed"] is False
        assert len(stub.requests) == asked, "unchanged, and yet the registry was asked"
        assert "pull of chart" in site.release(**{**remote, "chart_version": "1.15.20"})["msg"]
    assert site.status() == ("deployed", 1)


def test_namespace_is_made_when_asked(site: Site, chart: str) -> None:
    other = Site(site.kubeconfig, f"{site.namespace}-new", site.folder)
    assert f"namespace {other.namespace}: not found" in other.release(chart=chart)["msg"]
    assert other.release("--check", chart=chart, create_namespace=True)["changed"] is True
    assert other.namespace not in site.kubectl("get", "namespaces")
    assert other.release(chart=chart, create_namespace=True)["changed"] is True
    assert other.status() == ("deployed", 1)
    other.kubectl("delete", "namespace", other.namespace, "--wait=false")


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: never}
spec:
  selector: {matchLabels: {app: never}}
  template:
    metadata: {labels: {app: never}}
    spec: {containers: [{name: main, image: "example.org/none:{{ .Values.debug }}"}]}
"""


@pytest.mark.parametrize("door", DOORS)
def test_waiting_in_vain_names_what_is_not_ready(site: Site, door: str) -> None:
    chart = small_chart(site.folder, templates={"never.yaml": DEPLOYMENT})
    given: dict[str, object] = {"chart": chart, "wait": True, "wait_timeout": 3}
    for result in (site.release(door=door, **given), site.release(door=door, **given)):
        assert result.get("failed") is True, result
        assert "deployment never" in result["msg"]
        assert "0 of 1 updated" in result["msg"]
        assert "not scheduled: no nodes available" in result["msg"]
        assert "last event: FailedScheduling" in result["msg"]
        assert [item["object"] for item in result["waited"]] == ["deployment never"]
    assert site.status() == ("deployed", 1)
    assert site.release(door=door, chart=chart)["changed"] is False


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_atomic_rolls_back(site: Site, helm: str) -> None:
    binary = str(toolchain.find(helm))
    plain = small_chart(site.folder / "plain")
    broken = small_chart(site.folder / "broken", templates={"never.yaml": DEPLOYMENT})
    site.release(chart=plain, helm_binary=binary, values={"debug": True})
    result = site.release(chart=broken, helm_binary=binary, values={"debug": False}, atomic=True, wait_timeout=3)
    assert "helm failed" in result["msg"]
    assert site.values() == {"debug": True}
    assert site.release(chart=plain, helm_binary=binary, values={})["pruned_values"] == ["debug"]
    assert site.status()[0] == "deployed"


def test_credentials_are_seen_nowhere(site: Site, chart: str, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = site.folder / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    secret = "c2VjcmV0LWtleS1vZi10aGUtY2x1c3Rlcg=="
    values = {"extraConfig": {"tls": {"ca": {"key": secret}}, "token": "tok-en-of-alpha", "cluster": "alpha"}}
    for door in DOORS:
        played = site.play(site.options(chart=chart, values=values), door=door, words=("-vvv", "--diff"))
        result = played.result("task 0")
        assert result["diff"]["after"]["values"]["extraConfig"]["cluster"] == "alpha"
        for text in (secret, "tok-en-of-alpha", "secret-key-of-the-cluster"):
            assert text not in played.output
        site.release(state="absent")
    assert not list(temporary.glob("fleet-cilium-*"))


def test_files_for_helm_are_private(site: Site, chart: str) -> None:
    """A program in helm's place tells what it was given, and how readable that is."""
    spy = site.folder / "spy"
    seen = site.folder / "seen"
    spy.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo v4.3.1 && exit\n'
        f'echo "$@" > {seen}\nfor word; do [ -f "$word" ] && stat -c %a:%n "$word" >> {seen}; done\nexit 1\n'
    )
    spy.chmod(stat.S_IRWXU)
    before = site.state()
    result = site.release(chart=chart, helm_binary=str(spy), values={"extraConfig": {"token": "tok-en-of-alpha"}})
    assert "helm failed" in result["msg"]
    text = seen.read_text()
    assert "tok-en-of-alpha" not in text
    files = [line for line in text.splitlines() if line.split(":")[0].isdigit()]
    assert len(files) == 2
    assert all(line.startswith("600:") for line in files)
    assert not any(Path(line.partition(":")[2]).exists() for line in files)
    assert site.state() == before
