"""Charts before 1.14, which want a certificate for each peer: rendered by helm, judged by etcd and curl.

Their agents do not run on the testbed. What an agent does with these files is what any client of etcd does with them.
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import authority

from testbed import bare, toolchain
from testbed.fleet import Cluster
from tests.charts.rendering import chart_of
from tests.integration.conftest import Play
from tests.integration.witness import helm, kubectl

pytestmark = pytest.mark.real
SECONDS = 120
VERSIONS = ("1.11.20", "1.12.19", "1.13.18")
TASK = "do"
PEERS, SERVER = "cilium-clustermesh", "clustermesh-apiserver-server-cert"
ADDRESS = "192.0.2.11"
# Both control planes give their Services addresses of one range, which is their own affair.
OVERLAP = {"networks_overlap"}
Mesh = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def clusters(bare_cluster: Cluster) -> Iterator[list[Cluster]]:
    """Two control planes."""
    with bare.bare_cluster("nice") as other:
        yield [bare_cluster, other]


def each_chart() -> list[Any]:
    """Return the versions; without its chart the tests of a version are skipped before anything is started."""
    told = "no chart of Cilium {}: set CILIUM_CHARTS to a folder with it"
    return [
        pytest.param(one, marks=pytest.mark.skipif(chart_of(one) is None, reason=told.format(one))) for one in VERSIONS
    ]


@pytest.fixture(params=each_chart())
def installed(request: pytest.FixtureRequest, clusters: list[Cluster]) -> Iterator[None]:
    """A chart that is installed on both, each with an authority of its own, as charts make it; no pod has to run."""
    chart = chart_of(request.param)
    for number, cluster in enumerate(clusters, 1):
        values = (f"cluster.name={cluster.name}", f"cluster.id={number}", "hubble.tls.auto.method=helm")
        helm(cluster, "install", "cilium", str(chart), *(word for value in values for word in ("--set", value)))
    yield
    for cluster in clusters:
        helm(cluster, "uninstall", "cilium", "--no-hooks")
        for name in ("cilium-ca", "clustermesh-apiserver-ca-cert"):
            kubectl(cluster, "delete", "secret", name, "--ignore-not-found")


def revision(cluster: Cluster) -> int:
    return len(json.loads(helm(cluster, "history", "cilium", "-o", "json")))


@pytest.fixture
def mesh(clusters: list[Cluster], local_play: Play) -> Mesh:
    """Return a function that runs the module on both clusters, and fails where a private key is printed."""

    def run(*words: str, fails: bool = False, **options: object) -> dict[str, Any]:
        members = [
            {
                "name": one.name,
                "id": number,
                "kubeconfig": str(one.kubeconfig),
                "endpoints": [ADDRESS],
                "settings": {"cilium_pool_cidr": [f"10.{number}.0.0/16"]},
            }
            for number, one in enumerate(clusters, 1)
        ]
        task = {"name": TASK, "fleet.cilium.clustermesh": {"members": members, "wait": False, **options}}
        played = local_play([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], "-vvv", "--diff", *words)
        for cluster in clusters:
            for line in private_lines(cluster):
                assert line not in played.output
        found = played.result(TASK)
        assert bool(found.get("failed")) == fails, found.get("msg")
        return found

    return run


def private_lines(cluster: Cluster) -> list[str]:
    """Return lines of the private keys in a release's values, and of what they are in base64."""
    values = json.loads(helm(cluster, "get", "values", "cilium", "-o", "json")).get("clustermesh", {})
    keys = [peer["tls"]["key"] for peer in values.get("config", {}).get("clusters") or []]
    authority = values.get("apiserver", {}).get("tls", {}).get("ca", {})
    keys += [authority["key"]] if "key" in authority else []
    return [line for key in keys for line in (key[100:160], base64.b64decode(key).decode().splitlines()[2])]


def rules(result: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in result["findings"]}


def data(cluster: Cluster, secret: str) -> dict[str, bytes]:
    found = json.loads(kubectl(cluster, "get", "secret", secret, "-o", "json"))["data"]
    return {name: base64.b64decode(text) for name, text in found.items()}


def laid_out(cluster: Cluster, secret: str, folder: Path) -> Path:
    """Lay the files of a Secret out as a kubelet does."""
    place = folder / f"{cluster.name}-{secret}"
    place.mkdir()
    for name, content in data(cluster, secret).items():
        (place / name).write_bytes(content)
    return place


@contextmanager
def etcd(files: Path, folder: Path) -> Iterator[int]:
    """Start etcd with the files of a mesh API server, for clients with a certificate only; yield its port."""
    first = bare.free_ports()
    client, peer = f"https://127.0.0.1:{first}", f"http://127.0.0.1:{first + 1}"
    command = [str(toolchain.find("etcd")), "--data-dir", str(folder / "etcd"), "--client-cert-auth"]
    command += ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer]
    command += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]
    command += ["--cert-file", str(files / "tls.crt"), "--key-file", str(files / "tls.key")]
    command += ["--trusted-ca-file", str(files / "ca.crt")]
    with (folder / "etcd.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as program:
        try:
            yield first
        finally:
            program.terminate()


def health(port: int, words: Sequence[str], *, seconds: float = 20) -> str:
    """Ask etcd as its clients do, until it listens; return what it said, or curl's complaint."""
    name = "nice.mesh.cilium.io"
    command = ["curl", "--noproxy", "*", "-sS", "--max-time", "5", "--resolve", f"{name}:{port}:127.0.0.1", *words]
    command.append(f"https://{name}:{port}/health")
    until = time.monotonic() + seconds
    while True:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if answer.returncode != 7 or time.monotonic() > until:
            return answer.stdout + answer.stderr
        time.sleep(0.2)


def as_client(files: Path, peer: str) -> list[str]:
    """Return curl's words for what an agent's file of a peer says."""
    entry = dict(line.split(": ") for line in (files / peer).read_text().splitlines() if ": " in line)
    paths = {key: files / Path(path).name for key, path in entry.items() if key.endswith("-file")}
    words = {"trusted-ca-file": "--cacert", "cert-file": "--cert", "key-file": "--key"}
    return [word for key, path in paths.items() for word in (words[key], str(path))]


@pytest.mark.usefixtures("installed")
def test_agents_are_let_in_by_their_peers(mesh: Mesh, clusters: list[Cluster], tmp_path: Path) -> None:
    lyon, nice = clusters
    # Each cluster has an authority of its own by now, but those before 1.12 where there is no mesh API server yet.
    adopted = {"ca_policy": "adopt_first"}
    checked = mesh("--check", **adopted)
    assert (checked["changed"], revision(lyon)) == (True, 1)
    made = mesh(**adopted)
    assert (made["changed"], rules(made), revision(lyon), revision(nice)) == (True, OVERLAP, 2, 2)

    files, server = laid_out(lyon, PEERS, tmp_path), laid_out(nice, SERVER, tmp_path)
    assert "https://nice.mesh.cilium.io:32002" in (files / "nice").read_text()
    with etcd(server, tmp_path) as port:
        assert json.loads(health(port, as_client(files, "nice")))["health"] == "true"
        assert "health" not in health(port, as_client(files, "nice")[:2])
    subject = subprocess.run(
        ["openssl", "x509", "-noout", "-subject", "-in", str(files / "nice.etcd-client.crt")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert subject.stdout.strip().replace(" ", "").endswith("CN=remote")

    again = mesh()
    assert (again["changed"], rules(again), revision(lyon)) == (False, OVERLAP, 2)
    planned = mesh(state="planned")["members"]["lyon"]
    assert "values" not in planned
    assert "cilium_clustermesh_peers" not in planned["settings"]
    assert mesh(state="absent")["changed"]
    assert kubectl(lyon, "get", "secret", PEERS, "--ignore-not-found") == ""


@pytest.mark.usefixtures("installed")
def test_another_authority_for_connected_members_is_refused(mesh: Mesh, clusters: list[Cluster]) -> None:
    """Their charts let agents trust one authority only, so a change would cut the mesh."""
    mesh(ca_policy="adopt_first")
    other = authority.create(algorithm=authority.ECDSA)
    refused = mesh(ca={"certificate": other.certificate, "key": other.key}, ca_policy="replace", fails=True)
    assert "cilium_ca_bundle" in refused["msg"]
    assert [revision(cluster) for cluster in clusters] == [2, 2]
