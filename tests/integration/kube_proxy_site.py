"""Module kube_proxy on one cluster: played on as a user would, and looked at with kubectl."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from testbed.fleet import Cluster
from tests.integration.conftest import environment, read
from tests.integration.witness import kubectl

SECONDS = 180
DOORS = ("controller", "host")
BACKUP = "secret/fleet-cilium.kube-proxy"
KINDS = "daemonsets,serviceaccounts,roles,rolebindings,configmaps"
RIGHTS = "clusterrolebinding/kubeadm:node-proxier"
# What the API server adds to each life of an object.
PASSING = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


@dataclass(frozen=True)
class Site:
    """One cluster, and a folder for this test's files."""

    cluster: Cluster
    folder: Path

    def do(self, state: str, *words: str, door: str = "controller", **options: object) -> dict[str, Any]:
        """Run the module and return its result, whether it failed or not, without what depends on the door only."""
        given = {"kubeconfig": str(self.cluster.kubeconfig), "state": state, **options}
        task = {"name": "do", "fleet.cilium.kube_proxy": given, "vars": {"cilium_run_on": door}}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
        path = self.folder / f"playbook-{time.monotonic_ns()}.yml"
        path.write_text(yaml.safe_dump([play]))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(path), *words]
        answer = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        result = read(answer).result("do")
        return {key: value for key, value in result.items() if key not in {"invocation", "action"}}

    def objects(self) -> dict[str, Any]:
        """The objects of kube-proxy that kubectl shows, without what belongs to one life of an object."""
        listed = json.loads(kubectl(self.cluster, "get", KINDS, "-o", "json"))["items"]
        found = [item for item in listed if item["metadata"]["name"] == "kube-proxy"]
        rights = kubectl(self.cluster, "get", RIGHTS, "--ignore-not-found", "-o", "json")
        return {item["kind"]: _lasting(item) for item in [*found, *([json.loads(rights)] if rights else [])]}

    def kubeadm(self) -> str:
        """What kubeadm's configuration says, as text."""
        config = kubectl(self.cluster, "get", "configmap", "kubeadm-config", "-o", "json")
        return str(json.loads(config)["data"]["ClusterConfiguration"])

    def has_backup(self) -> bool:
        """Whether the Secret of the backup is there."""
        return bool(kubectl(self.cluster, "get", BACKUP, "--ignore-not-found"))


def _lasting(item: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in item["metadata"].items() if key not in PASSING}
    return {**{key: value for key, value in item.items() if key != "status"}, "metadata": metadata}
