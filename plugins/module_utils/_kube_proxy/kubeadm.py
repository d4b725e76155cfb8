# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps kubeadm and Kubespray from bringing kube-proxy back. PRIVATE to the collection. Pure.

kubeadm 1.19 to 1.31 leaves kube-proxy away when its ConfigMap is missing (kubernetes/kubernetes pull request 89593);
from 1.32 on it looks at proxy.disabled of a configuration in version v1beta4 (1.32.0 did not yet: kubeadm issue 3137).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .._json import as_json, get_bool, get_object, get_objects, get_text

with suppress(ImportError):  # comes with the package kubernetes, whose absence _kubernetes.py reports
    import yaml

if TYPE_CHECKING:
    from .._json import JsonObject

KEY = "ClusterConfiguration"
_GROUP = "kubeadm.k8s.io/"
# Versions of kubeadm's configuration that have no word for it.
_WITHOUT = ("v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta3")
_PHASE = "addon/kube-proxy"
_RANGE = "service-node-port-range"


def text_of(config_map: JsonObject | None) -> str | None:
    """Return kubeadm's configuration as its ConfigMap holds it; None where kubeadm did not make the cluster."""
    return get_text(config_map, "data", KEY)


def version(text: str | None) -> str | None:
    """Return the version of the form of a configuration, such as v1beta4; None if it has none."""
    found = get_text(_parsed(text), "apiVersion") or ""
    return found[len(_GROUP) :] if found.startswith(_GROUP) else None


def has_word(text: str | None) -> bool:
    """Tell whether a configuration can say that kube-proxy is to stay away."""
    found = version(text)
    return found is not None and found not in _WITHOUT


def told_off(text: str) -> str:
    """Return the configuration that leaves kube-proxy away; the same text if it does already, or cannot say it."""
    content = _parsed(text)
    if not has_word(text) or get_bool(content, "proxy", "disabled"):
        return text
    return _written({**content, "proxy": {**get_object(content, "proxy"), "disabled": True}})


def taken_back(text: str) -> str:
    """Return the configuration without the word that leaves kube-proxy away; the same text if it is not there."""
    content = _parsed(text)
    if not get_bool(content, "proxy", "disabled"):
        return text
    rest = {key: value for key, value in get_object(content, "proxy").items() if key != "disabled"}
    return _written({**content, "proxy": rest})


def nodeport_range(text: str | None) -> str | None:
    """Return the API server's range of NodePorts if kubeadm was told one."""
    arguments = get_object(_parsed(text), "apiServer").get("extraArgs")
    if isinstance(arguments, dict):  # up to v1beta3
        return get_text(arguments, _RANGE)
    listed = get_objects(_parsed(text), "apiServer", "extraArgs")
    return next((get_text(entry, "value") for entry in listed if entry.get("name") == _RANGE), None)


def keep_away() -> JsonObject:
    """Return what a person puts elsewhere, so that upgrades leave kube-proxy away."""
    skipped: JsonObject = {"skipPhases": [_PHASE]}
    upgrade: JsonObject = {
        "apiVersion": f"{_GROUP}v1beta4",
        "kind": "UpgradeConfiguration",
        "apply": {**skipped},
        "node": {**skipped},
    }
    return {"upgrade_configuration": _written(upgrade), "kubespray_variables": {"kube_proxy_remove": True}}


def _parsed(text: str | None) -> JsonObject:
    try:
        content = as_json(yaml.safe_load(text or "{}"))
    except yaml.YAMLError:
        return {}
    return content if isinstance(content, dict) else {}


def _written(content: JsonObject) -> str:
    """Return YAML as kubeadm writes it: keys in order, blocks."""
    return str(yaml.safe_dump(content, default_flow_style=False))
