"""clustermesh_ca on real API servers; what helm makes of its Secret is judged by openssl."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import bare, toolchain
from testbed.fleet import Cluster
from tests.charts.rendering import chart_of
from tests.integration.conftest import Play
from tests.integration.witness import helm, kubectl

pytestmark = pytest.mark.real
SECONDS = 120
TASK = "do"
LEAF = "hubble-server-certs"
Do = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def nice() -> Iterator[Cluster]:
    """A second control plane beside the module's bare_cluster."""
    with bare.bare_cluster("nice") as cluster:
        yield cluster


@pytest.fixture
def clusters(bare_cluster: Cluster, nice: Cluster) -> Iterator[list[Cluster]]:
    """Two control planes without Cilium; nothing of a test is left."""
    found = [bare_cluster, nice]
    yield found
    for cluster in found:
        helm(cluster, "uninstall", "cilium", "--ignore-not-found", "--no-hooks")
        for name in ("cilium-ca", "clustermesh-apiserver-ca-cert", LEAF):
            kubectl(cluster, "delete", "secret", name, "--ignore-not-found")
        # Newer charts make it, and helm does not wait until it is gone.
        kubectl(cluster, "delete", "namespace", "cilium-secrets", "--ignore-not-found", "--timeout=60s")


@pytest.fixture
def do(local_play: Play) -> Do:
    def run(*words: str, door: str = "controller", **options: object) -> dict[str, Any]:
        task = {"name": TASK, "fleet.cilium.clustermesh_ca": options, "vars": {"cilium_run_on": door}}
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]
        return local_play(plays, "-vvv", *words).result(TASK)

    return run


def on(cluster: Cluster) -> str:
    return str(cluster.kubeconfig)


def members(clusters: list[Cluster]) -> list[dict[str, str]]:
    return [{"name": one.name, "kubeconfig": on(one)} for one in clusters]


def openssl(*words: str) -> str:
    answer = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=SECONDS, check=False)
    return answer.stdout + answer.stderr


def part(cluster: Cluster, secret: str, key: str, folder: Path) -> str:
    """Write a part of a Secret to a file, and return its path."""
    found = json.loads(kubectl(cluster, "get", "secret", secret, "-o", "json"))
    path = folder / f"{cluster.name}-{secret}-{key}"
    path.write_bytes(base64.b64decode(found["data"][key]))
    return str(path)


def fingerprint(cluster: Cluster, folder: Path) -> str:
    path = part(cluster, "cilium-ca", "ca.crt", folder)
    return openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", path).partition("=")[2].strip()


def chart_or_skip(version: str) -> str:
    """Return the chart of a version of Cilium; the test is skipped without it."""
    chart = chart_of(version)
    if chart is None:
        pytest.skip(f"no chart of Cilium {version}: set CILIUM_CHARTS to a folder with it")
    return str(chart)


def install(cluster: Cluster, version: str = "1.15.19") -> None:
    """Install Cilium's chart so that helm signs Hubble's and the mesh's certificates; no pod has to run."""
    values = ("hubble.tls.auto.method=helm", "clustermesh.useAPIServer=true", "cluster.name=lyon", "cluster.id=1")
    words = [word for value in values for word in ("--set", value)]
    words += ["--set", "clustermesh.apiserver.tls.auto.method=helm"]
    helm(cluster, "upgrade", "--install", "cilium", chart_or_skip(version), *words)


def verified(cluster: Cluster, leaf: str, folder: Path) -> bool:
    """Tell whether a certificate verifies with the authority in the cluster."""
    authority = part(cluster, "cilium-ca", "ca.crt", folder)
    said = openssl("verify", "-partial_chain", "-CAfile", authority, part(cluster, leaf, "tls.crt", folder))
    return ": OK" in said


def test_check_run_again_export_import(do: Do, clusters: list[Cluster], tmp_path: Path) -> None:
    one, other = clusters
    checked = do("--check", "--diff", kubeconfig=on(one))
    assert (checked["changed"], checked["written"]) == (True, {one.name: ["cilium-ca"]})
    assert "NotFound" in kubectl_error(one, "get", "secret", "cilium-ca")

    ran = do("--diff", kubeconfig=on(one), algorithm="ECDSA", days=100)
    told = ran["authorities"][one.name]
    assert (ran["changed"], told["algorithm"]) == (True, "ECDSA P-256")
    assert told["fingerprint"] == fingerprint(one, tmp_path)
    assert ran["diff"]["after"][one.name]["cilium-ca"]["fingerprint"] == told["fingerprint"]
    for door in ("controller", "host"):
        again = do(kubeconfig=on(one), door=door)
        assert (again["changed"], again["authorities"]) == (False, ran["authorities"])

    path = tmp_path / "out" / "ca.yml"
    path.parent.mkdir()
    assert do(kubeconfig=on(one), state="exported", path=str(path))["changed"]
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert not do(kubeconfig=on(one), state="exported", path=str(path))["changed"]

    for door in ("controller", "host"):
        imported = do(kubeconfig=on(other), ca=path.read_text(), door=door)
        assert imported["changed"] == (door == "controller")
        assert fingerprint(other, tmp_path) == told["fingerprint"]
    shared = do(members=members(clusters))
    assert (shared["changed"], shared["findings"]) == (False, [])


def kubectl_error(cluster: Cluster, *words: str) -> str:
    command = [str(toolchain.find("kubectl")), "--kubeconfig", on(cluster), "-n", "kube-system", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stderr


def test_what_kubectl_exports_is_taken_as_it_is(do: Do, clusters: list[Cluster], tmp_path: Path) -> None:
    one, other = clusters
    do(kubeconfig=on(one))
    shown = kubectl(one, "get", "secret", "cilium-ca", "-o", "yaml")
    assert "resourceVersion" in shown
    assert do(kubeconfig=on(other), ca=shown)["changed"]
    assert fingerprint(one, tmp_path) == fingerprint(other, tmp_path)


def intermediate(folder: Path) -> dict[str, str]:
    """A chain of two that openssl makes, the root first as some tools write it, and the key of the second."""
    root, middle = folder / "root", folder / "middle"
    extension = folder / "ca.ext"
    extension.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    pair = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *pair, "-subj", "/CN=Root", "-keyout", f"{root}.key", "-out", f"{root}.crt")
    openssl("req", *pair, "-subj", "/O=Fleet/CN=Middle", "-keyout", f"{middle}.key", "-out", f"{middle}.csr")
    signer = ("-CA", f"{root}.crt", "-CAkey", f"{root}.key", "-CAcreateserial", "-days", "90")
    openssl("x509", "-req", "-in", f"{middle}.csr", *signer, "-extfile", str(extension), "-out", f"{middle}.crt")
    texts = [Path(f"{name}.crt").read_text() for name in (root, middle)]
    return {"certificate": "".join(texts), "key": Path(f"{middle}.key").read_text()}


@pytest.mark.parametrize("kind", ["RSA", "ECDSA", "chain"])
def test_helm_signs_with_it(do: Do, clusters: list[Cluster], tmp_path: Path, kind: str) -> None:
    one = clusters[0]
    options: dict[str, Any] = {"ca": intermediate(tmp_path)} if kind == "chain" else {"algorithm": kind}
    made = do(kubeconfig=on(one), **options)["authorities"][one.name]["fingerprint"]
    install(one)
    assert fingerprint(one, tmp_path) == made
    assert verified(one, LEAF, tmp_path)
    assert verified(one, "clustermesh-apiserver-remote-cert", tmp_path)
    assert not do(kubeconfig=on(one))["changed"]


@pytest.mark.parametrize("version", ["1.12.19", "1.14.19", "1.18.12", "1.20.0"])
def test_charts_of_other_versions_do_too(do: Do, clusters: list[Cluster], tmp_path: Path, version: str) -> None:
    """A copy made with kubectl is taken over by helm only after this module has seen it."""
    one, other = clusters
    chart_or_skip(version)
    do(kubeconfig=on(other))
    shown = json.loads(kubectl(other, "get", "secret", "cilium-ca", "-o", "json"))
    copy = {**shown, "metadata": {"name": "cilium-ca", "namespace": "kube-system"}}
    (tmp_path / "copy.json").write_text(json.dumps(copy))
    kubectl(one, "apply", "-f", str(tmp_path / "copy.json"))
    with pytest.raises(AssertionError, match="invalid ownership metadata"):
        install(one, version)
    assert do(kubeconfig=on(one))["changed"]
    install(one, version)
    assert verified(one, LEAF, tmp_path)
    assert verified(one, "clustermesh-apiserver-remote-cert", tmp_path)
    again = do(kubeconfig=on(one))
    assert (again["changed"], again["findings"]) == (False, [])


def test_certificates_in_use_are_not_cut_off(do: Do, clusters: list[Cluster], tmp_path: Path) -> None:
    one, other = clusters
    do(kubeconfig=on(one))
    install(one)
    do(kubeconfig=on(other), common_name="Other")
    before = fingerprint(one, tmp_path)
    refused = do(members=members(clusters))
    assert refused["failed"]
    assert all(fingerprint(cluster, tmp_path) in refused["msg"] for cluster in clusters)
    refused = do(members=members([other, one]), ca_policy="adopt_first")
    assert refused["failed"]
    assert all(word in refused["msg"] for word in (LEAF, "clustermesh-apiserver-server-cert", "module clustermesh"))
    assert fingerprint(one, tmp_path) == before
    forced = do(members=members([other, one]), ca_policy="adopt_first", force=True)
    assert [found["rule"] for found in forced["findings"]] == ["mesh_ca_in_use"]
    assert fingerprint(one, tmp_path) == fingerprint(other, tmp_path) != before
    install(one)
    assert verified(one, LEAF, tmp_path)
    assert do(members=members(clusters))["changed"] is False


def test_no_key_in_what_is_printed(local_play: Play, clusters: list[Cluster], tmp_path: Path) -> None:
    """As loud as Ansible can be, through both doors, with the key in an option."""
    one, other = clusters
    made = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    (tmp_path / "key").write_text(made)
    certificate = openssl("req", "-x509", "-key", str(tmp_path / "key"), "-subj", "/CN=Given", "-days", "90")
    line = made.splitlines()[1]
    for cluster, door in ((one, "controller"), (other, "host")):
        options = {"kubeconfig": on(cluster), "ca": {"certificate": certificate, "key": "{{ secret }}"}}
        task = {"name": TASK, "fleet.cilium.clustermesh_ca": options, "vars": {"cilium_run_on": door}}
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]
        played = local_play(plays, "-vvv", "--diff", secret=made)
        assert played.result(TASK)["changed"]
        assert played.result(TASK)["authorities"][cluster.name]["subject"] == "CN=Given"
        assert line not in played.output
