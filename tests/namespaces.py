"""Network namespaces for tests that change rules of the kernel; the machine's own namespace is out of their reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import collection

PREFIX = "fleet-test-"
FOLDER = Path("/run/netns")
SECONDS = 300


@dataclass(frozen=True)
class Namespace:
    """A network namespace of its own; every program is run inside it, and nowhere else."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return a command as it is run inside. AssertionError if inside is where this machine's own rules are."""
        place = FOLDER / self.name
        assert self.name.startswith(PREFIX), f"{self.name}: expected a namespace of the tests"
        assert place.stat().st_ino != Path("/proc/self/ns/net").stat().st_ino, f"{self.name} is the machine's own"
        return ["ip", "netns", "exec", self.name, *command]

    def call(self, *command: str, stdin: str = "", seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a program inside, whatever its exit code."""
        return subprocess.run(
            self.inside(command),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=self.variables(),
            check=False,
        )

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a program inside that must succeed; return what it wrote."""
        done = self.call(*command, stdin=stdin)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}\n{stdin[:2000]}"
        return done.stdout

    def variables(self) -> dict[str, str]:
        """Return the environment of the programs inside."""
        return {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), **self.environment}

    def module(self, name: str, *, check_mode: bool = False, diff: bool = False, **options: object) -> dict[str, Any]:
        """Run a module of the collection inside, at its own door; return its result."""
        modes = {"_ansible_check_mode": check_mode, "_ansible_diff": diff}
        done = self.call(*module_command(name), stdin=json.dumps({**options, **modes}))
        assert done.stdout.lstrip().startswith("{"), f"{name}: no result: {done.stdout}{done.stderr}"
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def module_command(name: str) -> list[str]:
    """Return the command that runs a module with the options that it reads as JSON."""
    return [sys.executable, "-m", "tests.node_module", name]


@contextmanager
def namespace(tag: str) -> Iterator[Namespace]:
    """Make a namespace with loopback up, and a lock of iptables of its own; it is gone afterwards."""
    name = f"{PREFIX}{tag}-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        subprocess.run(["ip", "netns", "add", name], check=True, timeout=60)
        try:
            made = Namespace(name, {"XTABLES_LOCKFILE": str(Path(folder) / "xtables.lock")})
            made.run("ip", "link", "set", "lo", "up")
            yield made
        finally:
            subprocess.run(["ip", "netns", "delete", name], check=True, timeout=60)
