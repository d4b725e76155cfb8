"""A whole run against an API server that only answers questions: what an unchanged release costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release import chart as charts
from ansible_collections.fleet.cilium.plugins.module_utils._release.arguments import ARGUMENTS
from ansible_collections.fleet.cilium.plugins.module_utils._release.ownership import Claim, digests, write_record
from ansible_collections.fleet.cilium.plugins.module_utils._release.run import run

from tests.unit.plugins.module_utils._release.test_chart import folder
from tests.unit.plugins.module_utils._release.test_store import FakeClient, secret

VALUES: JsonObject = {"debug": {"enabled": True}}


class Reader(FakeClient):
    """Has no way to write, and the attributes that a run looks at."""

    def __init__(self, *objects: JsonObject) -> None:
        super().__init__(*objects)
        self.warnings = ["v1 Something is deprecated"]


def release(location: str, config: JsonObject) -> JsonObject:
    chart = charts.load(location)
    stored: JsonObject = {"metadata": chart.metadata, "values": chart.defaults, "templates": []}
    return secret(3, config=config, chart=stored, info={"status": "deployed", "notes": "Well done."})


def record(location: str, values: JsonObject, ready: int | None = 3) -> JsonObject:
    claim = Claim(owned=digests(values), content=charts.load(location).content, revision=3, ready=ready)
    return write_record("cilium", {"release": claim}, namespace="kube-system")


def play(client: Reader, monkeypatch: pytest.MonkeyPatch, **given: Json) -> tuple[dict[str, object], list[str]]:
    def connect(_params: Mapping[str, Json]) -> Reader:
        return client

    monkeypatch.setattr(_kubernetes, "connect", connect)
    warned: list[str] = []
    context = Context(
        check_mode=False, diff=False, warn=warned.append, progress=print, door="action", holder="host/1/1"
    )
    params = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
    return run(cast(JsonObject, {**params, **given}), context), warned


def test_unchanged_is_two_requests_and_no_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = folder(tmp_path)
    client = Reader(release(location, VALUES), record(location, VALUES))
    monkeypatch.setenv("PATH", str(tmp_path))
    result, warned = play(client, monkeypatch, chart=location, values=VALUES)
    assert len(client.requests) == 2
    assert warned == ["v1 Something is deprecated"]
    assert result == {
        "changed": False,
        "release": {
            "name": "cilium",
            "namespace": "kube-system",
            "revision": 3,
            "status": "deployed",
            "chart_version": "1.15.19",
            "app_version": "1.15.19",
        },
        "foreign_values": [],
        "pruned_values": [],
        "findings": [],
        "waited": [],
        "notes": "Well done.",
    }


def test_never_installed_and_absent_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Reader()
    result, _warned = play(client, monkeypatch, state="absent")
    assert (result["changed"], len(client.requests)) == (False, 1)


def test_a_chart_by_name_is_not_pulled_when_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = folder(tmp_path)
    client = Reader(release(location, VALUES), record(location, VALUES))
    monkeypatch.setenv("PATH", str(tmp_path))
    remote: dict[str, Json] = {"chart": "oci://example.org/cilium", "chart_version": "v1.15.19", "values": VALUES}
    result, _warned = play(client, monkeypatch, **remote)
    assert (result["changed"], len(client.requests)) == (False, 2)


def test_bad_options_are_refused_before_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Reader()
    with pytest.raises(InputError, match="values: found a text"):
        play(client, monkeypatch, chart="/c", values="debug=true")
    assert client.requests == []
