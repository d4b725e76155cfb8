"""``make bench``: role preflight over a mesh of 200 clusters, as a user starts it.

Every cluster has an API server of its own to be asked over TLS (simulated: one small server answers for all), ids,
names and networks of its own, and settings that are templates. Nothing else is run, with Ansible's own five forks.
Prints ``bench preflight_200_clusters (simulated) ours=SECONDS limit=20``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from testbed.errors import TestbedError
from testbed.pki import Authority
from tests import stub_api
from tools import collection

CLUSTERS = 200
NODES = 5
LIMIT = 20.0
_SERVICES = [str(network) for network in ip_network("172.16.0.0/12").subnets(new_prefix=20)]
SETTINGS = {
    "cilium_version": "1.15.19",
    "cilium_cluster_name": "{{ inventory_hostname }}",
    "cilium_pool_cidr": ["{{ pods }}"],
    "cilium_native_routing_cidr": "10.0.0.0/8",
    "cilium_routing_mode": "native",
    "cilium_auto_direct_node_routes": True,
    "cilium_install_mode": "bpf_host_routing",
    "cilium_loadbalancer_mode": "dsr",
    "cilium_loadbalancer_algorithm": "maglev",
    "cilium_enable_egress_gateway": True,
    "cilium_enable_l7_proxy": False,
}


def answer(request: stub_api.Request) -> stub_api.Answer:
    """Answer for the cluster whose number begins the path."""
    number, _slash, path = request.path[1:].partition("/")
    if path == "version":
        return stub_api.Answer(body={"gitVersion": "v1.28.4"})
    if path == "api/v1/nodes":
        return stub_api.Answer(body={"items": [_node(int(number), each) for each in range(NODES)]})
    if path.endswith("servicecidrs"):
        return stub_api.Answer(body={"items": [{"spec": {"cidrs": [_SERVICES[int(number)]]}}]})
    return stub_api.refusal(404, "NotFound", f"{path}: not found")


def _node(cluster: int, number: int) -> dict[str, object]:
    return {
        "metadata": {"name": f"node-{number}", "labels": {"node-role.kubernetes.io/control-plane": ""}},
        "spec": {},
        "status": {
            "nodeInfo": {"kernelVersion": "6.1.0-18-amd64"},
            "addresses": [{"type": "InternalIP", "address": f"192.168.{cluster}.{number + 1}"}],
        },
    }


def write(folder: Path, url: str, trust: JsonObject) -> list[str]:
    """Write the inventory; return the command that plays over it."""
    hosts = {
        f"cluster-{number:03}": {
            "cilium_cluster_id": number + 1,
            "pods": f"10.{number}.0.0/16",
            "cilium_kubeconfig": stub_api.kubeconfig(f"{url}/{number}", cluster=trust),
        }
        for number in range(CLUSTERS)
    }
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **SETTINGS}
    inventory = {"cilium_clusters": {"hosts": hosts, "vars": variables}}
    (folder / "inventory.json").write_text(json.dumps(inventory))
    program = Path(sys.executable).with_name("ansible-playbook")
    return [str(program), "-i", str(folder / "inventory.json"), "fleet.cilium.preflight"]


def run() -> bool:
    """Measure, print the line, and tell whether the limit is kept."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), "ANSIBLE_NOCOLOR": "1"}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        authority = Authority.create(folder, "bench")
        stub = stack.enter_context(stub_api.serve(answer, tls=stub_api.server_tls(authority)))
        trust: JsonObject = {"certificate-authority-data": stub_api.in_base64(folder / "ca.crt")}
        command = write(folder, stub.url, trust)
        started = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        seconds = time.monotonic() - started
        asked = {request.path.split("/")[1] for request in stub.requests}
    if done.returncode != 0 or len(asked) != CLUSTERS or "WARNING" in done.stdout + done.stderr:
        raise TestbedError(f"bench preflight_200_clusters: did not go as expected:\n{done.stdout}{done.stderr}")
    print(f"bench preflight_200_clusters (simulated) ours={seconds:.2f} limit={LIMIT:.0f}", flush=True)
    return seconds <= LIMIT
