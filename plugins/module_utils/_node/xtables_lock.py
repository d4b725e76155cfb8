# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock that programs of iptables' legacy backend share: who holds it, waiting for it. PRIVATE to the collection.

iptables 1.6.2 and later lock the file /run/xtables.lock, or that of the variable XTABLES_LOCKFILE (iptables(8)).
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import Timeout
from .processes import describe

if TYPE_CHECKING:
    from typing import Callable

    from .._json import JsonObject

_LOCKS = Path("/proc/locks")
_PAUSE = 0.1
_SOMEBODY = "a process that /proc/locks does not name"


def path() -> Path:
    """Return the file that is locked."""
    return Path(os.environ.get("XTABLES_LOCKFILE", "/run/xtables.lock"))


def holder(lock: Path, locks: Path = _LOCKS) -> str:
    """Return who holds the lock of a file, for a message; an empty text if that is not to be found out."""
    try:
        inode = lock.stat().st_ino
        lines = locks.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:  # such as "6: FLOCK  ADVISORY  WRITE 5845 00:1a:10267003 0 EOF"
        parts = line.split()
        if parts[1:2] == ["FLOCK"] and parts[5].rpartition(":")[2] == str(inode) and parts[4].isdigit():
            return describe(int(parts[4]))
    return ""


def wait(*, timeout: float, progress: Callable[[str], None]) -> JsonObject | None:
    """Wait until nobody holds the lock.

    Args:
        timeout: seconds to wait at most.
        progress: is told who holds it.

    Returns:
        What was waited for, as {object, seconds, state}; None if it was free.

    Raises:
        Timeout: it is still held; the message says by whom.
    """
    lock = path()
    started = time.monotonic()
    held, who = False, ""
    while not _free(lock):
        held, who = True, holder(lock) or who  # it may have ended since
        progress(f"{lock} is held by {who or _SOMEBODY}")
        if time.monotonic() - started >= timeout:
            raise still_held(timeout, who)
        time.sleep(_PAUSE)
    if not held:
        return None
    return {
        "object": str(lock),
        "seconds": round(time.monotonic() - started, 1),
        "state": f"held by {who or _SOMEBODY}",
    }


def still_held(timeout: float, who: str = "") -> Timeout:
    """Return the error that the lock was held for as long as it was waited for."""
    lock = path()
    who = who or holder(lock) or _SOMEBODY
    return Timeout(
        f"{lock}: held for {timeout:g} s by {who}. Expected the lock of iptables to be free. Wait for that process to "
        "end, or raise the option lock_timeout."
    )


def _free(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:  # nobody has made it yet
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)  # unlocks it too
    return True
