# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that kubeadm makes for kube-proxy, and what of them is worth keeping. PRIVATE to the collection. Pure.

Names are those of kubeadm (cmd/kubeadm/app/phases/addons/proxy), the same since Kubernetes 1.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._json import get_list, get_object, get_objects, get_text

if TYPE_CHECKING:
    from .._json import Json, JsonObject

NAMESPACE = "kube-system"
NAME = "kube-proxy"
DAEMON_SET = "DaemonSet"
SELECTOR = "k8s-app=kube-proxy"
# A node with this label is kept free of kube-proxy while nodes are taken one at a time.
LABEL = "fleet.cilium/kube-proxy"
KEPT_OFF = "removed"

_CORE = f"/api/v1/namespaces/{NAMESPACE}"
_RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
_RIGHTS_HERE = f"{_RIGHTS}/namespaces/{NAMESPACE}"
# What the API server adds, and what is of this one life of an object only.
_PASSING = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "ownerReferences")
_GENERATION = "deprecated.daemonset.template.generation"
_AFFINITY = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")


@dataclass(frozen=True)
class Ref:
    """One object: its kind, the collection that it belongs to, and its name."""

    kind: str
    collection: str
    name: str = NAME

    @property
    def path(self) -> str:
        """Its API path."""
        return f"{self.collection}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


# In the order of making: the DaemonSet last, when all it needs is there. Removal goes the other way.
REFS = (
    Ref("ServiceAccount", f"{_CORE}/serviceaccounts"),
    Ref("ClusterRoleBinding", f"{_RIGHTS}/clusterrolebindings", "kubeadm:node-proxier"),
    Ref("Role", f"{_RIGHTS_HERE}/roles"),
    Ref("RoleBinding", f"{_RIGHTS_HERE}/rolebindings"),
    Ref("ConfigMap", f"{_CORE}/configmaps"),
    Ref(DAEMON_SET, f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"),
)
DAEMON_SET_REF = REFS[-1]
KUBEADM_REF = Ref("ConfigMap", f"{_CORE}/configmaps", "kubeadm-config")
BACKUP_REF = Ref("Secret", f"{_CORE}/secrets", "fleet-cilium.kube-proxy")


def kept(body: JsonObject) -> JsonObject:
    """Return of an object what a backup keeps and a comparison looks at."""
    metadata = {key: value for key, value in get_object(body, "metadata").items() if key not in _PASSING}
    annotations = {key: value for key, value in get_object(metadata, "annotations").items() if key != _GENERATION}
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    # A ServiceAccount's secrets are tokens that the cluster made for it (Kubernetes up to 1.23).
    content = {key: value for key, value in body.items() if key not in {"status", "secrets"}}
    return released({**content, "metadata": metadata})


def held_back(daemon_set: JsonObject) -> JsonObject:
    """Return the DaemonSet so that its pods stay off nodes with our label."""
    clean = released(daemon_set)
    terms = get_objects(clean, "spec", "template", "spec", *_AFFINITY, "nodeSelectorTerms") or [{}]
    ours: JsonObject = {"key": LABEL, "operator": "NotIn", "values": [KEPT_OFF]}
    limited: list[Json] = [{**term, "matchExpressions": [*get_list(term, "matchExpressions"), ours]} for term in terms]
    return _with_terms(clean, limited)


def is_held_back(daemon_set: JsonObject) -> bool:
    """Tell whether the DaemonSet's pods stay off nodes with our label."""
    return released(daemon_set) != daemon_set


def released(body: JsonObject) -> JsonObject:
    """Return an object without our label's part in its pods' affinity: as it was before held_back()."""
    terms = get_objects(body, "spec", "template", "spec", *_AFFINITY, "nodeSelectorTerms")
    if not any(_is_ours(entry) for term in terms for entry in get_objects(term, "matchExpressions")):
        return body
    left = [_without_ours(term) for term in terms]
    return _with_terms(body, [term for term in left if term])


def _without_ours(term: JsonObject) -> JsonObject:
    entries: list[Json] = [entry for entry in get_objects(term, "matchExpressions") if not _is_ours(entry)]
    rest = {key: value for key, value in term.items() if key != "matchExpressions"}
    return {**rest, "matchExpressions": entries} if entries else rest


def _is_ours(entry: JsonObject) -> bool:
    return entry.get("key") == LABEL


def _with_terms(body: JsonObject, terms: list[Json]) -> JsonObject:
    """Return the object with these terms as its pods' required node affinity; none of it is left without terms."""
    pod = get_object(body, "spec", "template", "spec")
    nodes = {**get_object(pod, *_AFFINITY[:2])}
    nodes.pop(_AFFINITY[2], None)
    if terms:
        nodes[_AFFINITY[2]] = {"nodeSelectorTerms": terms}
    affinity = {**get_object(pod, _AFFINITY[0])}
    affinity.pop(_AFFINITY[1], None)
    if nodes:
        affinity[_AFFINITY[1]] = nodes
    bare = {key: value for key, value in pod.items() if key != _AFFINITY[0]}
    changed: JsonObject = {**bare, _AFFINITY[0]: affinity} if affinity else bare
    template: JsonObject = {**get_object(body, "spec", "template"), "spec": changed}
    return {**body, "spec": {**get_object(body, "spec"), "template": template}}


def image_tag(daemon_set: JsonObject) -> str:
    """Return the tag of kube-proxy's image; an empty text if it has none."""
    for container in get_objects(daemon_set, "spec", "template", "spec", "containers"):
        if container.get("name") == NAME:
            return (get_text(container, "image") or "").partition("@")[0].rpartition("/")[2].partition(":")[2]
    return ""
