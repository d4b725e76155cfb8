"""A cluster of its own whose agents are simulated, for a person to look at."""

from __future__ import annotations

import time
from pathlib import Path

import yaml

from testbed.bare import bare_cluster
from testbed.simulated import install
from testbed.simulated.simulator import simulating


def simulate(nodes: int, version: str, *, chart: Path | None = None, values: Path | None = None) -> None:
    """Run a cluster with simulated agents until the user ends it, and say where its kubeconfig is."""
    given = yaml.safe_load(values.read_text()) if values else {}
    with bare_cluster("simulated", nodes=nodes) as cluster, simulating(cluster):
        install.chart(cluster, given or {}, path=chart, version=version)
        install.wait(cluster, 60 + nodes)
        print(
            f"simulated: {nodes} agents of Cilium {version}; kubeconfig: {cluster.kubeconfig}; Ctrl-C ends it",
            flush=True,
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("simulated: gone")
