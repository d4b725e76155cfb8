# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer per release: a Lease ``fleet-cilium-<release>``. PRIVATE to the collection.

It stands while a run changes the release, renewed as that goes on, and is deleted at its end. A Lease that is there is
dead when its time is over, or when its run and that run's helm are gone from this host; what a dead one left behind may
be taken over.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from .._context import process_start
from .._errors import Conflict, FleetError, NotFound
from .._json import get_int, get_object, get_text
from . import workspace as places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._context import Context, Telling
    from .._json import JsonObject
    from .._kubernetes import Client
    from .workspace import Workspace

ANNOTATION = "fleet.cilium/run"
POLL_SECONDS = 1.0
# helm calls a release deployed a moment before its own process ends.
_ENDING_SECONDS = 10.0
_ENDING_POLL_SECONDS = 0.2
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"

FREE = "free"
DEAD = "dead"
HERE = "here"
HELD = "held"


@dataclass(frozen=True)
class Slot:
    """Which Lease guards a release, and for how long it stands without being renewed (seconds)."""

    release: str
    namespace: str
    seconds: int
    force: bool = False

    @property
    def name(self) -> str:
        """The Lease's name."""
        return f"fleet-cilium-{self.release}"

    @property
    def collection(self) -> str:
        """The API path of the namespace's Leases."""
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    @property
    def path(self) -> str:
        """The API path of the Lease."""
        return f"{self.collection}/{self.name}"


def judge(lease: JsonObject | None, *, now: datetime, host: str) -> str:
    """Return what a Lease says: FREE, DEAD, HERE (a live run on this host) or HELD (one elsewhere)."""
    if lease is None:
        return FREE
    if _run_of(lease).get("host") == host:
        return HERE if places.is_alive(_run_of(lease).get("folder", "")) else DEAD
    return HELD if now < _expiry(lease) else DEAD


def _run_of(lease: JsonObject) -> dict[str, str]:
    text = get_text(lease, "metadata", "annotations", ANNOTATION) or "{}"
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _expiry(lease: JsonObject) -> datetime:
    renewed = get_text(lease, "spec", "renewTime")
    if renewed is None:
        return datetime.min.replace(tzinfo=timezone.utc)
    start = datetime.strptime(renewed, _TIME).replace(tzinfo=timezone.utc)
    return start + timedelta(seconds=get_int(lease, "spec", "leaseDurationSeconds") or 0)


def read(client: Client, slot: Slot) -> JsonObject | None:
    """Return the Lease, None when there is none."""
    try:
        return client.get(slot.path)
    except NotFound:
        return None


def state(client: Client, slot: Slot) -> str:
    """Return what the Lease says now, without touching it."""
    return judge(read(client, slot), now=_now(), host=places.this_host())


def clear_dead(client: Client, slot: Slot) -> None:
    """Remove a Lease whose run is known to be gone, and the folder of a run of this host.

    The helm that a killed run has left is given some seconds to end; a run that is alive is left alone at once.
    """
    lease = read(client, slot)
    if lease is None or _judge_ending(lease) != DEAD:
        return
    _clear_folder(lease)
    version = get_text(lease, "metadata", "resourceVersion")
    with suppress(NotFound, Conflict):  # somebody else has cleared it, or taken it
        client.delete(slot.path, body={"preconditions": {"resourceVersion": version}})


def _judge_ending(lease: JsonObject) -> str:
    """Return what a Lease says; the helm that a killed run of this host has left is given some seconds to end."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while True:
        found = judge(lease, now=_now(), host=places.this_host())
        if found != HERE or _has_run(lease) or time.monotonic() > deadline:
            return found
        time.sleep(_ENDING_POLL_SECONDS)


def _has_run(lease: JsonObject) -> bool:
    """Tell whether the run that holds a Lease of this host lives; one whose holder cannot be read is taken to."""
    process, _slash, start = (get_text(lease, "spec", "holderIdentity") or "").rpartition("/")
    number = process.rpartition("/")[2]
    return not number.isdecimal() or str(process_start(int(number)) or 0) == start


def _clear_folder(lease: JsonObject) -> None:
    """Remove what a run of this host left in files."""
    if _run_of(lease).get("host") == places.this_host():
        places.clear(_run_of(lease).get("folder", ""))


@contextmanager
def hold(client: Client, slot: Slot, *, context: Context, workspace: Workspace) -> Iterator[str]:
    """Hold the Lease for the length of a block; give what it said before (FREE, DEAD, or HELD when forced).

    A live run on this host is waited for; one elsewhere is an error, unless ``slot.force``.
    """
    before, lease = _await_turn(client, slot, context)
    wanted = _body(slot, context, workspace)
    try:
        if lease is None:
            client.create(slot.collection, wanted)
        else:
            metadata = get_object(wanted, "metadata")
            metadata["resourceVersion"] = get_text(lease, "metadata", "resourceVersion")
            client.replace(slot.path, wanted)
    except Conflict as error:
        raise FleetError(f"release {slot.namespace}/{slot.release}: another run began just now; try again") from error
    if lease is not None:
        _clear_folder(lease)
    went_well = False
    try:
        yield before
        went_well = True
    finally:
        if went_well:
            _drop(client, slot, context.holder)
        else:
            _drop_if_possible(client, slot, context)  # what went wrong first is what is to be told


def renewing(client: Client, slot: Slot, context: Context) -> Context:
    """Return the context with a progress that also renews the Lease, three times in its duration.

    Whoever waits tells of its progress, so a run that goes on keeps its Lease for as long as it takes.
    """
    last = [time.monotonic()]

    def progress(text: Telling) -> None:
        if time.monotonic() - last[0] > slot.seconds / 3:
            last[0] = time.monotonic()
            with suppress(FleetError):  # there are two more times before it is over
                _renew(client, slot, context.holder)
        context.progress(text)

    return replace(context, progress=progress)


def _renew(client: Client, slot: Slot, holder: str) -> None:
    """Write the time into the Lease, if it is still this run's."""
    lease = client.get(slot.path)
    spec = get_object(lease, "spec")
    if get_text(spec, "holderIdentity") == holder:
        client.replace(slot.path, {**lease, "spec": {**spec, "renewTime": _now().strftime(_TIME)}})


def refuse_others(client: Client, slot: Slot) -> None:
    """Raise FleetError while a run on another host holds the Lease, unless ``slot.force``."""
    lease = read(client, slot)
    if not slot.force and judge(lease, now=_now(), host=places.this_host()) == HELD:
        raise _refusal(slot, lease)


def _holder(lease: JsonObject | None) -> str:
    return get_text(lease, "spec", "holderIdentity") or "somebody"


def _refusal(slot: Slot, lease: JsonObject | None) -> FleetError:
    until = "it ends" if lease is None else f"{_expiry(lease):%H:%M:%S} UTC at the latest"
    return FleetError(
        f"release {slot.namespace}/{slot.release}: {_holder(lease)} is changing it; try again when that run is done "
        f"({until}), or set force_unlock (role: cilium_force_unlock) if it is certain that it is gone"
    )


def _await_turn(client: Client, slot: Slot, context: Context) -> tuple[str, JsonObject | None]:
    deadline = time.monotonic() + slot.seconds
    while True:
        lease = read(client, slot)
        found = judge(lease, now=_now(), host=places.this_host())
        if found in (FREE, DEAD) or slot.force:
            return found, lease
        holder = _holder(lease)
        if found == HELD or time.monotonic() > deadline:
            raise _refusal(slot, lease)
        context.progress(f"waiting for {holder}, which is changing release {slot.namespace}/{slot.release}")
        time.sleep(POLL_SECONDS)


def _body(slot: Slot, context: Context, workspace: Workspace) -> JsonObject:
    run = json.dumps({"host": places.this_host(), "folder": str(workspace.folder)})
    stamp = _now().strftime(_TIME)
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": slot.name, "namespace": slot.namespace, "annotations": {ANNOTATION: run}},
        "spec": {
            "holderIdentity": context.holder,
            "acquireTime": stamp,
            "renewTime": stamp,
            "leaseDurationSeconds": slot.seconds,
        },
    }


def _drop(client: Client, slot: Slot, holder: str) -> None:
    """Delete the Lease if it is still this run's."""
    lease = read(client, slot)
    if lease is not None and get_text(lease, "spec", "holderIdentity") == holder:
        client.delete(slot.path)


def _drop_if_possible(client: Client, slot: Slot, context: Context) -> None:
    try:
        _drop(client, slot, context.holder)
    except FleetError as error:
        context.warn(
            f"Lease {slot.namespace}/{slot.name} could not be deleted: {error.message} It stands for {slot.seconds} s "
            "for runs on other hosts; one on this host goes on at once."
        )


def _now() -> datetime:
    return datetime.now(timezone.utc)
