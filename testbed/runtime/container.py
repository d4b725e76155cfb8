"""A container: one real process in the node, in a mount namespace and a control group of its own."""

from __future__ import annotations

import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from testbed import node as nodes
from testbed import toolchain
from testbed.api import Object
from testbed.fleet import Node
from testbed.runtime import programs, volumes
from testbed.runtime.volumes import Pod

_HEAD = """\
set -e
mount --make-rprivate /
bind() {
  [ -e "$1" ] || mkdir -p "$1"
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; [ -e "$2" ] || : >"$2"; fi
  mount --rbind "$1" "$2"
}"""
# The agent stops on a kernel without /proc/modules, so it gets a /proc of links with an empty one.
_FAKE_PROC = """\
mkdir -p /run/.proc
mount --rbind /proc /run/.proc
mount -t tmpfs proc /proc
for entry in $(ls /run/.proc | grep -vxE 'modules|sys|net|self'); do ln -s "/run/.proc/$entry" /proc/; done
: >/proc/modules
mkdir /proc/sys
mount --bind /run/.proc/sys /proc/sys
ln -s /run/.proc/self /proc/self
ln -s self/net /proc/net"""


def now() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Container:
    """The state of one container of a pod through its starts and ends."""

    spec: Object
    node: Node
    folder: Path
    group: str
    restarts: int = 0
    started_at: str = ""
    last_exit: Object | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _logger: threading.Thread | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its name in the pod."""
        return str(self.spec["name"])

    @property
    def running(self) -> bool:
        """Tell whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self, pod: Pod, program: programs.Program, *, network: Path | None) -> None:
        """Start the program; ``network`` is the pod's namespace, None for the node's own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        variables = programs.variables(program, volumes.environment(pod, self.spec))
        script = self.folder / "start"
        script.write_text(self._script(pod, program, variables))
        inside = ["nsenter", f"--net={network}", "--"] if network else []
        command = [*nodes.enter(self.node, group=self.group), *inside, "unshare", "--mount", "/bin/sh", str(script)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
        self._logger = threading.Thread(target=self._keep_log, args=(self.process,), daemon=True)
        self._logger.start()
        self.started_at = now()
        self._write_exec(_assignments(variables, program.path))

    def stop(self, seconds: float) -> None:
        """End the process: TERM, after ``seconds`` KILL, and whatever it left in its control group."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        nodes.end_all(nodes.cgroup(self.node) / self.group, seconds=1)

    def note_exit(self, reason: str | None = None) -> Object:
        """Keep how the process ended, in the API's form, and clear what it left."""
        assert self.process is not None
        code = self.process.wait(10)
        nodes.end_all(nodes.cgroup(self.node) / self.group, seconds=1)
        if self._logger is not None:
            self._logger.join(1)
        self.last_exit = {
            "exitCode": code if code >= 0 else 128 - code,
            "reason": reason or ("Completed" if code == 0 else "Error"),
            "startedAt": self.started_at,
            "finishedAt": now(),
            "message": "" if code == 0 else self.log_tail(),
        }
        return self.last_exit

    def _keep_log(self, process: subprocess.Popen[bytes]) -> None:
        """Write what the process prints to ``log`` in the CRI's format, by which kwok serves ``kubectl logs``."""
        assert process.stdout is not None
        with process.stdout, (self.folder / "log").open("ab", buffering=0) as log:
            for line in process.stdout:
                stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                log.write(f"{stamp} stdout F ".encode() + line.rstrip(b"\n") + b"\n")

    def log_tail(self, lines: int = 10) -> str:
        """Return the log's last lines, as a kubelet puts them into the termination message."""
        log = self.folder / "log"
        text = log.read_text(errors="replace") if log.exists() else ""  # it goes with a node that is made anew
        return "\n".join(line.split(" ", 3)[-1] for line in text.splitlines()[-lines:])[-2048:]

    def run_to_end(self, stopping: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until an init container has ended; end it after ``seconds`` or when the pod is ``stopping``."""
        deadline = time.monotonic() + seconds
        while self.running and time.monotonic() < deadline and not stopping():
            time.sleep(0.05)
        if self.running:
            self.stop(1)

    def _script(self, pod: Pod, program: programs.Program, variables: dict[str, str]) -> str:
        """Return the shell script that makes the container's mounts and becomes the program."""
        lines = [_HEAD, *_image(program), *self._mounts(pod)]
        if program.fake_proc and not Path("/proc/modules").exists():
            lines.append(_FAKE_PROC)
        words = [str(word) for word in (*self.spec.get("command", []), *self.spec.get("args", []))]
        words = [*program.command] or [programs.place(program, words[0]), *words[1:]]
        command = shlex.join(volumes.expand(word, variables) for word in words)
        return "\n".join([*lines, f"exec env -i {_assignments(variables)} {command}", ""])

    def _mounts(self, pod: Pod) -> list[str]:
        hosts = self.folder / "hosts"
        hosts.write_text(volumes.hosts(pod))
        pairs = [(str(hosts), "/etc/hosts")]
        for mount in self.spec.get("volumeMounts", []):
            source = pod.volume(mount["name"])
            if source is not None:
                pairs.append((str(source / mount.get("subPath", "")).rstrip("/."), mount["mountPath"]))
        return [line for pair in pairs if pair[0] != pair[1] for line in _bind(*pair)]

    def _write_exec(self, assignments: str) -> None:
        """Write the script with which ``kubectl exec`` enters this container: its mounts, network and variables."""
        assert self.process is not None
        group = nodes.cgroup(self.node) / self.group
        script = self.folder / "exec"
        enter = f"nsenter --target {self.process.pid} --mount --net --cgroup"
        lines = [
            "#!/bin/sh",
            f"export PATH={programs.search_path()}",
            f"echo $$ >{group}/cgroup.procs || exit 126",
            f'exec {enter} -- env -i {assignments} "$@"',
        ]
        script.write_text("\n".join(lines) + "\n")
        script.chmod(0o700)


def _image(program: programs.Program) -> list[str]:
    """Return what puts the image's own folders and files in their places."""
    folders = [f"mkdir -p {path} && mount -t tmpfs -o mode=755 tmpfs {path}" for path in program.own]
    return [*folders, *(f"bind {toolchain.find(name)} {path}" for path, name in program.files.items())]


def _bind(source: str, target: str) -> list[str]:
    """Return what mounts a volume, and keeps in sight the folders with programs that it would cover.

    The agent has a volume at /tmp, and a cache may lie below.
    """
    keep, restore = [], []
    for number, folder in enumerate(nodes.shared_folders()):
        if Path(folder).is_relative_to(target):
            aside, there = f"/run/.kept/{number}", shlex.quote(folder)
            keep.append(f"mkdir -p {aside} && mount --bind {there} {aside}")
            restore.append(f"mkdir -p {there} && mount --bind {aside} {there}")
    return [*keep, f"bind {shlex.join((source, target))}", *restore]


def _assignments(variables: dict[str, str], path: str = "") -> str:
    everything: Sequence[str] = [f"{key}={value}" for key, value in variables.items()]
    return shlex.join([f"PATH={path or programs.search_path()}", *everything])
