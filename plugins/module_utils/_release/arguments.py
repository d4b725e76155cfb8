# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of module ``release``. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._errors import InputError
from .._json import Json, JsonObject, plain_object

MINOR_SKIP = "minor_skip"
DOWNGRADE = "downgrade"

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "release_name": {"type": "str", "default": "cilium"},
        "release_namespace": {"type": "str", "default": "kube-system"},
        "create_namespace": {"type": "bool", "default": False},
        "chart": {"type": "str"},
        "chart_repository": {"type": "str"},
        "chart_version": {"type": "str"},
        "values": {"type": "raw", "default": {}, "no_log": True},
        "purge_foreign": {"type": "bool", "default": False},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
        "restart_stale": {"type": "bool", "default": False},
        "atomic": {"type": "bool", "default": False},
        "history_max": {"type": "int", "default": 10},
        "lint": {"type": "str", "choices": ["error", "warn", "off"], "default": "error"},
        "skip_checks": {"type": "list", "elements": "str", "choices": [MINOR_SKIP, DOWNGRADE], "default": []},
        "force_unlock": {"type": "bool", "default": False},
        "helm_binary": {"type": "path"},
    },
)


@dataclass(frozen=True)
class Options:
    """The options of one task, checked and typed; ``wait_timeout`` is in seconds."""

    state: str
    name: str
    namespace: str
    create_namespace: bool
    chart: str
    chart_repository: str | None
    chart_version: str | None
    values: JsonObject
    purge_foreign: bool
    wait: bool
    wait_timeout: int
    restart_stale: bool
    atomic: bool
    history_max: int
    lint: str
    skip_checks: tuple[str, ...]
    force_unlock: bool
    helm_binary: str | None

    @classmethod
    def read(cls, params: Mapping[str, Json]) -> Options:
        """Return the options that a task was given. Raises InputError for what an argument spec cannot say."""
        values = params.get("values")
        if not isinstance(values, Mapping):
            raise InputError(f"values: found a {_kind(values)}, expected a mapping of Helm values such as {{debug: …}}")
        if params["state"] == "present" and not params.get("chart"):
            raise InputError("chart: missing; expected a folder, a .tgz file, oci://… or a name with chart_repository")
        timeout = cast(int, params["wait_timeout"])
        if timeout < 1:
            raise InputError(f"wait_timeout: found {timeout}, expected 1 second or more")
        if cast(int, params["history_max"]) < 0:
            raise InputError(f"history_max: found {params['history_max']}, expected 0 (no limit) or more")
        return cls(
            state=cast(str, params["state"]),
            name=cast(str, params["release_name"]),
            namespace=cast(str, params["release_namespace"]),
            create_namespace=cast(bool, params["create_namespace"]),
            chart=cast(str, params.get("chart") or ""),
            chart_repository=cast("str | None", params.get("chart_repository")),
            chart_version=cast("str | None", params.get("chart_version")),
            values=plain_object(values, where="values"),
            purge_foreign=cast(bool, params["purge_foreign"]),
            wait=cast(bool, params["wait"]),
            wait_timeout=timeout,
            restart_stale=cast(bool, params["restart_stale"]),
            atomic=cast(bool, params["atomic"]),
            history_max=cast(int, params["history_max"]),
            lint=cast(str, params["lint"]),
            skip_checks=tuple(cast("list[str]", params["skip_checks"] or [])),
            force_unlock=cast(bool, params["force_unlock"]),
            helm_binary=cast("str | None", params.get("helm_binary")),
        )


def _kind(value: object) -> str:
    names = {"str": "text", "list": "list", "int": "number", "float": "number", "bool": "boolean", "NoneType": "null"}
    return names.get(type(value).__name__, type(value).__name__)
