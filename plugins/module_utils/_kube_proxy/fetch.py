# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan and the gates have to know of a cluster. PRIVATE to the collection."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from .._catalogue.kube_proxy_replacement import API_SERVER_KEYS
from .._errors import FleetError, Forbidden, NotFound
from .._json import get_bool, get_int, get_object, get_objects, get_path, get_text
from .._release.restart import is_stale
from .._release.rollout import CONFIG_MAP
from .._status.agents import CONTAINER, SELECTOR, agents, ask
from . import backup, kubeadm
from .gates import Agent, Facts
from .objects import BACKUP_REF, KUBEADM_REF, LABEL, NAMESPACE, REFS
from .objects import SELECTOR as PROXIES
from .plan import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .._status.agents import Agent as Asked

_SERVICE = "/api/v1/namespaces/default/services/kubernetes"
_MIRROR = "kubernetes.io/config.mirror"
_OLD_STATIC = "component=kube-proxy"
_RANGE = re.compile(r"--service-node-port-range=(\d+-\d+)")
_HOST = "KUBERNETES_SERVICE_HOST"
# The agents' image has no other program that makes a connection.
_CONNECT = (
    "if timeout 5 bash -c 'exec 3<>\"/dev/tcp/$KUBERNETES_SERVICE_HOST/$KUBERNETES_SERVICE_PORT\"' 2>/dev/null; "
    "then echo reached; else echo not reached; fi"
)
_OF_A_URL = re.compile(r"(?:https?://)?(\[[0-9a-fA-F:]+\]|[^:/\s]+)")
# Runtimes and operators that run pods with a kernel of their own, by the name of a handler or of an API group.
_GUESTS = {"kata": "Kata Containers", "runsc": "gVisor", "gvisor": "gVisor", "kubevirt.io": "KubeVirt"}


def live(client: Client, nodes: Sequence[JsonObject]) -> Live:
    """Return what of kube-proxy is in the cluster.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
        InputError: the Secret of the backup is none.
    """
    objects = {ref.path: body for ref in REFS if (body := optional(client, ref.path)) is not None}
    secret = optional(client, BACKUP_REF.path)
    return Live(
        objects=objects,
        kubeadm=optional(client, KUBEADM_REF.path),
        secret=secret,
        backup=backup.read(secret),
        kept_off={name(node): get_text(node, "metadata", "labels", LABEL) for node in nodes},
        running=tuple(sorted(_node(pod) for pod in proxies(client))),
    )


def nodes(client: Client) -> list[JsonObject]:
    """Return all Node objects."""
    return list(client.items("/api/v1/nodes"))


def proxies(client: Client, node: str | None = None) -> list[JsonObject]:
    """Return the pods of kube-proxy's DaemonSet, those of a node or all."""
    query = {"labelSelector": PROXIES, **({"fieldSelector": f"spec.nodeName={node}"} if node else {})}
    listed = client.get(f"/api/v1/namespaces/{NAMESPACE}/pods", query=query)
    return [pod for pod in get_objects(listed, "items") if not _is_mirror(pod)]


def static_nodes(client: Client) -> list[str]:
    """Return the nodes whose kubelet runs kube-proxy from a file."""
    path = f"/api/v1/namespaces/{NAMESPACE}/pods"
    found = [
        pod
        for labels in (PROXIES, _OLD_STATIC)
        for pod in get_objects(client.get(path, query={"labelSelector": labels}), "items")
    ]
    return sorted({_node(pod) for pod in found if _is_mirror(pod)})


def facts(client: Client, known: Sequence[JsonObject], seen: Live, params: Mapping[str, Json]) -> Facts:
    """Return what the gates look at.

    Args:
        client: the way to the cluster.
        known: its Node objects.
        seen: what of kube-proxy is there.
        params: the options namespace, timeout and parallel.

    Raises:
        ApiError, ConnectionFailed: as Client.get(); an agent that does not answer is no error.
    """
    service = optional(client, _SERVICE) or {}
    found = _agents(client, params)
    pods = [] if found else list(client.items("/api/v1/pods", query={"fieldSelector": "status.phase=Running"}))
    served = get_objects(optional(client, "/apis/networking.k8s.io/v1/servicecidrs"), "items")
    return Facts(
        cluster=client.context,
        nodes=tuple(name(node) for node in known if _takes_pods(node)),
        agents=tuple(found),
        own_addresses=tuple(_texts(service, "spec", "clusterIPs")) or tuple(_texts_of(service, "clusterIP")),
        service_networks=tuple(cidr for item in served for cidr in _texts(item, "spec", "cidrs")),
        nodeport_range=_nodeport_range(client, seen),
        nodeports=_nodeports(client),
        guests=_guests(client),
        without_network=not found and all(get_bool(pod, "spec", "hostNetwork") for pod in pods),
    )


def service_address(client: Client) -> str | None:
    """Return the ClusterIP of the Service kubernetes, which answers wherever Services are served."""
    return get_text(optional(client, _SERVICE), "spec", "clusterIP")


def optional(client: Client, path: str) -> JsonObject | None:
    """Return an object; None if there is none."""
    try:
        return client.get(path)
    except NotFound:
        return None


def name(body: JsonObject) -> str:
    """Return an object's name."""
    return get_text(body, "metadata", "name") or ""


def _agents(client: Client, params: Mapping[str, Json]) -> list[Agent]:
    """Return all agents with what they say of themselves."""
    namespace, timeout = str(params["namespace"]), get_int(dict(params), "timeout") or 1
    asked = agents(client, namespace)
    listed = client.get(f"/api/v1/namespaces/{namespace}/pods", query={"labelSelector": SELECTOR})
    pods = {name(pod): pod for pod in get_objects(listed, "items")}
    config = optional(client, f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}") or {}
    given = hosts_in(get_object(config, "data"))
    found = []
    for agent in asked:
        pod = pods.get(agent.pod.name, {})
        hosts = given or hosts_of(pod, lambda source: _config_value(client, namespace, source))
        stale = is_stale(pod, config)
        found.append(Agent(agent.node, agent.pod.name, agent.ready, agent.reason, api_hosts=hosts, stale=stale))
    threads = min(get_int(dict(params), "parallel") or 1, len(asked)) or 1
    with ThreadPoolExecutor(max_workers=threads) as pool:
        said = list(pool.map(lambda agent: _status(client, agent, timeout), asked))
        reached = list(pool.map(lambda agent: reaches_api(client, agent, timeout), asked))
    return [
        replace(agent, status=status, reason=reason, reaches_api=reaches)
        for agent, (status, reason), reaches in zip(found, said, reached)
    ]


def reaches_api(client: Client, agent: Asked, timeout: int) -> bool | None:
    """Return whether a new connection from an agent's pod reaches the API server that its environment names.

    The agent's own status tells of the connections that it has, which outlive a way that is closed. None if it cannot
    be tried.
    """
    if not agent.ready:
        return None
    try:
        said = client.execute(agent.pod, ["bash", "-c", _CONNECT], timeout=timeout).stdout.strip()
    except FleetError:
        return None
    return {"reached": True, "not reached": False}.get(said)


def _status(client: Client, agent: Asked, timeout: int) -> tuple[JsonObject | None, str]:
    """Return what an agent says, or None and why it says nothing."""
    if not agent.ready:
        return None, agent.reason
    try:
        return ask(client, agent, timeout=timeout).as_dict(), ""
    except FleetError as error:
        return None, error.message


def hosts_in(configuration: JsonObject) -> tuple[str, ...]:
    """Return the API servers that the agents' configuration names, whatever their environment says."""
    texts = (get_text(configuration, key) or "" for key in API_SERVER_KEYS)
    return tuple(host for text in texts for url in re.split(r"[\s,]+", text) if (host := _host(url)))


def _host(url: str) -> str:
    found = _OF_A_URL.match(url)
    return found.group(1).strip("[]") if found else ""


def hosts_of(pod: JsonObject, look_up: Callable[[JsonObject], str | None]) -> tuple[str, ...]:
    """Return the API server that a pod's environment names; none if it has the kubelet's own."""
    for container in get_objects(pod, "spec", "containers"):
        if container.get("name") != CONTAINER:
            continue
        for entry in get_objects(container, "env"):
            if entry.get("name") == _HOST:
                value = get_text(entry, "value") or look_up(get_object(entry, "valueFrom", "configMapKeyRef"))
                return (value.strip("[]"),) if value else ()
    return ()


def _config_value(client: Client, namespace: str, source: JsonObject) -> str | None:
    """Return the value of a key of a ConfigMap that a variable refers to."""
    found = (
        optional(client, f"/api/v1/namespaces/{namespace}/configmaps/{get_text(source, 'name')}") if source else None
    )
    return get_text(found, "data", get_text(source, "key") or "")


def _takes_pods(node: JsonObject) -> bool:
    """Tell whether a node is for kube-proxy and Cilium: pods may be scheduled to it, and it is not Windows."""
    return not get_bool(node, "spec", "unschedulable") and (
        get_text(node, "metadata", "labels", "kubernetes.io/os") != "windows"
    )


def _nodeport_range(client: Client, seen: Live) -> str | None:
    """Return the API server's range of NodePorts, by its own pod or by kubeadm; None where neither tells."""
    query = {"labelSelector": "component=kube-apiserver"}
    for pod in get_objects(client.get(f"/api/v1/namespaces/{NAMESPACE}/pods", query=query), "items"):
        for container in get_objects(pod, "spec", "containers"):
            found = _RANGE.search(" ".join([*_texts(container, "command"), *_texts(container, "args")]))
            if found:
                return found.group(1)
    return kubeadm.nodeport_range(kubeadm.text_of(seen.kubeadm))


def _nodeports(client: Client) -> dict[int, str]:
    found = {}
    for service in client.items("/api/v1/services"):
        for port in get_objects(service, "spec", "ports"):
            number = get_int(port, "nodePort")
            if number:
                found[number] = f"{get_text(service, 'metadata', 'namespace')}/{name(service)}"
    return found


def _guests(client: Client) -> tuple[str, ...]:
    """Return what runs pods with a kernel of their own; what the user may not read counts as none."""
    words = []
    for path, keys in (("/apis/node.k8s.io/v1/runtimeclasses", ("handler",)), ("/apis", ("name",))):
        try:
            answer = optional(client, path) or {}
        except Forbidden:
            continue
        for item in get_objects(answer, "items") + get_objects(answer, "groups"):
            words += [get_text(item, key) or "" for key in keys]
    return tuple(sorted({title for word in words for key, title in _GUESTS.items() if word.startswith(key)}))


def _is_mirror(pod: JsonObject) -> bool:
    return get_path(pod, "metadata", "annotations", _MIRROR) is not None


def _node(pod: JsonObject) -> str:
    return get_text(pod, "spec", "nodeName") or ""


def _texts(value: JsonObject, *path: str) -> list[str]:
    found = get_path(value, *path)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _texts_of(service: JsonObject, key: str) -> list[str]:
    text = get_text(service, "spec", key)
    return [text] if text else []
