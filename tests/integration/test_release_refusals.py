"""What module release refuses: each a clear error, through both doors, and nothing is changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from testbed import pki
from testbed.fleet import Cluster
from tests.integration.release_site import Site, small_chart

NAMESPACE = "refusals"


@pytest.fixture
def site(bare_cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A namespace in which chart 1.15.19 is installed."""
    site = Site(bare_cluster.kubeconfig, NAMESPACE, tmp_path)
    site.kubectl("create", "namespace", NAMESPACE)
    site.helm_do("install", "cilium", small_chart(tmp_path))
    yield site
    site.kubectl("delete", "namespace", NAMESPACE)


def program(folder: Path, version: str) -> str:
    path = folder / f"helm-{version}"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return str(path)


def kubeconfig(site: Site, **changes: object) -> dict[str, object]:
    """Return the site's kubeconfig with entries of its cluster and user replaced."""
    found = json.loads(site.kubeconfig.read_text())
    for place in (found["clusters"][0]["cluster"], found["users"][0]["user"]):
        place.update({key: value for key, value in changes.items() if key in place})
    found["users"][0]["user"].update({key: value for key, value in changes.items() if key == "token"})
    return dict(found)


def charts(folder: Path) -> dict[str, str]:
    """Return charts by what is wrong with them."""
    return {
        "good": small_chart(folder / "good"),
        "not cilium": small_chart(folder / "nginx", name="nginx"),
        "for later clusters": small_chart(folder / "later", version="1.15.20", kubeVersion=">= 1.99.0-0"),
        "far ahead": small_chart(folder / "ahead", version="1.17.0"),
        "older": small_chart(folder / "older", version="1.15.1"),
    }


def cases(site: Site) -> dict[str, tuple[Mapping[str, object], str]]:
    """Return, by name, what a task is given beyond good options, and what its error says."""
    folder, found = site.folder, charts(site.folder)
    stranger = pki.Authority.create(folder / "pki", "stranger")
    authority = base64.b64encode((stranger.folder / "ca.crt").read_bytes()).decode()
    nobody = kubeconfig(site, token="nobody")
    user = cast("list[dict[str, dict[str, str]]]", nobody["users"])[0]["user"]
    for key in ("client-certificate-data", "client-key-data"):
        user.pop(key)
    later = {"chart": found["for later clusters"]}
    return {
        "chart not found": ({"chart": "/nowhere"}, "chart /nowhere: not found"),
        "not Cilium's chart": ({"chart": found["not cilium"]}, "its name is 'nginx'; expected Cilium's chart"),
        "another version": ({"chart_version": "1.14.0"}, "its version is 1.15.19, chart_version asks for 1.14.0"),
        "values are text": ({"values": "debug=true"}, "values: found a text, expected a mapping"),
        "values are a list": ({"values": [{"debug": True}]}, "values: found a list, expected a mapping"),
        "unknown value": ({"values": {"debugg": True}}, "knows no value debugg, so Helm would ignore it (did you mean"),
        "unknown context": ({"context": "nowhere"}, "nowhere"),
        "unreachable": ({"kubeconfig": kubeconfig(site, server="https://127.0.0.1:9")}, "no connection"),
        "unauthorised": ({"kubeconfig": nobody}, "401"),
        "wrong authority": (
            {"kubeconfig": kubeconfig(site, **{"certificate-authority-data": authority})},
            "certificate",
        ),
        "cluster too old": (later, "supports Kubernetes >= 1.99.0-0, the cluster is v1."),
        "helm missing": ({"helm_binary": "/nowhere/helm"}, "no program at /nowhere/helm; install helm 3.14 or later"),
        "helm too old": ({"helm_binary": program(folder, "v3.13.0")}, "is version 3.13.0, expected 3.14 or later"),
        "minor skipped": ({"chart": found["far ahead"]}, "more than one minor version ahead"),
        "downgrade": ({"chart": found["older"]}, "a downgrade can lose state"),
        "no timeout": ({"wait_timeout": 0}, "wait_timeout: found 0"),
        "no such choice": ({"lint": "perhaps"}, "value of lint must be one of: error, warn, off, got: perhaps"),
    }


@pytest.mark.parametrize(("door", "mode"), [("action", ()), ("module", ()), ("action", ("--check",))])
def test_bad_input_changes_nothing(site: Site, door: str, mode: tuple[str, ...]) -> None:
    listed = cases(site)
    good = {"chart": str(site.folder / "good" / "chart"), "values": {"debug": True}}
    before = site.state()
    played = site.play(*(site.options(**{**good, **given}) for given, _said in listed.values()), door=door, words=mode)
    for number, (name, (_given, said)) in enumerate(listed.items()):
        result = played.result(f"task {number}")
        assert result.get("failed") is True, (name, result)
        assert said in result["msg"], (name, result["msg"])
    assert site.state() == before


def test_what_another_manager_has_set_is_refused(site: Site) -> None:
    chart = small_chart(site.folder)
    site.release(chart=chart, values={"debug": True})
    record = json.loads(site.kubectl("get", "secret", "fleet-cilium.cilium", "-o", "json"))
    patch = {"data": {"release": None, "clustermesh": record["data"]["release"]}}
    site.kubectl("patch", "secret", "fleet-cilium.cilium", "-p", json.dumps(patch))
    before = site.state()
    result = site.release(chart=chart, values={"debug": False})
    assert "debug is set to another value by clustermesh" in result["msg"]
    assert result["conflicts"] == ["debug"]
    assert site.state() == before


def test_skipped_checks_let_it_pass(site: Site) -> None:
    found = charts(site.folder)
    assert site.release(chart=found["far ahead"], skip_checks=["minor_skip"])["release"]["chart_version"] == "1.17.0"
    assert site.release(chart=found["older"], skip_checks=["downgrade"])["release"]["chart_version"] == "1.15.1"
    warned = site.release(chart=found["older"], values={"debugg": True}, lint="warn")
    assert [finding["rule"] for finding in warned["findings"]] == ["unknown_value"]
    assert site.release(chart=found["older"], values={"debugg": True}, lint="off")["findings"] == []
