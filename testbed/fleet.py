"""The testbed's description: bridge, clusters and nodes, read from a YAML file.

Fleets of different names may be up side by side: folder, control group, namespaces and links carry the fleet's name.
What else they must not share (bridge, addresses, ports) their files say.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from testbed import paths
from testbed.errors import TestbedError

DEFAULT_FILE = Path(__file__).with_name("fleet.yml")
# Three clusters for a mesh.
MESH_FILE = Path(__file__).with_name("mesh.yml")
_LINK_LENGTH = 15  # what the kernel allows


@dataclass(frozen=True)
class Node:
    """One machine of a cluster: a network namespace on the bridge with a root of its own."""

    name: str
    address: str
    prefix: int
    cluster: str
    fleet: str = paths.DEFAULT_FLEET

    @property
    def folder(self) -> Path:
        """Where this node's files outside its own root lie: logs, keys, pods."""
        return paths.running(self.fleet) / self.cluster / self.name

    @property
    def namespace(self) -> str:
        """Name of the network namespace in the machine."""
        return f"{self.fleet}-{self.name}"

    @property
    def link(self) -> str:
        """Name of the veth's end on the bridge."""
        return f"ve-{self.name}" if self.fleet == paths.DEFAULT_FLEET else f"{self.fleet}-{self.name}"


@dataclass(frozen=True)
class Cluster:
    """One Kubernetes cluster with a control plane of its own."""

    name: str
    id: int
    api_host: str
    api_port: int
    pods: str
    services: str
    nodes: tuple[Node, ...]
    fleet: str = paths.DEFAULT_FLEET

    @property
    def folder(self) -> Path:
        """Where the control plane keeps its files."""
        return paths.running(self.fleet) / self.name

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def api_url(self) -> str:
        """The API server as nodes and clients reach it."""
        return f"https://{self.api_host}:{self.api_port}"

    @property
    def first_service(self) -> str:
        """ClusterIP of the Service ``kubernetes``."""
        return str(ipaddress.ip_network(self.services)[1])

    def port(self, program: str) -> int:
        """Return the port of a program of this cluster's block."""
        return self.api_port + {"etcd": 1, "etcd-peer": 2, "kwok": 3}[program]


@dataclass(frozen=True)
class Fleet:
    """All clusters and the bridge that joins their nodes, and the file that describes them."""

    name: str
    file: Path
    bridge: str
    bridge_address: ipaddress.IPv4Interface
    clusters: tuple[Cluster, ...]

    @property
    def folder(self) -> Path:
        """Where the files of all clusters lie while the fleet is up."""
        return paths.running(self.name)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all clusters, in the file's order."""
        return tuple(node for cluster in self.clusters for node in cluster.nodes)

    def node(self, name: str) -> Node:
        """Return the node of that name; TestbedError names those that exist."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise TestbedError(f"node {name}: unknown; the fleet has {', '.join(node.name for node in self.nodes)}")

    def cluster(self, name: str) -> Cluster:
        """Return the cluster of that name; TestbedError names those that exist."""
        for cluster in self.clusters:
            if cluster.name == name:
                return cluster
        raise TestbedError(f"cluster {name}: unknown; the fleet has {', '.join(c.name for c in self.clusters)}")


def load(path: Path = DEFAULT_FILE) -> Fleet:
    """Read a fleet's description.

    Raises TestbedError when the file is missing or a key is missing or wrong.
    """
    try:
        text = yaml.safe_load(path.read_text())
        bridge = ipaddress.IPv4Interface(text["bridge"]["address"])
        name = str(text["name"])
        clusters = tuple(_cluster(entry, bridge, name) for entry in text["clusters"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TestbedError(f"fleet description {path}: {type(error).__name__}: {error}") from error
    fleet = Fleet(name, path.resolve(), bridge=text["bridge"]["name"], bridge_address=bridge, clusters=clusters)
    if long := [node.link for node in fleet.nodes if len(node.link) > _LINK_LENGTH]:
        raise TestbedError(f"fleet description {path}: links {', '.join(long)}: at most {_LINK_LENGTH} characters")
    return fleet


def _cluster(entry: dict[str, object], bridge: ipaddress.IPv4Interface, fleet: str) -> Cluster:
    name = str(entry["name"])
    nodes = entry["nodes"]
    if not isinstance(nodes, list):
        raise TypeError(f"nodes of {name} must be a list")
    return Cluster(
        name=name,
        id=int(str(entry["id"])),
        api_host=str(bridge.ip),
        api_port=int(str(entry["api_port"])),
        pods=str(ipaddress.ip_network(str(entry["pods"]))),
        services=str(ipaddress.ip_network(str(entry["services"]))),
        nodes=tuple(
            Node(str(n["name"]), str(ipaddress.ip_address(n["address"])), bridge.network.prefixlen, name, fleet)
            for n in nodes
        ),
        fleet=fleet,
    )
