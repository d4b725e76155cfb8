# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors, of Kubernetes and as Cilium widens them. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._json import get_list, get_object, get_objects, get_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._json import Json, JsonObject

Labels = dict[str, str]

# Where Cilium keeps a pod's namespace, and the labels of that namespace, among the labels of the pod's identity
# (Cilium, pkg/k8s/apis/cilium.io/const.go).
NAMESPACE = "io.kubernetes.pod.namespace"
OF_NAMESPACE = "io.cilium.k8s.namespace.labels."
_SOURCES = ("k8s:", "any:")


def matches(selector: Json, labels: Mapping[str, str]) -> bool:
    """Tell whether a selector with matchLabels and matchExpressions selects these labels; an empty one selects all."""
    wanted = get_object(selector, "matchLabels")
    if any(labels.get(_key(key)) != value for key, value in wanted.items()):
        return False
    return all(_holds(expression, labels) for expression in get_objects(selector, "matchExpressions"))


def _holds(expression: JsonObject, labels: Mapping[str, str]) -> bool:
    key, operator = _key(get_text(expression, "key") or ""), get_text(expression, "operator")
    there, among = key in labels, labels.get(key) in get_list(expression, "values")
    known = {"In": among, "NotIn": not among, "Exists": there, "DoesNotExist": not there}
    return known.get(operator or "", False)


def _key(key: str) -> str:
    """Return the key of a label without its source; a source that no pod's label has stays and matches nothing."""
    for source in _SOURCES:
        if key.startswith(source):
            return key[len(source) :]
    return key


def of_namespaces(selector: JsonObject) -> JsonObject:
    """Return a selector of namespaces as one of pods, by the labels that Cilium gives pods for their namespace's."""
    labels: JsonObject = {OF_NAMESPACE + key: value for key, value in get_object(selector, "matchLabels").items()}
    expressions: list[Json] = [
        {**expression, "key": OF_NAMESPACE + (get_text(expression, "key") or "")}
        for expression in get_objects(selector, "matchExpressions")
    ]
    return {"matchLabels": labels, "matchExpressions": expressions}


def identity_labels(texts: Iterable[Json]) -> Labels:
    """Return the labels of a pod's identity, such as "k8s:app=web", by key and without what is not Kubernetes'."""
    pairs = (text[len("k8s:") :].partition("=") for text in texts if isinstance(text, str) and text.startswith("k8s:"))
    return {key: value for key, _equals, value in pairs}
