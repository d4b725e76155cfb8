# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run knows about the task it works for. PRIVATE to the collection."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Union

from ._json import Json

# What is being waited for, in words; one that is dear to find out comes as a function.
Telling = Union[str, Callable[[], str]]

# The keys for exit_json; `changed` is always among them.
Result = dict[str, object]


@dataclass(frozen=True)
class Context:
    """The task's side of a run: modes, and ways to speak.

    Attributes:
        check_mode: nothing may be changed.
        diff: the user asked for differences.
        warn: hands over one warning for the task's result.
        progress: says what is being waited for; may be called as often as one likes, the door limits the rate. A
            function is called only when its text is to be shown; it raises nothing.
        door: "action" (in the controller's process) or "module".
        holder: who holds a lease: "<host name>/<process id>/<start of the process in clock ticks>".
    """

    check_mode: bool
    diff: bool
    warn: Callable[[str], None]
    progress: Callable[[Telling], None]
    door: str
    holder: str


# States of a process that has ended (proc(5)).
_ENDED = ("Z", "X")
# The work of a cluster module, as both doors call it.
Run = Callable[[Mapping[str, Json], Context], Result]


def holder() -> str:
    """Return who this process is, in the form of Context.holder."""
    return f"{socket.gethostname()}/{os.getpid()}/{process_start(os.getpid()) or 0}"


def process_start(pid: int) -> int | None:
    """Return when a process of this machine started, in clock ticks since boot; None if there is no such process.

    One that has ended and is not yet asked for (a zombie) is none. Fields 3 and 22 of /proc/<pid>/stat (proc(5)); the
    second one tells a process from a later one with the same number.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field, the program's name, may hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in _ENDED else int(fields[19])
