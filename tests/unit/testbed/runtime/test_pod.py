"""A pod's worker outlives what may go wrong with its node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testbed.api import Api, Object
from testbed.bare import BareCluster
from testbed.errors import TestbedError
from testbed.fleet import Node
from testbed.runtime.pod import PodWorker

POD: Object = {"metadata": {"namespace": "n", "name": "p", "uid": "u"}, "spec": {"containers": []}}


def test_a_pod_whose_node_was_away_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("c-1", "192.0.2.2", 24, "c")
    cluster = BareCluster("c", 1, "192.0.2.1", 6443, "10.0.0.0/16", "10.1.0.0/16", (node,))
    worker = PodWorker(Api(cluster), cluster, node, POD)
    told: list[str] = []
    errors: Iterator[Exception | None] = iter([TestbedError("node c-1: does not run"), OSError("no folder"), None])

    def live() -> None:
        told.append("live")
        if error := next(errors):
            raise error
        worker.stopping.set()

    monkeypatch.setattr(worker, "_live", live)
    monkeypatch.setattr(worker, "_end", lambda: told.append("end"))
    worker.run()
    assert told == ["live", "live", "live", "end"]
