# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of module ``release``. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._errors import InputError
from .._json import Json, JsonObject, plain_object
from .ownership import EVERYTHING
from .values import Keys, merge

MANAGER = "release"
# The manager of the values by which a cluster is a member of a mesh.
MESH_MANAGER = "clustermesh"
# In place of a chart: the one that the newest revision was installed from.
INSTALLED = ""
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
        "clustermesh_values": {"type": "raw", "no_log": True},
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
    """The options of one task, checked and typed; ``wait_timeout`` is in seconds.

    ``desired`` are the values that each manager asks for in this task; the first is the one that does it. Below the
    paths ``purged`` values go that no manager asks for.
    """

    state: str
    name: str
    namespace: str
    create_namespace: bool
    chart: str
    chart_repository: str | None
    chart_version: str | None
    desired: Mapping[str, JsonObject]
    purged: tuple[Keys, ...]
    wait: bool
    wait_timeout: int
    restart_stale: bool
    atomic: bool
    history_max: int
    lint: str
    skip_checks: tuple[str, ...]
    force_unlock: bool
    helm_binary: str | None
    anew: str = ""

    @classmethod
    def of_manager(cls, manager: str, values: JsonObject, params: Mapping[str, Json], *, anew: str = "") -> Options:
        """Return the options of a task in which another manager sets its values and leaves the chart as it is.

        Args:
            manager: who does it.
            values: all that it asks for.
            params: of the module's options those that are not to have their defaults.
            anew: why helm is to render everything anew, whether or not values differ; empty for not at all.
        """
        defaults = {name: cast("Json", option.get("default")) for name, option in ARGUMENTS.items()}
        found = cls.read({**defaults, **params, "chart": "the installed one"})
        return replace(found, chart=INSTALLED, desired={manager: values}, lint="off", anew=anew)

    @property
    def manager(self) -> str:
        """Who does the task: the chart, the revision and what was waited for are noted with its values."""
        return next(iter(self.desired))

    @property
    def values(self) -> JsonObject:
        """Everything that is asked for."""
        merged: JsonObject = {}
        for values in self.desired.values():
            merged = merge(merged, values)
        return merged

    @classmethod
    def read(cls, params: Mapping[str, Json]) -> Options:
        """Return the options that a task was given. Raises InputError for what an argument spec cannot say."""
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
            desired=_desired(params),
            purged=(EVERYTHING,) if params["purge_foreign"] else (),
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


def _desired(params: Mapping[str, Json]) -> dict[str, JsonObject]:
    """Return what each manager asks for. Raises InputError for what is no mapping."""
    found = {MANAGER: _values(params, "values")}
    if params.get("clustermesh_values") is not None:
        found[MESH_MANAGER] = _values(params, "clustermesh_values")
    return found


def _values(params: Mapping[str, Json], name: str) -> JsonObject:
    values = params.get(name)
    if not isinstance(values, Mapping):
        raise InputError(f"{name}: found a {_kind(values)}, expected a mapping of Helm values such as {{debug: …}}")
    return plain_object(values, where=name)


def _kind(value: object) -> str:
    names = {"str": "text", "list": "list", "int": "number", "float": "number", "bool": "boolean", "NoneType": "null"}
    return names.get(type(value).__name__, type(value).__name__)
