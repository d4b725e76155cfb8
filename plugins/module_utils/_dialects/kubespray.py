# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings in the variables of a host, Kubespray's among them. PRIVATE to the collection.

Settings carry Kubespray's names where Kubespray has them, and what its values mean stands in the catalogue. Here is
what an inventory says under names that are not Cilium's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import SETTINGS
from .._catalogue.ipam import POOL4, POOL6
from .._catalogue.kube_proxy_replacement import HOST, PORT
from .._catalogue.routing import IPV6
from .._endpoint import resolve

if TYPE_CHECKING:
    from .._json import JsonObject

# Where pods' addresses come from when nobody gives Cilium a pool (Kubespray's role fills in the same).
_POOLS = {POOL4: "kube_pods_subnet", POOL6: "kube_pods_subnet_ipv6"}
_ENDPOINT = "kube_apiserver_global_endpoint"

VARIABLES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [*(other for name, setting in SETTINGS.items() for other in (name, *setting.also)), *_POOLS.values(), _ENDPOINT]
    )
)
"""The variables from which settings are made."""


def settings_from(variables: JsonObject) -> JsonObject:
    """Return the settings among a host's variables, as they are written; what is null is left out.

    Raises:
        InputError: Kubespray's endpoint cannot be read.
    """
    known = {other for name, setting in SETTINGS.items() for other in (name, *setting.also)}
    result: JsonObject = {name: value for name, value in variables.items() if name in known and value is not None}
    for pool, subnet in _POOLS.items():
        wanted = pool == POOL4 or result.get(IPV6) in (True, "true")
        if variables.get(subnet) and not result.get(pool) and wanted:
            result[pool] = [variables[subnet]]
    if variables.get(_ENDPOINT) and result.get(HOST) in (None, "", *SETTINGS[HOST].unresolved):
        endpoint = resolve({"kubespray": variables[_ENDPOINT]})
        result[HOST], result[PORT] = endpoint.host, endpoint.port
    return result
