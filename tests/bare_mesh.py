"""Control planes on loopback with the real chart on each, to be made a mesh: no agents, and one Node object each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from testbed import toolchain
from testbed.api import Api, Object
from testbed.bare import bare_cluster
from testbed.errors import TestbedError
from testbed.fleet import Cluster

PROGRAMS = ("etcd", "kube-apiserver")  # what takes part when nothing waits for pods
NAMES = ("arles", "brest", "caen", "dijon", "evian", "foix", "gap", "honfleur")
NAMESPACE = "kube-system"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
AUTHORITY = "cilium-ca"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
SECONDS = 300
Found = TypeVar("Found")


@dataclass(frozen=True)
class Place:
    """One cluster that is to be a member: its control plane, its id, and the address of its node."""

    cluster: Cluster
    number: int

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    @property
    def address(self) -> str:
        """The address of its node, which nobody has."""
        return f"10.97.{self.number}.1"

    @property
    def port(self) -> int:
        """The port of its mesh API server on its node."""
        return 32000 + self.number

    @property
    def values(self) -> dict[str, Any]:
        """Helm values without a mesh; name and id are set from the start, as they cannot be changed later."""
        return {
            "cluster": {"name": self.name, "id": self.number},
            "ipam": {"operator": {"clusterPoolIPv4PodCIDRList": [f"10.{100 + self.number}.0.0/16"]}},
            "kubeProxyReplacement": "true",
            "operator": {"replicas": 1},
        }

    @property
    def declared(self) -> dict[str, object]:
        """The member as a person writes it."""
        return {"name": self.name, "kubeconfig": str(self.cluster.kubeconfig)}

    def helm(self, *words: str, stdin: str | None = None) -> str:
        """Run helm for this cluster; return what it prints. TestbedError when it fails."""
        base = [str(toolchain.find("helm")), f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={NAMESPACE}"]
        done = subprocess.run(
            [*base, *words], input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode != 0:
            raise TestbedError(f"{self.name}: helm {' '.join(words)}: {done.stderr}")
        return done.stdout

    def live(self) -> Any:
        """Return the values that the release has, as helm tells them."""
        return json.loads(self.helm("get", "values", "cilium", "--output=json"))

    def status(self) -> tuple[str, int]:
        """Return status and revision of the release, as helm tells them."""
        (found,) = json.loads(self.helm("history", "cilium", "--max=1", "--output=json"))
        return str(found["status"]), int(found["revision"])

    def authority(self) -> object:
        """Return what the Secret of the certificate authority holds; None without one."""
        found = Api(self.cluster).find(f"{SECRETS}/{AUTHORITY}")
        return found and found["data"]


def mesh_values(place: Place, places: Sequence[Place]) -> dict[str, Any]:
    """Return the values that a cluster has as a member of the mesh of these."""
    peers = [{"name": peer.name, "ips": [peer.address], "port": peer.port} for peer in places if peer != place]
    server = {"service": {"type": "NodePort", "nodePort": place.port}}
    mesh = {"useAPIServer": True, "apiserver": server, "config": {"enabled": True, "clusters": peers}}
    return {**place.values, "clustermesh": mesh}


def each(work: Callable[[Place], Found], places: Sequence[Place]) -> list[Found]:
    """Do something for all clusters at once."""
    with ThreadPoolExecutor(len(places)) as pool:
        return list(pool.map(work, places))


@contextmanager
def control_planes(count: int) -> Iterator[list[Place]]:
    """Start so many control planes, each with its node; they are gone afterwards."""
    with ExitStack() as stack:
        places = []
        for number, name in enumerate(NAMES[:count], 1):
            cluster = stack.enter_context(bare_cluster(name, programs=PROGRAMS))
            places.append(Place(replace(cluster, id=number), number))
        for place in places:
            _add_node(place)
        yield places


def _add_node(place: Place) -> None:
    """Create a Node object that is ready, as a kubelet would."""
    status = {
        "addresses": [{"type": "InternalIP", "address": place.address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    api, name = Api(place.cluster), f"{place.name}-1"
    api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status})
    api.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": None}})  # no controller takes that of a new node away


def fresh(places: Sequence[Place], authority: Object | None = None) -> None:
    """Install the real chart anew in every cluster, without a mesh; all share an authority if one is given."""
    each(lambda place: _fresh(place, authority), places)


def _fresh(place: Place, authority: Object | None) -> None:
    api = Api(place.cluster)
    place.helm("uninstall", "cilium", "--ignore-not-found", "--no-hooks")
    for secret in api.get(SECRETS)["items"]:
        api.delete(f"{SECRETS}/{secret['metadata']['name']}")
    if authority is not None:
        api.create(SECRETS, authority)
    place.helm("install", "cilium", str(toolchain.find("chart")), "--values=-", stdin=json.dumps(place.values))
