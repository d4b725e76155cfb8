"""A client that asks NodePorts all the time, and counts what it did not get."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

# TCP sends a first packet that was lost again after 1, 3 and 7 s (Linux, tcp_syn_retries): two may be lost.
SECONDS = 5.0
PAUSE = 0.05


@dataclass
class Count:
    """What became of the requests so far; ``failed`` holds when each failure began (in seconds) and why.

    ``slowest`` is how long the slowest answer took, in seconds.
    """

    asked: int = 0
    slowest: float = 0
    failed: list[tuple[float, str]] = field(default_factory=list)

    def __str__(self) -> str:
        words = f"{len(self.failed)} of {self.asked} requests failed, the slowest answer took {self.slowest:.2f} s"
        return words + (f", from second {self.failed[0][0]:.1f} to {self.failed[-1][0]:.1f}" if self.failed else "")


@contextmanager
def asking(targets: Sequence[tuple[str, int]]) -> Iterator[Count]:
    """Ask each target (address and port) with a new connection, over and over, until the block ends."""
    count, stopping, started = Count(), threading.Event(), time.monotonic()

    def ask(address: str, port: int) -> None:
        while not stopping.wait(PAUSE):
            began = time.monotonic() - started
            reason = answer(address, port)
            with lock:
                count.asked += 1
                if reason:
                    count.failed.append((began, f"{address}:{port}: {reason}"))
                else:
                    count.slowest = max(count.slowest, time.monotonic() - started - began)

    lock = threading.Lock()
    threads = [threading.Thread(target=ask, args=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield count
    finally:
        stopping.set()
        for thread in threads:
            thread.join(2 * SECONDS)


def answer(address: str, port: int) -> str:
    """Ask once; return why there was no answer, an empty text if there was one."""
    connection = http.client.HTTPConnection(address, port, timeout=SECONDS)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        return "" if connection.getresponse().status == http.client.OK else "no success"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
