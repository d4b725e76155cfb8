"""The lock of iptables: waited for, and its holder named."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import Timeout
from ansible_collections.fleet.cilium.plugins.module_utils._node import xtables_lock

HOLD = (
    "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); print('held', flush=True); input()"
)


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "xtables.lock"
    path.touch()
    monkeypatch.setenv("XTABLES_LOCKFILE", str(path))
    return path


@contextmanager
def held(lock: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_free_lock_is_not_waited_for(lock: Path) -> None:
    assert xtables_lock.wait(timeout=1, progress=pytest.fail) is None
    lock.unlink()
    assert xtables_lock.wait(timeout=1, progress=pytest.fail) is None


def test_the_holder_is_named(lock: Path) -> None:
    with held(lock) as holder, pytest.raises(Timeout, match=rf"held for 0\.3 s by process {holder.pid} \("):
        xtables_lock.wait(timeout=0.3, progress=lambda _text: None)


def test_waiting_ends_when_the_holder_does(lock: Path) -> None:
    told: list[str] = []
    with held(lock) as holder:
        threading.Timer(0.3, holder.kill).start()
        waited = xtables_lock.wait(timeout=20, progress=told.append)
    assert waited is not None
    assert waited["object"] == str(lock)
    assert f"process {holder.pid}" in str(waited["state"])
    assert f"process {holder.pid}" in told[0]


def test_it_is_left_free(lock: Path) -> None:
    xtables_lock.wait(timeout=1, progress=pytest.fail)
    descriptor = os.open(lock, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
