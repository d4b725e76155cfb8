# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarting a mesh API server, so that it serves its newest certificate. PRIVATE to the collection."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from .._errors import NotFound
from .._release.wait import until_updated
from .._release.workloads import Workload
from .fetch import SERVICE

if TYPE_CHECKING:
    from .._context import Context
    from .._json import JsonObject
    from .._kubernetes import Client

# As kubectl rollout restart notes it.
_RESTARTED = "kubectl.kubernetes.io/restartedAt"


def serve_anew(client: Client, namespace: str, context: Context, *, seconds: int) -> None:
    """Restart a cluster's mesh API server and wait for it; one that is not there is left.

    A kubelet brings a changed Secret into a pod that runs only after a while, a minute or more (Kubernetes, "Secrets",
    on mounted Secrets that change), while a new pod has it at once.

    Args:
        client: of the cluster.
        namespace: of the mesh API server.
        context: the task's side.
        seconds: for all of it.

    Raises:
        Timeout: it is not up to date in time.
        ApiError, ConnectionFailed: as Client.patch().
    """
    server = Workload("Deployment", SERVICE, namespace)
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    body: JsonObject = {"spec": {"template": {"metadata": {"annotations": {_RESTARTED: stamp}}}}}
    try:
        client.patch(server.path, body)
    except NotFound:
        return
    until_updated(client, [server], timeout=seconds, context=context)
