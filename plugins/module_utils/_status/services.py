# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of an agent: from `service list -o json` to the model. PRIVATE to the collection.

The JSON is a list of Cilium's models.Service (api/v1/models); what counts is what the agent has realised.
"""

from __future__ import annotations

from .._json import Json, JsonObject, get_bool, get_int, get_object, get_objects, get_text
from .model_services import Backend, Service

# The scope of a frontend that is for the cluster's own clients; anything else is for all, and not said.
INTERNAL = "internal"


def parse_json(content: Json) -> list[Service]:
    """Return the services, in the agent's order of their numbers.

    Args:
        content: the JSON of `cilium-dbg service list -o json`, a list.
    """
    services = [_service(entry) for entry in get_objects(content)]
    return sorted(services, key=lambda service: service.id or 0)


def _service(entry: JsonObject) -> Service:
    realised = get_object(entry, "status", "realized")
    spec = realised or get_object(entry, "spec")
    flags = get_object(spec, "flags") or get_object(entry, "spec", "flags")
    cluster = get_text(flags, "cluster")
    return Service(
        id=get_int(spec, "id"),
        ip=get_text(spec, "frontend-address", "ip"),
        port=get_int(spec, "frontend-address", "port"),
        protocol=_protocol(get_text(spec, "frontend-address", "protocol")),
        scope=INTERNAL if get_text(spec, "frontend-address", "scope") == INTERNAL else None,
        type=get_text(flags, "type"),
        name=get_text(flags, "name"),
        namespace=get_text(flags, "namespace"),
        cluster=cluster,
        remote=bool(cluster),
        external_traffic_policy=get_text(flags, "extTrafficPolicy") or get_text(flags, "trafficPolicy"),
        internal_traffic_policy=get_text(flags, "intTrafficPolicy"),
        nat_policy=get_text(flags, "natPolicy"),
        health_check_node_port=get_int(flags, "healthCheckNodePort"),
        backends=[_backend(backend) for backend in get_objects(spec, "backend-addresses")],
    )


def _backend(entry: JsonObject) -> Backend:
    return Backend(
        ip=get_text(entry, "ip"),
        port=get_int(entry, "port"),
        protocol=_protocol(get_text(entry, "protocol")),
        state=get_text(entry, "state"),
        preferred=get_bool(entry, "preferred"),
        weight=get_int(entry, "weight"),
        node=get_text(entry, "nodeName"),
        zone=get_text(entry, "zone"),
    )


def _protocol(name: str | None) -> str | None:
    """Return the protocol in capitals; NONE and ANY, which older agents say, tell nothing."""
    return name.upper() if name and name.upper() not in {"NONE", "ANY"} else None
