"""``python -m testbed``: real clusters on this machine.

up         bring the fleet up (idempotent; repairs what died)
down       take it down, leaving nothing
status     what runs, and exit 1 when something does not
exec NODE  run a command in a node
inventory  print the path of the Ansible inventory
simulate   a cluster of its own with simulated agents, until Ctrl-C; needs neither root nor BPF
kube-proxy MODE  run the real kube-proxy on all nodes (iptables or nftables), or take it away (off)
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from testbed import fleet as fleets
from testbed import inventory, kube_proxy, lifecycle, node
from testbed.errors import TestbedError
from testbed.fleet import Fleet
from testbed.runtime.watcher import Watcher
from testbed.simulated import cluster


def main() -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="testbed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fleet", type=Path, default=fleets.DEFAULT_FILE, help="description of the clusters")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "down", "status", "inventory"):
        commands.add_parser(name)
    commands.add_parser("runtime").add_argument("cluster")
    simulated = commands.add_parser("simulate")
    simulated.add_argument("--nodes", type=int, default=20, help="how many")
    simulated.add_argument("--version", default="1.18.2", help="the version of Cilium that the agents play")
    simulated.add_argument("--chart", type=Path, help="a folder or .tgz in place of the built chart")
    simulated.add_argument("--values", type=Path, help="a YAML file with values for the chart")
    commands.add_parser("kube-proxy").add_argument("mode", choices=[*kube_proxy.MODES, "off"])
    execute = commands.add_parser("exec")
    execute.add_argument("node")
    execute.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        if options.command == "simulate":
            cluster.simulate(options.nodes, options.version, chart=options.chart, values=options.values)
            return 0
        return _run(fleets.load(options.fleet), options)
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1


def _run(fleet: Fleet, options: argparse.Namespace) -> int:
    if options.command == "up":
        lifecycle.up(fleet)
    elif options.command == "down":
        lifecycle.down(fleet)
    elif options.command == "status":
        return _print_status(fleet)
    elif options.command == "inventory":
        print(inventory.write(fleet))
    elif options.command == "kube-proxy":
        for cluster in fleet.clusters:
            if options.mode == "off":
                kube_proxy.remove(cluster)
            else:
                kube_proxy.install(cluster, options.mode)
    elif options.command == "runtime":
        Watcher(fleet.cluster(options.cluster)).run()
    else:
        words = [*node.enter(fleet.node(options.node)), *(options.words or ["/bin/bash"])]
        os.execvp(words[0], words)
    return 0


def _print_status(fleet: Fleet) -> int:
    states = lifecycle.status(fleet)
    for name, runs in states.items():
        print(f"{'up  ' if runs else 'DOWN'} {name}")
    return 0 if all(states.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
