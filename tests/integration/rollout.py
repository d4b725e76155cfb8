"""Settings brought to a cluster of the testbed, as an author of playbooks would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testbed import toolchain
from testbed.fleet import Cluster

if TYPE_CHECKING:
    from tests.integration.conftest import Play

VERSION = "1.15.19"


def converge(play: Play, cluster: Cluster, settings: dict[str, object]) -> dict[str, Any]:
    """Bring the cluster to the settings; return what status_info says of each node."""
    release = {
        "chart": str(toolchain.find("chart")),
        "helm_binary": str(toolchain.find("helm")),
        "values": f"{{{{ settings | fleet.cilium.helm_values('{VERSION}') }}}}",
        "wait_timeout": 240,
    }
    tasks = [
        {"name": "converge", "fleet.cilium.release": release},
        {"name": "again", "fleet.cilium.release": release},
        {
            "name": "status",
            "fleet.cilium.status_info": {"require_all": True},
            "register": "told",
            "until": "told.nodes | default({}) | length and 'Warning' not in told.nodes.values() "
            "| map(attribute='hubble.state')",  # the server of flows starts some seconds after the agent is ready
            "retries": 20,
            "delay": 1,
        },
    ]
    defaults = {"group/fleet.cilium.cluster": {"kubeconfig": str(cluster.kubeconfig)}}
    played = play(
        [{"hosts": cluster.name, "gather_facts": False, "module_defaults": defaults, "tasks": tasks}],
        settings=settings,
    )
    assert played.code == 0, played.output
    assert played.result("again")["changed"] is False
    nodes: dict[str, Any] = played.result("status")["nodes"]
    return nodes
