"""The real kube-proxy in a namespace of a test, for as long as it takes to program its rules."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from testbed import paths, processes, toolchain
from testbed.errors import TestbedError
from tests import played_services
from tests.namespaces import Namespace

IPTABLES = ("iptables", "ip6tables")
PAUSE = 0.5


def with_iptables(inside: Namespace, backend: str, folder: Path) -> Namespace:
    """Return the namespace with an environment in which ``iptables`` is of this backend ("legacy" or "nft")."""
    folder.mkdir(parents=True, exist_ok=True)
    for family in IPTABLES:
        for suffix in ("", "-save", "-restore"):
            target = shutil.which(f"{family}-{backend}{suffix}", path=_search_path(inside.variables()))
            assert target, f"{family}-{backend}{suffix}: not installed"
            (folder / f"{family}{suffix}").symlink_to(target)
    path = f"{folder}:{_search_path(inside.variables())}"
    return replace(inside, environment={**inside.environment, "PATH": path})


def _search_path(environment: Mapping[str, str]) -> str:
    return f"{environment['PATH']}:/usr/sbin:/sbin"


def program(inside: Namespace, mode: str, *, services: int, endpoints: int, seconds: float = 60) -> None:
    """Let the real kube-proxy program the rules of that many services; neither it nor the played API runs afterwards.

    Raises:
        TestbedError: the rules are not complete after so many seconds.
    """
    with running(inside, mode, services=services, endpoints=endpoints) as log:
        deadline = time.monotonic() + seconds
        while not complete(inside, mode, services=services, endpoints=endpoints):
            if time.monotonic() > deadline:
                raise TestbedError(f"kube-proxy: rules not complete after {seconds:.0f} s:\n{log.read_text()[-2000:]}")
            time.sleep(PAUSE)


@contextmanager
def running(inside: Namespace, mode: str, *, services: int, endpoints: int) -> Iterator[Path]:
    """Run the real kube-proxy with a played API; yield the path of its log."""
    folder = Path(inside.environment["XTABLES_LOCKFILE"]).parent
    for address in played_services.ADDRESSES:
        inside.call("ip", "address", "add", address, "dev", "lo")
    arguments = [sys.executable, "-m", "tests.played_services", str(services), str(endpoints)]
    played = subprocess.Popen(
        inside.inside(arguments), stdout=subprocess.PIPE, text=True, cwd=paths.PROJECT, env=inside.variables()
    )
    try:
        assert played.stdout is not None
        server = played.stdout.readline().strip()
        with _started(inside, mode, _kubeconfig(folder, server), folder / "kube-proxy.log") as log:
            yield log
    finally:
        processes.end(played.pid, 5)
        played.wait(5)
        if played.stdout is not None:
            played.stdout.close()


@contextmanager
def _started(inside: Namespace, mode: str, kubeconfig: Path, log: Path) -> Iterator[Path]:
    command = [str(toolchain.find("kube-proxy")), f"--kubeconfig={kubeconfig}", f"--proxy-mode={mode}"]
    command += [f"--hostname-override={played_services.NODE}", "--cluster-cidr=10.128.0.0/9"]
    command += ["--conntrack-max-per-core=0"]
    with log.open("w") as file:
        process = subprocess.Popen(inside.inside(command), stdout=file, stderr=file, env=inside.variables())
        try:
            yield log
        finally:
            processes.end(process.pid, 10)
            process.wait(10)


def _kubeconfig(folder: Path, server: str) -> Path:
    path = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "played",
        "contexts": [{"name": "played", "context": {"cluster": "played", "user": "nobody"}}],
        "clusters": [{"name": "played", "cluster": {"server": server}}],
        "users": [{"name": "nobody", "user": {}}],
    }
    path.write_text(json.dumps(content))
    return path


def complete(inside: Namespace, mode: str, *, services: int, endpoints: int) -> bool:
    """Tell whether the rules of all services are there."""
    if mode == "nftables":
        done = inside.call("nft", "list", "map", "ip", "kube-proxy", "service-ips")
        return done.stdout.count(" : goto ") == services
    saved = inside.call("iptables-save", "-t", "nat").stdout
    return saved.count("-A KUBE-SEP-") == 2 * services * endpoints and " -j KUBE-NODEPORTS" in saved


def cleanup(inside: Namespace) -> subprocess.CompletedProcess[str]:
    """Run kube-proxy --cleanup."""
    return inside.call(str(toolchain.find("kube-proxy")), "--cleanup")
