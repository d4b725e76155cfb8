"""Who may change a release, and the folder that tells whether a run still lives."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._errors import Unreachable
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_text
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._release import lease, workspace

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def held(*, ago: int, host: str = "elsewhere", folder: str = "/nowhere") -> JsonObject:
    renewed = (NOW - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "metadata": {"annotations": {lease.ANNOTATION: json.dumps({"host": host, "folder": folder})}},
        "spec": {"holderIdentity": "h/1/2", "renewTime": renewed, "leaseDurationSeconds": 600},
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, lease.FREE),
        (held(ago=1), lease.HELD),
        (held(ago=599), lease.HELD),
        (held(ago=601), lease.DEAD),
        (held(ago=1, host="here"), lease.DEAD),
        ({"metadata": {}, "spec": {}}, lease.DEAD),
        ({"metadata": {"annotations": {lease.ANNOTATION: "{"}}, "spec": {}}, lease.DEAD),
    ],
)
def test_judge(found: JsonObject | None, expected: str) -> None:
    assert lease.judge(found, now=NOW, host="here") == expected


def test_a_run_of_this_host_lives_as_long_as_its_folder_is_locked() -> None:
    with workspace.Workspace() as place:
        mine = held(ago=9999, host="here", folder=str(place.folder))
        assert lease.judge(mine, now=NOW, host="here") == lease.HERE
    assert lease.judge(mine, now=NOW, host="here") == lease.DEAD
    assert not place.folder.exists()


def test_a_run_lives_as_long_as_its_helm() -> None:
    place = workspace.Workspace()
    helm = subprocess.Popen(["sleep", "60"], pass_fds=(place.lock,))
    os.close(place.lock)  # as when the run is killed
    try:
        assert workspace.is_alive(str(place.folder))
    finally:
        helm.kill()
        helm.wait()
    assert not workspace.is_alive(str(place.folder))
    workspace.clear(str(place.folder))
    assert not place.folder.exists()


def test_only_folders_of_ours_are_cleared() -> None:
    workspace.clear("/etc")
    workspace.clear("/tmp")  # noqa: S108 -- named to show that it stays
    assert os.path.isdir("/etc")  # noqa: PTH112 -- plain question


def test_files_are_for_their_user_only() -> None:
    with workspace.Workspace() as place:
        path = place.write("values.json", {"a": 1})
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
        assert json.loads(path.read_text()) == {"a": 1}


@dataclass
class OneLease:
    """An API server that holds one Lease."""

    body: JsonObject
    away: bool = False

    def get(self, _path: str) -> JsonObject:
        if self.away:
            raise Unreachable("away")
        return self.body

    def replace(self, _path: str, body: JsonObject) -> None:
        self.body = body


@pytest.mark.parametrize(
    ("holder", "away", "seconds", "renewed"),
    [
        ("h/1/2", False, 0, True),
        ("h/1/2", False, 600, False),  # not yet due
        ("somebody else", False, 0, False),
        ("h/1/2", True, 0, False),
    ],
)
def test_progress_renews_the_lease(holder: str, away: bool, seconds: int, renewed: bool) -> None:
    said: list[str] = []
    server = OneLease(held(ago=500), away)
    context = Context(False, False, said.append, said.append, "action", holder)
    slot = lease.Slot("cilium", "kube-system", seconds=seconds)
    lease.renewing(cast(Client, server), slot, context).progress("helm is at work")
    assert said == ["helm is at work"]
    before = held(ago=500)
    assert (get_text(server.body, "spec", "renewTime") != get_text(before, "spec", "renewTime")) is renewed
    assert server.body["metadata"] == before["metadata"]
