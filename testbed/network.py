"""The bridge and the nodes' network namespaces.

No node gets a default route and the machine's ``ip_forward`` is left as it is, so nothing can leave the bridge.
"""

from __future__ import annotations

from pathlib import Path

from testbed.fleet import Fleet, Node
from testbed.processes import run

NAMESPACES = Path("/run/netns")


def create_bridge(fleet: Fleet) -> None:
    """Make the bridge with its address, if it is not there."""
    if not _has_link(fleet.bridge):
        run(["ip", "link", "add", fleet.bridge, "type", "bridge"])
    run(["ip", "address", "replace", str(fleet.bridge_address), "dev", fleet.bridge])
    run(["ip", "link", "set", fleet.bridge, "up"])


def create_namespace(fleet: Fleet, node: Node) -> None:
    """Make a node's namespace with ``eth0`` on the bridge, if it is not there."""
    if not (NAMESPACES / node.namespace).exists():
        run(["ip", "netns", "add", node.namespace])
    if not _has_link(node.link):
        run(["ip", "link", "add", node.link, "type", "veth", "peer", "name", "eth0", "netns", node.namespace])
    run(["ip", "link", "set", node.link, "master", fleet.bridge, "up"])
    inside = ["ip", "-n", node.namespace]
    run([*inside, "address", "replace", f"{node.address}/{node.prefix}", "dev", "eth0"])
    run([*inside, "link", "set", "eth0", "up"])
    run([*inside, "link", "set", "lo", "up"])


def delete_namespace(node: Node) -> None:
    """Remove a node's namespace; its links go with it."""
    if _has_link(node.link):
        run(["ip", "link", "delete", node.link], check=False)
    if (NAMESPACES / node.namespace).exists():
        run(["ip", "netns", "delete", node.namespace])


def delete_bridge(fleet: Fleet) -> None:
    """Remove the bridge."""
    if _has_link(fleet.bridge):
        run(["ip", "link", "delete", fleet.bridge])


def _has_link(name: str) -> bool:
    return Path("/sys/class/net", name).exists()
