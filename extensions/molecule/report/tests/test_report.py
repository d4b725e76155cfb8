"""The report holds what kubectl tells of the fleet, and a card for the cluster that nobody reaches."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node


@pytest.fixture(scope="module")
def page() -> Path:
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "report.html")


@pytest.fixture(scope="module")
def clusters(page: Path) -> dict[str, dict[str, Any]]:
    content = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    return {cluster["name"]: cluster for cluster in content["clusters"]}


def test_the_page_is_one_file_for_its_owner_and_group(page: Path) -> None:
    assert page.stat().st_mode & 0o777 == 0o640
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_every_agent_is_told_of(node: Node, clusters: dict[str, dict[str, Any]]) -> None:
    told = next(cluster["nodes"] for cluster in clusters.values() if node.name in cluster["nodes"])
    image = json.loads(node.cluster.kubectl("--namespace=kube-system", "get", "daemonset", "cilium", "--output=json"))
    version = image["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0].rpartition(":v")[2]
    assert told[node.name]["version"] == version


def test_the_cluster_that_nobody_reaches_has_a_card(clusters: dict[str, dict[str, Any]]) -> None:
    assert clusters["nowhere"]["state"] == "not_reached"
    assert "/nowhere/at/all.conf" in clusters["nowhere"]["unreachable"]
