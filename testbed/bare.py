"""A control plane without nodes, or with nodes that only kwok plays; many may run side by side."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed import control_plane
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Node

ADDRESS = "127.0.0.1"
BLOCK = 4  # ports in a row: API server, etcd, its peer port, kwok


@dataclass(frozen=True)
class BareCluster(Cluster):
    """A cluster whose files lie in a folder of its own, out of the way of the fleet's."""

    place: Path = Path()

    @property
    def folder(self) -> Path:
        """Where the control plane keeps its files."""
        return self.place


@contextmanager
def bare_cluster(name: str, *, nodes: int = 0, programs: Sequence[str] = control_plane.PROGRAMS) -> Iterator[Cluster]:
    """Start a control plane, or some of its programs, on loopback; it is gone afterwards.

    The nodes are names with addresses that nobody has, for kwok.
    """
    place = Path(tempfile.mkdtemp(prefix=f"fleet-{name}-"))
    members = tuple(
        Node(f"{name}-{number:04}", f"10.97.{number // 250}.{number % 250 + 1}", 16, name) for number in range(nodes)
    )
    networks = {"pods": "10.98.0.0/16", "services": "10.99.0.0/16"}
    cluster = BareCluster(name, 99, ADDRESS, free_ports(), **networks, nodes=members, place=place)
    try:
        control_plane.start(cluster, programs)
        yield cluster
    finally:
        control_plane.stop(cluster)
        shutil.rmtree(place, ignore_errors=True)


def free_ports() -> int:
    """Return the first of BLOCK ports in a row that nobody uses."""
    for _attempt in range(100):
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server((ADDRESS, 0))).getsockname()[1]
            try:
                for offset in range(1, BLOCK):
                    stack.enter_context(socket.create_server((ADDRESS, first + offset)))
            except (OSError, OverflowError):
                continue
            return int(first)
    raise TestbedError(f"no {BLOCK} free ports in a row on {ADDRESS}")
