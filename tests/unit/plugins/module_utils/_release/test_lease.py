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
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, holder, process_start
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError, NotFound, Timeout, Unreachable
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_object, get_text
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


def test_a_process_that_has_ended_is_none_before_its_parent_asks_for_it() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert isinstance(process_start(process.pid), int)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process_start(process.pid) is None


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

    def create(self, _path: str, body: JsonObject) -> None:
        self.body = body

    def replace(self, _path: str, body: JsonObject) -> None:
        self.body = body

    def delete(self, _path: str) -> None:
        self.body = {}


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
    said: list[object] = []
    server = OneLease(held(ago=500), away)
    context = Context(False, False, said.append, said.append, "action", holder)
    slot = lease.Slot("cilium", "kube-system", seconds=seconds)
    lease.renewing(cast(Client, server), slot, context).progress("helm is at work")
    assert said == ["helm is at work"]
    before = held(ago=500)
    assert (get_text(server.body, "spec", "renewTime") != get_text(before, "spec", "renewTime")) is renewed
    assert server.body["metadata"] == before["metadata"]


def test_what_went_wrong_is_told_though_the_lease_cannot_be_deleted() -> None:
    warned: list[object] = []
    server = OneLease(held(ago=9999))
    context = Context(False, False, warned.append, warned.append, "action", "h/1/2")
    slot = lease.Slot("cilium", "kube-system", seconds=600)

    def run() -> None:
        with workspace.Workspace() as place, lease.hold(cast(Client, server), slot, context=context, workspace=place):
            server.away = True
            raise Timeout("not up to date", waited=["daemonset cilium"])

    with pytest.raises(Timeout, match="not up to date") as failure:
        run()
    assert failure.value.details == {"waited": ["daemonset cilium"]}
    assert "Lease kube-system/fleet-cilium-cilium could not be deleted: away" in str(warned)


def test_a_lease_is_deleted_in_the_end_and_if_that_fails_it_is_told() -> None:
    server = OneLease(held(ago=9999))
    context = Context(False, False, print, print, "action", "h/1/2")
    slot = lease.Slot("cilium", "kube-system", seconds=600)
    with workspace.Workspace() as place:
        with lease.hold(cast(Client, server), slot, context=context, workspace=place):
            assert get_text(server.body, "spec", "holderIdentity") == "h/1/2"
        assert server.body == {}
        server.body = held(ago=9999)
        with pytest.raises(Unreachable), lease.hold(cast(Client, server), slot, context=context, workspace=place):
            server.away = True


@dataclass
class LeaseThatGoes:
    """An API server with a Lease that may be deleted, or without one."""

    lease: JsonObject | None
    deleted: JsonObject | None = None

    def get(self, _path: str) -> JsonObject:
        if self.lease is None:
            raise NotFound("no", status=404, reason="NotFound")
        return self.lease

    def delete(self, _path: str, *, body: JsonObject) -> JsonObject:
        self.deleted = body
        return {}


@pytest.mark.parametrize(("age", "gone"), [(599, False), (601, True)])
def test_only_the_lease_of_a_dead_run_is_cleared(age: int, gone: bool) -> None:
    began = datetime.now(UTC) - timedelta(seconds=age)
    stamp = began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    found = held(ago=0)
    found["spec"] = {"renewTime": stamp, "leaseDurationSeconds": 600}
    found["metadata"] = {"resourceVersion": "7"}
    server = LeaseThatGoes(found)
    lease.clear_dead(cast(Client, server), lease.Slot("cilium", "kube-system", seconds=600))
    assert server.deleted == ({"preconditions": {"resourceVersion": "7"}} if gone else None)


@pytest.mark.parametrize(
    ("age", "force", "refused"), [(599, False, True), (599, True, False), (601, False, False), (None, False, False)]
)
def test_work_beside_the_release_is_refused_while_a_run_elsewhere_holds_the_lease(
    age: int | None, force: bool, refused: bool
) -> None:
    found = held(ago=0)
    if age is not None:
        began = datetime.now(UTC) - timedelta(seconds=age)
        get_object(found, "spec")["renewTime"] = began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    server = LeaseThatGoes(found if age is not None else None)
    slot = lease.Slot("cilium", "kube-system", seconds=600, force=force)
    if not refused:
        lease.refuse_others(cast(Client, server), slot)
        return
    with pytest.raises(FleetError, match=r"cilium: h/1/2 is changing it; .* or set force_unlock"):
        lease.refuse_others(cast(Client, server), slot)


@dataclass
class Ending:
    """Time that passes while one sleeps, and a killed run's helm that holds the lock until its end."""

    lock: int
    end: float
    now: float = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        before, self.now = self.now, self.now + seconds
        if before < self.end <= self.now:
            os.close(self.lock)


KILLED = "h/99999999/1"
NEVER = 1e9


@pytest.mark.parametrize(
    ("by", "end", "gone", "waited"),
    [
        pytest.param(KILLED, 0.3, True, (0.3, 1), id="its helm ends"),
        pytest.param(f"h/{os.getpid()}/1", 5, True, (5, 6), id="another process has its number now"),
        pytest.param(KILLED, NEVER, False, (10, 11), id="its helm is at work"),
        pytest.param(holder(), NEVER, False, (0, 0), id="the run lives"),
        pytest.param("somebody", NEVER, False, (0, 0), id="nobody knows who"),
    ],
)
def test_a_killed_runs_helm_is_given_time_to_end(
    by: str, end: float, gone: bool, waited: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = workspace.Workspace()
    clock = Ending(place.lock, end)
    monkeypatch.setattr(lease, "time", clock)
    found = held(ago=0, host=workspace.this_host(), folder=str(place.folder))
    server = LeaseThatGoes({**found, "spec": {"holderIdentity": by}})
    lease.clear_dead(cast(Client, server), lease.Slot("cilium", "kube-system", seconds=600))
    assert (server.deleted is not None, not place.folder.exists()) == (gone, gone)
    assert waited[0] <= clock.now <= waited[1]
    if not gone:
        os.close(place.lock)
        workspace.clear(str(place.folder))
