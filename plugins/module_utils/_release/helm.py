# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program helm. PRIVATE to the collection.

Its arguments are lists, its kubeconfig and values are files of the run's workspace. It never waits for pods itself
(wait.py tells what it waits for), except when it has to know whether to roll back.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional

from .._errors import HelmError, InputError, Timeout
from .._versions import Version, parse

if TYPE_CHECKING:
    from .workspace import Workspace

# What differs between helm's major versions (`helm upgrade --help` of 3.22 and 4.3). Helm 4 applies new releases on
# the server's side and keeps to the way of older ones; like helm 3 it shall win where somebody edited an object.
FLAGS: dict[int, dict[str, list[str]]] = {
    3: {"atomic": ["--atomic"], "server_side": []},
    4: {"atomic": ["--rollback-on-failure"], "server_side": ["--force-conflicts"]},
}
OLDEST = {3: Version(3, 14, 0), 4: Version(4, 0, 0)}
HOW_TO_GET = (
    "install helm 3.14 or later, or helm 4, on the controller (https://helm.sh/docs/intro/install/), or set "
    "helm_binary to its path"
)
# On top of helm's own timeout, for it to report.
GRACE_SECONDS = 60
TICK_SECONDS = 0.2
_LOG = "helm.log"
_PROBE_SECONDS = 30
_WARNING = re.compile(r"^(?:W\d{4} [^\]]*\] |WARNING: |level=WARN msg=)(.*)$", re.MULTILINE)
_ERROR = re.compile(r"^Error: (.*)", re.MULTILINE | re.DOTALL)
# helm's own settings that would make it look elsewhere than at the release that was read.
_FOREIGN_SETTINGS = re.compile(r"HELM_(KUBE.*|NAMESPACE|DEBUG|DRIVER.*|MAX_HISTORY)|KUBECONFIG")

Tick = Optional[Callable[[], None]]


@dataclass(frozen=True)
class Release:
    """What helm is to work on; ``timeout`` in seconds."""

    name: str
    namespace: str
    timeout: int


@dataclass(frozen=True)
class Upgrade:
    """How helm is to install or upgrade: chart and values as paths of files.

    ``server_side`` is whether the release is new, or its objects were applied on the server's side.
    """

    chart: str
    values: Path
    atomic: bool
    server_side: bool
    history_max: int


@dataclass(frozen=True)
class Helm:
    """A helm program of a version that is supported."""

    path: str
    version: Version

    def upgrade(self, release: Release, how: Upgrade) -> list[str]:
        """Return the command that installs or upgrades a release, with exactly these values."""
        flags = FLAGS[self.version.major]
        command = [self.path, "upgrade", release.name, how.chart, "--install", *_common(release)]
        command += ["--reset-values", "--values", str(how.values), "--history-max", str(how.history_max)]
        command += flags["server_side"] if how.server_side else []
        return command + (flags["atomic"] if how.atomic else [])

    def uninstall(self, release: Release) -> list[str]:
        """Return the command that uninstalls a release with its history."""
        return [self.path, "uninstall", release.name, *_common(release)]

    def pull(self, chart: str, *, repository: str | None, version: str | None, folder: Path) -> list[str]:
        """Return the command that fetches a chart as a package into a folder."""
        command = [self.path, "pull", chart, "--destination", str(folder)]
        command += ["--repo", repository] if repository else []
        return command + (["--version", version] if version else [])


def _common(release: Release) -> list[str]:
    return ["--namespace", release.namespace, "--timeout", f"{release.timeout}s"]


def find(binary: str | None) -> Helm:
    """Return the helm to use: ``binary``, or the one on PATH. Raises HelmError when it is missing or too old."""
    path = shutil.which(binary or "helm")
    if path is None:
        where = f"at {binary}" if binary else "on PATH"
        raise HelmError(f"helm: no program {where}; {HOW_TO_GET}")
    version = _probe(path)
    oldest = OLDEST.get(version.major)
    if oldest is None or version < oldest:
        raise HelmError(f"helm: {path} is version {version}, expected 3.14 or later of 3, or 4; {HOW_TO_GET}")
    return Helm(path, version)


@cache
def _probe(path: str) -> Version:
    try:
        result = subprocess.run(
            [path, "version", "--template", "{{.Version}}"],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
            env=environment(),
        )
        if result.returncode == 0:
            return parse(result.stdout)
        found = result.stderr.strip() or f"exit code {result.returncode}"
    except (OSError, subprocess.TimeoutExpired, InputError) as error:
        raise HelmError(f"helm: {path} does not tell its version ({error}); {HOW_TO_GET}") from error
    raise HelmError(f"helm: {path} does not tell its version ({found}); {HOW_TO_GET}")


def environment() -> dict[str, str]:
    """Return the environment for helm: the user's, without what would make it look at another cluster or store.

    GOGC, unless the user has set it, lets Go collect its garbage less often: a tenth less work for 40 MB more.
    """
    kept = {name: value for name, value in os.environ.items() if not _FOREIGN_SETTINGS.fullmatch(name)}
    return {"GOGC": "400", **kept, "HELM_DRIVER": "secret"}


def run(command: list[str], workspace: Workspace, *, what: str, timeout: int, tick: Tick = None) -> list[str]:
    """Run helm to its end and return the warnings it printed.

    ``what`` names the work in errors; ``tick`` is called a few times a second meanwhile; ``timeout`` is in seconds.
    Raises HelmError when it fails and Timeout when it does not end.
    """
    deadline = time.monotonic() + timeout + GRACE_SECONDS
    with workspace.open(_LOG) as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            env=environment(),
            pass_fds=(workspace.lock,),
        )
    try:
        code = _wait(process, deadline, tick)
    finally:
        _end(process)
    text = (workspace.folder / _LOG).read_text(encoding="utf-8", errors="replace")
    if code is None:
        raise Timeout(f"{what}: helm did not end within {timeout + GRACE_SECONDS} s; {_last_words(text)}")
    if code != 0:
        raise HelmError(f"{what}: helm failed: {_last_words(text)}")
    return [match.group(1) for match in _WARNING.finditer(text)]


def _wait(process: subprocess.Popen[bytes], deadline: float, tick: Tick) -> int | None:
    """Return helm's exit code, or None when it is still at work at the deadline."""
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(TICK_SECONDS)
        if tick:
            tick()
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End helm if it still runs: politely, so that it marks its revision as failed."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_words(text: str) -> str:
    match = _ERROR.search(text)
    return (match.group(1) if match else text).strip()[-2000:] or "it printed nothing"
