# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's folder on this host: what helm needs as files, and a lock that tells whether the run still lives.

PRIVATE to the collection. The folder (mode 0700) holds a kubeconfig and values (0600) and goes when the run ends.
The lock is inherited by helm, so it is free only when both the run and its helm are gone, however they ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from types import TracebackType

    from .._json import JsonObject

_PREFIX = "fleet-cilium-"
_LOCK = "lock"


class Workspace:
    """The folder of one run, as a context manager."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)

    def write(self, name: str, content: JsonObject) -> Path:
        """Write a file that only this user can read, as JSON (which is YAML too), and return its path."""
        with self.open(name) as stream:
            stream.write(json.dumps(content).encode())
        return self.folder / name

    def open(self, name: str) -> BinaryIO:
        """Open a file for writing that only this user can read."""
        return os.fdopen(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def this_host() -> str:
    """Return what tells this machine, its boot and its temporary folder from any other."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    place = Path(tempfile.gettempdir()).stat()
    return f"{socket.gethostname()}:{boot}:{place.st_dev}:{place.st_ino}"


def is_alive(folder: str) -> bool:
    """Tell whether the run of a folder on this host, or its helm, is still at work."""
    try:
        lock = os.open(Path(folder) / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # another user's folder: it exists, and more cannot be known
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def clear(folder: str) -> None:
    """Remove the folder that a killed run left behind."""
    path = Path(folder)
    if path.parent == Path(tempfile.gettempdir()) and path.name.startswith(_PREFIX):
        shutil.rmtree(path, ignore_errors=True)
