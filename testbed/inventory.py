"""Writes the fleet as Ansible inventories: ours, and one in Kubespray's layout for each cluster."""

from __future__ import annotations

from pathlib import Path

import yaml

from testbed import node as nodes
from testbed import paths, toolchain
from testbed.fleet import Cluster, Fleet, Node


def folder(fleet: str = paths.DEFAULT_FLEET) -> Path:
    """Return where the inventories of a fleet lie."""
    return paths.running(fleet) / "inventory"


def write(fleet: Fleet) -> Path:
    """Write all inventories and return the fleet's file."""
    folder(fleet.name).mkdir(parents=True, exist_ok=True)
    known_hosts = folder(fleet.name) / "known_hosts"
    lines = [f"{node.address} {nodes.host_key(node).with_suffix('.pub').read_text()}" for node in fleet.nodes]
    known_hosts.write_text("".join(lines))
    target = folder(fleet.name) / "fleet.yml"
    target.write_text(yaml.safe_dump(_fleet(fleet, known_hosts), sort_keys=False))
    for cluster in fleet.clusters:
        _write_kubespray(cluster, known_hosts)
    return target


def _fleet(fleet: Fleet, known_hosts: Path) -> dict[str, object]:
    clusters = {cluster.name: _cluster(cluster) for cluster in fleet.clusters}
    members = {
        node.name: {**_connection(node, known_hosts), "cilium_cluster": node.cluster, "cilium_node_name": node.name}
        for node in fleet.nodes
    }
    return {
        "cilium_clusters": {
            "hosts": clusters,
            "vars": {
                "ansible_connection": "local",
                "testbed_chart": str(toolchain.find("chart")),
                "testbed_helm": str(toolchain.find("helm")),
            },
        },
        "cilium_nodes": {"hosts": members},
    }


def _cluster(cluster: Cluster) -> dict[str, object]:
    """Return a cluster's host variables: the collection's own, and facts of the testbed to build values from."""
    return {
        "cilium_kubeconfig": str(cluster.kubeconfig),
        "cilium_context": cluster.name,
        "testbed_id": cluster.id,
        "testbed_api_host": cluster.api_host,
        "testbed_api_port": cluster.api_port,
        "testbed_pods": cluster.pods,
    }


def _write_kubespray(cluster: Cluster, known_hosts: Path) -> None:
    """Write a cluster as Kubespray has it; its first node is the control plane with an admin.conf."""
    first = cluster.nodes[0]
    admin = nodes.root(first) / "etc/kubernetes/admin.conf"
    admin.touch(mode=0o600)
    admin.write_text(cluster.kubeconfig.read_text())
    hosts = {node.name: {**_connection(node, known_hosts), "ip": node.address} for node in cluster.nodes}
    everyone: dict[str, dict[str, object]] = {node.name: {} for node in cluster.nodes}
    children = {"kube_control_plane": {"hosts": {first.name: {}}}, "kube_node": {"hosts": everyone}}
    variables = {
        "cluster_name": f"{cluster.name}.local",
        "kube_network_plugin": "cilium",
        "kube_pods_subnet": cluster.pods,
        "kube_service_addresses": cluster.services,
        "kube_apiserver_port": cluster.api_port,
        # The testbed's control planes run beside the nodes, at the bridge's address.
        "cilium_apiserver_url": cluster.api_url,
    }
    inventory = {
        "all": {
            "hosts": hosts,
            "vars": variables,
            "children": {**children, "k8s_cluster": {"children": {name: {} for name in children}}},
        }
    }
    target = folder(cluster.fleet) / f"kubespray-{cluster.name}" / "hosts.yml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(inventory, sort_keys=False))


def _connection(node: Node, known_hosts: Path) -> dict[str, str]:
    return {
        "ansible_host": node.address,
        "ansible_user": nodes.SSH_USER,
        "ansible_ssh_private_key_file": str(nodes.ssh_key(node.fleet)),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking=yes",
        "ansible_python_interpreter": "/usr/bin/python3",
    }
