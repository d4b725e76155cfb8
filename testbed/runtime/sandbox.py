"""A pod's network: the node's own, or a namespace attached by the CNI plugin that the node is configured with."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from testbed import node as nodes
from testbed import toolchain
from testbed.api import Object
from testbed.errors import TestbedError
from testbed.fleet import Node
from testbed.processes import Process

_HOLD = "ip link set lo up && exec sleep infinity"


class NotReady(TestbedError):
    """The node has no network plugin yet, or it did not answer; try again later."""


class Sandbox:
    """The network namespace of one pod; survives a restart of the runtime."""

    def __init__(self, node: Node, body: Object, folder: Path) -> None:
        self._node = node
        self._meta = body["metadata"]
        self._host = bool(body["spec"].get("hostNetwork"))
        self._folder = folder
        self._holder = Process(folder, "sandbox")

    @property
    def namespace(self) -> Path | None:
        """Path of the pod's network namespace, None when it uses the node's."""
        return None if self._host else Path(f"/proc/{self._holder.pid}/ns/net")

    @property
    def alive(self) -> bool:
        """Tell whether the namespace is there; it goes with its node."""
        return self._host or self._holder.pid is not None

    def create(self) -> str:
        """Attach the pod if it is not attached and return its address.

        Raises NotReady when the node's network plugin is missing or fails.
        """
        if self._host:
            return self._node.address
        answer = self._folder / "cni.json"
        if self._holder.pid is None or not answer.exists():
            answer.unlink(missing_ok=True)
            group = f"sandbox-{self._meta['uid']}"
            self._holder.start([*nodes.enter(self._node, group=group), "unshare", "--net", "/bin/sh", "-c", _HOLD])
            result = self._cni("ADD")
            answer.write_text(json.dumps(result))
        address: str = json.loads(answer.read_text())["ips"][0]["address"]
        return address.partition("/")[0]

    def delete(self) -> None:
        """Detach the pod and remove its namespace."""
        if self._host:
            return
        if self._holder.pid is not None:
            try:
                self._cni("DEL")
            except NotReady as error:
                print(f"{self._meta['name']}: detached without its plugin: {error}", flush=True)
        self._holder.stop(seconds=0.2)
        nodes.end_all(nodes.cgroup(self._node) / f"sandbox-{self._meta['uid']}", seconds=0.2)

    def _cni(self, command: str) -> Object:
        config = _configuration(nodes.root(self._node))
        uid = self._meta["uid"]
        args = {
            "IgnoreUnknown": "1",
            "K8S_POD_NAMESPACE": self._meta["namespace"],
            "K8S_POD_NAME": self._meta["name"],
            "K8S_POD_INFRA_CONTAINER_ID": uid,
            "K8S_POD_UID": uid,
        }
        variables = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": hashlib.sha256(str(uid).encode()).hexdigest()[:32],
            "CNI_NETNS": f"/proc/{self._holder.pid}/ns/net",
            "CNI_IFNAME": "eth0",
            "CNI_PATH": nodes.CNI_FOLDER,
            "CNI_ARGS": ";".join(f"{key}={value}" for key, value in args.items()),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        }
        try:
            result = subprocess.run(
                [*nodes.enter(self._node), str(toolchain.find(config["type"]))],
                input=json.dumps(config),
                env=variables,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotReady(f"CNI {command}: no answer within 30 s") from error
        if result.returncode != 0:
            raise NotReady(f"CNI {command}: {result.stdout.strip() or result.stderr.strip()}")
        parsed: Object = json.loads(result.stdout) if command == "ADD" else {}
        return parsed


def _configuration(root: Path) -> Object:
    """Return the first plugin's configuration as a runtime passes it; NotReady without one."""
    files = sorted((root / "etc/cni/net.d").glob("*.conf*"))
    if not files:
        raise NotReady("network plugin: no configuration in /etc/cni/net.d yet")
    parsed: Object = json.loads(files[0].read_text())
    plugins = parsed.get("plugins")
    if not plugins:
        return parsed
    return {**plugins[0], "name": parsed["name"], "cniVersion": parsed["cniVersion"]}
