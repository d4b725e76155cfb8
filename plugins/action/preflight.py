# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from ansible.plugins.action import ActionBase

from ..module_utils._desired.fleet import check, lines
from ..module_utils._findings import split
from ..plugin_utils._fleet import Reader, ask_all, clusters, plain_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible.playbook.task import Task
    from ansible.template import Templar
    from ansible.vars.hostvars import HostVars as AnsiblesHostVars

    from ..module_utils._desired.fleet import Cluster
    from ..module_utils._findings import Finding

ARTIFACT = "artifacts/admin.conf"


class ActionModule(ActionBase):
    """Looks at a whole fleet in one task, on the controller; see the documentation of the module."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"ask", "ignore"})

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> dict[str, object]:
        """Do the task's work and return its result."""
        result: dict[str, object] = super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(
            {"ask": {"type": "bool", "default": True}, "ignore": {"type": "list", "elements": "str", "default": []}}
        )
        fleet = self._fleet(task_vars or {}, ask=bool(options["ask"]))
        errors, others = split(check(fleet), plain_names(options["ignore"]))
        result.update(
            changed=False,
            findings=[found.as_dict() for found in (*errors, *others)],
            clusters=[name for name, cluster in fleet.items() if cluster.taking_part],
        )
        result["warnings"] = lines(_worth_saying(others))
        if errors:
            result.update(failed=True, msg=_message(errors))
        return result

    def _fleet(self, variables: Mapping[str, object], *, ask: bool) -> dict[str, Cluster]:
        hostvars = cast("AnsiblesHostVars", variables["hostvars"])
        groups = cast("Mapping[str, Sequence[str]]", variables["groups"])
        playing = clusters(groups, plain_names(variables["ansible_play_hosts"]))
        reader = Reader(_Templates(self._templar), hostvars, _InPlay(hostvars, self._task).variables)
        fleet = {name: reader.read(name, taking_part=taking) for name, taking in playing.items()}
        artifact = Path(str(variables.get("inventory_dir") or "/nowhere"), ARTIFACT)
        if not ask:
            return {name: cluster for name, (cluster, _variables) in fleet.items()}
        return ask_all(fleet, str(artifact) if artifact.is_file() else None)


class _Templates:
    def __init__(self, templar: Templar) -> None:
        self._templar = templar

    def template(self, variables: Mapping[str, object], names: Sequence[str]) -> Mapping[str, object]:
        """Return these variables, templated."""
        templar = self._templar.copy_with_new_env(available_variables=variables)
        found: Mapping[str, object] = templar.template({name: variables[name] for name in names})
        return found


class _InPlay:
    """The variables of any host, as a task sees them."""

    def __init__(self, hostvars: AnsiblesHostVars, task: Task) -> None:
        # hostvars leave the play out; what they are made by takes it in. No public way leads there.
        self._manager = hostvars._variable_manager
        self._inventory = hostvars._inventory
        self._task = task

    def variables(self, name: str) -> Mapping[str, object]:
        """Return the variables of a host, not templated."""
        host = self._inventory.get_host(name)
        found: Mapping[str, object] = self._manager.get_vars(
            play=self._task.get_play(), host=host, task=self._task, include_hostvars=False
        )
        return found


def _worth_saying(findings: list[Finding]) -> list[Finding]:
    return [found for found in findings if found.severity != "info"]


def _message(errors: list[Finding]) -> str:
    found = lines(errors)
    these = "this" if len(found) == 1 else f"these {len(found)} things"
    return "\n".join([f"Nothing was changed, because {these} cannot work:", *(f"- {line}" for line in found)])
