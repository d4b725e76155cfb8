"""Processes that outlive the command that started them: start, find again, stop.

A process is known by a file ``<name>.pid`` that holds its id and its start time, so an id that the kernel
gave to another program since is never mistaken for ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import TestbedError


def start_time(pid: int) -> str | None:
    """Return the start time of a process in clock ticks since boot, None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] in "ZX" and not _has_other_threads(pid):
        return None
    return fields[19]


def _has_other_threads(pid: int) -> bool:
    """Tell whether a process whose first thread has ended has others that still hold its sockets."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1  # noqa: PTH208 -- only counted
    except OSError:
        return False


@dataclass(frozen=True)
class Process:
    """One long-lived program; ``folder`` holds ``<name>.log`` and ``<name>.pid``."""

    folder: Path
    name: str

    @property
    def log(self) -> Path:
        """Its output."""
        return self.folder / f"{self.name}.log"

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def pid(self) -> int | None:
        """Its id, None when it does not run."""
        try:
            pid, started = self._record.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if start_time(int(pid)) == started else None

    def start(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
        """Start it detached unless it runs; return its id."""
        if (running := self.pid) is not None:
            return running
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [str(word) for word in command]
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self.log), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            # Not what we were started with: under flock(1) it would hold the testbed's lock as long as it lives.
            *((os.POSIX_SPAWN_CLOSE, number) for number in _descriptors() if number > 2),
        ]
        # Not Popen, which expects to be there when the process ends; this one is to outlive us.
        pid = os.posix_spawnp(words[0], words, os.environ if env is None else env, file_actions=files, setsid=True)
        self._record.write_text(f"{pid} {start_time(pid)}")
        return pid

    def stop(self, seconds: float = 20) -> None:
        """Ask it to end, insist after ``seconds``, and wait until it is gone."""
        pid = self.pid
        if pid is not None:
            end(pid, seconds)
        self._record.unlink(missing_ok=True)

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait for ``ready``; TestbedError with the log's last lines when it ends first or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.pid is None:
                raise TestbedError(f"{what}: {self.name} has ended; {self.log_tail()}")
            if time.monotonic() > deadline:
                raise TestbedError(f"{what}: not after {seconds:.0f} s; {self.log_tail()}")
            time.sleep(0.1)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines of the log, headed by its path."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"log {self.log}:\n" + "\n".join(text.splitlines()[-lines:])


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 -- their names, not their targets


def end(pid: int, seconds: float) -> None:
    """End one process by its id: TERM, and KILL after ``seconds``; return when it is gone."""
    started = start_time(pid)
    for number, limit in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10.0)):
        if started is None or start_time(pid) != started:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit
        while start_time(pid) == started and time.monotonic() < deadline:
            _reap(pid)
            time.sleep(0.02)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def run(command: Sequence[str | Path], *, check: bool = True, text: str | None = None, seconds: float = 60) -> str:
    """Run a short program and return its output; TestbedError with its words when it fails and ``check`` is set."""
    words = [str(word) for word in command]
    try:
        result = subprocess.run(words, input=text, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TestbedError(f"{' '.join(words)}: {error}") from error
    if check and result.returncode != 0:
        raise TestbedError(
            f"{' '.join(words)}: exit {result.returncode}: {result.stderr.strip() or result.stdout.strip()}"
        )
    return result.stdout
