# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes in this network namespace. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SHOWN = 200


@dataclass(frozen=True)
class Process:
    """A running process: its id, and its command line as words."""

    pid: int
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its program, without folders."""
        return self.words[0].rpartition("/")[2]

    def __str__(self) -> str:
        return f"process {self.pid} ({' '.join(self.words)[:_SHOWN]})"


def in_this_namespace(proc: Path = _PROC) -> Iterator[Process]:
    """Yield the processes in the network namespace of this process; kernel threads and zombies are left out."""
    ours = _namespace(proc / "self")
    for folder in proc.iterdir():
        if folder.name.isdigit():
            words = _command_line(folder)
            if words and _namespace(folder) == ours:
                yield Process(int(folder.name), words)


def is_kube_proxy(process: Process) -> bool:
    """Tell whether a process is kube-proxy; hyperkube was all of Kubernetes in one program until 1.18."""
    if process.name == "hyperkube":
        return process.words[1:2] in {("kube-proxy",), ("proxy",)}
    return process.name == "kube-proxy"


def may_embed_kube_proxy(process: Process) -> bool:
    """Tell whether a process is k3s, which has kube-proxy inside unless told otherwise."""
    return process.name == "k3s" and process.words[1:2] in {("server",), ("agent",)}


def describe(pid: int, proc: Path = _PROC) -> str:
    """Return what a process is, for a message."""
    words = _command_line(proc / str(pid))
    return str(Process(pid, words)) if words else f"process {pid}"


def _command_line(folder: Path) -> tuple[str, ...]:
    try:
        text = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return ()
    words = text.rstrip("\0").split("\0")
    # A program that sets its own title leaves one word with spaces.
    return tuple(words if len(words) > 1 else words[0].split())


def _namespace(folder: Path) -> str:
    try:
        return str((folder / "ns" / "net").readlink())
    except OSError:
        return ""
