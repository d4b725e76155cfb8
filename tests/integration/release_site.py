"""One release on an API server of its own: played on as a user would, and looked at with helm and kubectl."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from testbed import toolchain
from testbed.fleet import Cluster
from tests.integration.conftest import Played, environment, read

SECONDS = 120
DOORS = ("action", "module")
CHART = {"apiVersion": "v2", "name": "cilium", "version": "1.15.19", "appVersion": "1.15.19"}
CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: small}
data: {debug: {{ .Values.debug | quote }}, extra: {{ toJson .Values.extraConfig | quote }}}
"""


def small_chart(folder: Path, *, templates: Mapping[str, str] | None = None, **metadata: object) -> str:
    """Write a chart that is called Cilium's and makes one ConfigMap; return its folder."""
    root = folder / "chart"
    (root / "templates").mkdir(parents=True, exist_ok=True)
    (root / "Chart.yaml").write_text(yaml.safe_dump({**CHART, **metadata}))
    (root / "values.yaml").write_text("debug: false\nextraConfig: {}\n")
    for name, text in {"small.yaml": CONFIG_MAP, **(templates or {})}.items():
        (root / "templates" / name).write_text(text)
    return str(root)


@dataclass(frozen=True)
class Site:
    """A release by its kubeconfig and namespace; ``folder`` is for this test's files."""

    kubeconfig: Path
    namespace: str
    folder: Path

    def options(self, **given: object) -> dict[str, object]:
        """Return the options of a task, those that are given on top of this site's."""
        site = {"kubeconfig": str(self.kubeconfig), "release_namespace": self.namespace, "wait": False}
        return {**site, **given}

    def command(self, *tasks: Mapping[str, object], door: str = "action") -> list[str]:
        """Write a playbook with these tasks (their options) and return the command that plays it."""
        listed = [
            {"name": f"task {number}", "fleet.cilium.release": dict(options), "ignore_errors": True}
            for number, options in enumerate(tasks)
        ]
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"cilium_run_on": "host" if door == "module" else "controller"},
            "tasks": listed,
        }
        path = self.folder / f"playbook-{time.monotonic_ns()}.yml"
        path.write_text(yaml.safe_dump([play]))
        return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(path)]

    def play(self, *tasks: Mapping[str, object], door: str = "action", words: tuple[str, ...] = ()) -> Played:
        """Play tasks one after the other, each whatever became of the one before."""
        command = [*self.command(*tasks, door=door), *words]
        answer = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return read(answer)

    def release(self, *words: str, door: str = "action", **given: object) -> dict[str, Any]:
        """Play one task and return its result, without what depends on the door only."""
        result = self.play(self.options(**given), door=door, words=words).result("task 0")
        return {key: value for key, value in result.items() if key not in {"invocation", "action"}}

    def start(self, *, door: str = "action", **given: object) -> subprocess.Popen[str]:
        """Begin to play one task."""
        return subprocess.Popen(
            self.command(self.options(**given), door=door),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def helm(self, *words: str, program: str = "helm") -> Any:
        """Ask helm something about this namespace, in JSON."""
        command = [str(toolchain.find(program)), *words, "-n", self.namespace, "-o", "json"]
        return json.loads(self._run([*command, "--kubeconfig", str(self.kubeconfig)]))

    def helm_do(self, *words: str, program: str = "helm") -> str:
        """Let helm do something in this namespace."""
        command = [str(toolchain.find(program)), *words, "-n", self.namespace, "--kubeconfig", str(self.kubeconfig)]
        return self._run(command)

    def kubectl(self, *words: str) -> str:
        """Run kubectl in this namespace."""
        return self._run(
            [str(toolchain.find("kubectl")), "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *words]
        )

    def state(self) -> str:
        """Return every object of interest with its version: the same text means that nothing was changed."""
        kinds = "secrets,configmaps,leases,daemonsets,deployments"
        columns = "custom-columns=K:.kind,N:.metadata.name,V:.metadata.resourceVersion"
        # Kubernetes writes that one itself, some time after the namespace.
        fields = "metadata.name!=kube-root-ca.crt"
        return self.kubectl("get", kinds, "-o", columns, "--no-headers", "--field-selector", fields)

    def values(self) -> Any:
        """Return the live user values, as helm tells them."""
        return self.helm("get", "values", "cilium")

    def status(self) -> tuple[str, int]:
        """Return status and revision, as helm tells them."""
        (found,) = self.helm("list", "--filter", "^cilium$", "--failed", "--deployed", "--pending")
        return found["status"], int(found["revision"])

    @staticmethod
    def _run(command: list[str]) -> str:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


@contextmanager
def open_site(cluster: Cluster, folder: Path) -> Iterator[Site]:
    """A namespace of its own on a cluster; its releases and the namespace are gone afterwards."""
    site = Site(cluster.kubeconfig, f"test-{time.monotonic_ns()}", folder)
    site.kubectl("create", "namespace", site.namespace)
    try:
        yield site
    finally:
        for release in site.helm("list", "--failed", "--deployed", "--pending"):
            site.helm_do("uninstall", release["name"], "--no-hooks")
        site.kubectl("delete", "namespace", site.namespace, "--wait=false")


def until(ready: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def kill(process: subprocess.Popen[str], *, spare: str = "") -> None:
    """Kill a run with all its children at once; those whose program has this name are spared."""
    for pid in family(process.pid):
        try:
            if not spare or Path(f"/proc/{pid}/comm").read_text().strip() != spare:
                os.kill(pid, signal.SIGKILL)
        except OSError:  # it has ended by itself
            continue
    if process.stdout:
        process.stdout.close()
    process.wait()
