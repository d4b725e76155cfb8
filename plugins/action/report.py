# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, cast

from ansible.plugins.action import ActionBase

from ..module_utils._errors import FleetError
from ..module_utils._report.document import About
from ..plugin_utils._fleet import plain_names
from ..plugin_utils._report import entries, mode_of, paths, version, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..plugin_utils._fleet import HostVars

ARGUMENTS = {
    "path": {"type": "path", "default": "cilium-report.html"},
    "title": {"type": "str", "default": "Cilium fleet report"},
    "mode": {"type": "raw", "default": "0640"},
    "fact": {"type": "str", "default": "cilium_report_cluster"},
}


class ActionModule(ActionBase):
    """Writes the report of a whole fleet in one task, on the controller; see the documentation of the module."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(ARGUMENTS)

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> dict[str, object]:
        """Do the task's work and return its result."""
        result: dict[str, object] = super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(ARGUMENTS)
        try:
            result.update(self._report(options, task_vars or {}))
        except FleetError as error:
            result.update(failed=True, changed=False, msg=error.message)
        return result

    def _report(self, options: Mapping[str, object], variables: Mapping[str, object]) -> dict[str, object]:
        groups = cast("Mapping[str, Sequence[str]]", variables["groups"])
        playing = plain_names(variables["ansible_play_hosts_all"])
        path, mode = str(options["path"]), mode_of(options["mode"])
        page, data = paths(path)
        hostvars = cast("HostVars", variables["hostvars"])
        found, left_out = entries(groups, playing, hostvars, str(options["fact"]))
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        about = About(str(options["title"]), now.replace("+00:00", "Z"), version(), left_out)
        answer: dict[str, object] = {"path": str(page), "data_path": str(data)}
        if self._task.check_mode:
            return {**answer, "changed": True}
        changed, fleet = write(path, about, found, mode=mode)
        return {**answer, "changed": changed, "fleet": fleet}
