# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing what is planned, step by step. PRIVATE to the collection."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._errors import FleetError, NotFound, Timeout
from .._release.wait import POLL_SECONDS, Waited, until_updated
from .._release.workloads import Workload, pod_reason
from . import fetch
from .objects import DAEMON_SET, NAME, NAMESPACE
from .plan import CREATE, DELETE, MERGE, REPLACE, WAIT_GONE, WAIT_READY

if TYPE_CHECKING:
    from .._context import Context
    from .._json import Json
    from .._kubernetes import Client
    from .plan import Plan, Step

_DRY_RUN = {"dryRun": "All"}
_KUBE_PROXY = Workload(DAEMON_SET, NAME, NAMESPACE)


@dataclass
class Applier:
    """Does steps; in check mode the API server only says whether it would, and nothing is waited for.

    Attributes:
        client: the way to the cluster.
        context: the task's side.
        wait_timeout: seconds for each wait.
        waited: what was waited for.
    """

    client: Client
    context: Context
    wait_timeout: int
    waited: list[Waited] = field(default_factory=list)

    def apply(self, planned: Plan) -> list[Json]:
        """Do all steps; return what was waited for.

        Raises:
            FleetError: the API server refuses, or a wait is too long; details tell how many steps were done.
        """
        for number, step in enumerate(planned.steps):
            try:
                self._do(step)
            except FleetError as error:
                error.details["done"] = [f"{one.verb} {one.title}" for one in planned.steps[:number]]
                raise
        return [item.as_dict() for item in self.waited]

    def _do(self, step: Step) -> None:
        if step.verb in {WAIT_GONE, WAIT_READY}:
            if not self.context.check_mode:
                self._wait(step)
            return
        self.context.progress(f"kube-proxy: {step.verb} {step.title}")
        query = _DRY_RUN if self.context.check_mode else None
        if step.verb == CREATE:
            self.client.create(step.path, step.body, query=query)
        elif step.verb == REPLACE:
            self.client.replace(step.path, step.body, query=query)
        elif step.verb == MERGE:
            self.client.patch(step.path, step.body, query=query)
        elif step.verb == DELETE:
            with suppress(NotFound):  # gone already is as it should be
                self.client.delete(step.path, query=query)

    def _wait(self, step: Step) -> None:
        if step.verb == WAIT_READY:
            self.waited += until_updated(self.client, [_KUBE_PROXY], timeout=self.wait_timeout, context=self.context)
            return
        self._until_gone(step)

    def _until_gone(self, step: Step) -> None:
        """Wait until no pod of kube-proxy is left on a node, or on any."""
        started = time.monotonic()
        while left := fetch.proxies(self.client, step.path or None):
            first = left[0]
            where = f"{fetch.name(first)} is {pod_reason(first)}"
            if time.monotonic() - started > self.wait_timeout:
                raise Timeout(
                    f"kube-proxy on {step.title}: {len(left)} pods are still there after {self.wait_timeout} s; "
                    f"{where}. Look at the node and its kubelet, and run again."
                )
            self.context.progress(f"kube-proxy on {step.title}: {len(left)} pods left, {where}")
            time.sleep(POLL_SECONDS)
        self.waited.append(Waited(f"kube-proxy on {step.title}", time.monotonic() - started, "gone"))
