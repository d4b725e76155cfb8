# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of the node: where they are, and how they are run. PRIVATE to the collection."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import NodeError, Timeout

if TYPE_CHECKING:
    from collections.abc import Sequence

# A login by SSH as another user than root often has none of these on its PATH.
_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")


@dataclass(frozen=True)
class Output:
    """What a program wrote, and its exit code."""

    stdout: str
    stderr: str
    code: int

    @property
    def words(self) -> str:
        """What it says about its failure, in one line."""
        return " ".join((self.stderr.strip() or self.stdout.strip()).split()) or f"exit code {self.code}"


def find(name: str) -> str | None:
    """Return the path of a program; None if it is not installed."""
    return shutil.which(name, path=_path())


def need(name: str, *, purpose: str, package: str) -> str:
    """Return the path of a program.

    Raises:
        NodeError: it is not installed.
    """
    found = find(name)
    if found is None:
        raise NodeError(f"{name}: not installed on this node, but needed to {purpose}. Install the package {package}.")
    return found


def run(command: Sequence[str], *, timeout: float, stdin: str = "") -> Output:
    """Run a program to its end; its exit code is the caller's to judge.

    Args:
        command: the program and its arguments.
        timeout: seconds that it may take.
        stdin: what it reads.

    Raises:
        Timeout: it took longer; it is ended then.
        NodeError: it could not be started.
    """
    environment = {**os.environ, "PATH": _path(), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Timeout(
            f"{' '.join(command)}: not done after {timeout:g} s. Raise the option timeout, or look at what the node is "
            "busy with."
        ) from error
    except OSError as error:
        raise NodeError(f"{' '.join(command)}: cannot be started: {error.strerror or error}.") from error
    return Output(done.stdout, done.stderr, done.returncode)


def output_of(command: Sequence[str], *, timeout: float) -> str:
    """Run a program that must succeed; return what it wrote.

    Raises:
        NodeError: it failed.
        Timeout: it took longer.
    """
    done = run(command, timeout=timeout)
    if done.code != 0:
        raise NodeError(f"{' '.join(command)}: failed with exit code {done.code}: {done.words}")
    return done.stdout


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), *_FOLDERS))
