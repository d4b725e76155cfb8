"""Programs that outlive who started them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from testbed.processes import Process


def test_a_program_does_not_hold_a_lock_that_its_starter_was_given(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = os.open(path, os.O_CREAT | os.O_WRONLY)
    os.set_inheritable(lock, True)
    fcntl.flock(lock, fcntl.LOCK_EX)
    process = Process(tmp_path, "sleep")
    process.start(["sleep", "60"])
    try:
        os.close(lock)
        with path.open("w") as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert process.pid is not None
    finally:
        process.stop(seconds=1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(lock)
