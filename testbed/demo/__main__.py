"""``python -m testbed.demo``: from nothing to two clusters with Cilium, proven by their agents and a client."""

from __future__ import annotations

import sys
import time

from testbed import fleet as fleets
from testbed import kube_proxy, lifecycle, node, processes
from testbed.demo import mesh, playbook, requests, table
from testbed.errors import TestbedError
from testbed.fleet import Fleet


def main() -> int:
    """Run the demo; return the exit code."""
    started = time.monotonic()
    try:
        fleet = fleets.load()
        with lifecycle.exclusive(fleet):
            _run(fleet)
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\nAll of this took {time.monotonic() - started:.0f} s.")
    return 0


def _run(fleet: Fleet) -> None:
    _title("Two clusters of two nodes each: real control planes, real agents to come")
    lifecycle.up(fleet)
    _title("The real kube-proxy on every node, as kubeadm installs it")
    for cluster in fleet.clusters:
        kube_proxy.install(cluster)
        print(f"{cluster.name}: kube-proxy on {', '.join(kube_proxy.ready_pods(cluster))}")
    _title("ansible-playbook playbooks/site.yml: Cilium comes, kube-proxy goes, the clusters are one mesh")
    playbook.site()
    _title("What the agents say (ansible-playbook playbooks/status.yml)")
    print(table.draw(table.rows(playbook.status())))
    _title("One request to a NodePort of each node, answered by the pod on the other node")
    _show_requests(fleet)
    _title("The mesh, as each agent's own cilium-dbg status tells it")
    _show_mesh(fleet)
    _title("What is left of kube-proxy's rules, by the nodes' own iptables-save")
    _show_rules(fleet)
    _title("ansible-playbook playbooks/site.yml, again")
    changed = playbook.site()
    if sum(changed.values()):
        raise TestbedError(f"second run: found {changed} changed tasks; expected none")
    print(f"changed=0 on {', '.join(changed)}: nothing was left to do")
    _title("Look around")
    for cluster in fleet.clusters:
        print(f"export KUBECONFIG={cluster.kubeconfig}")
    print("Take it all down: make demo-down")
    _title("A report to look at in a browser (ansible-playbook playbooks/report.yml)")
    page, counts = playbook.report()
    clusters, findings = counts["clusters"], counts["findings"] or {}
    print(f"{clusters['in_order']} of {clusters['total']} clusters in order, {sum(findings.values())} findings")
    print(page)


def _show_requests(fleet: Fleet) -> None:
    for cluster in fleet.clusters:
        requests.deploy(cluster)
    for cluster in fleet.clusters:
        requests.wait(cluster)
        for answer in requests.ask(cluster):
            if answer.answered == answer.asked.name:
                raise TestbedError(f"{answer.asked.name}: answered by its own pod; expected one on the other node")
            asked = f"{answer.asked.address}:{answer.port} ({answer.asked.name})"
            print(f"{cluster.name}: {asked} → pod {answer.pod} on {answer.answered}, which saw client {answer.client}")


def _show_mesh(fleet: Fleet) -> None:
    for name, said in mesh.agents(fleet).items():
        if not mesh.is_whole(said, len(fleet.clusters) - 1):
            raise TestbedError(f"{name}: {said}; expected all other clusters ready")
        print(f"{name}: {said}")
    asking, serving, *_others = fleet.clusters
    answer = mesh.ask_across(asking, serving)
    if answer["cluster"] != serving.name:
        raise TestbedError(f"{asking.name}: answered from {answer['cluster']}; expected {serving.name}")
    print(f"{asking.name}: a client asks a global service → pod {answer['pod']} on {answer['node']} in {serving.name}")


def _show_rules(fleet: Fleet) -> None:
    for member in fleet.nodes:
        saved = processes.run([*node.enter(member), "/usr/sbin/iptables-save"])
        found = [line for line in saved.splitlines() if "KUBE-SVC" in line or "KUBE-SERVICES" in line]
        if found:
            raise TestbedError(f"{member.name}: {len(found)} rules of kube-proxy are left: {found[0]}")
        print(f"{member.name}: none")


def _title(text: str) -> None:
    print(f"\n━━ {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
