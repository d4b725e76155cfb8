# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ..module_utils._cluster.run import ARGUMENTS, run
from ..plugin_utils import _asked
from ..plugin_utils._action import ClusterAction

# The first question of role cilium, whose filters import this. Ansible loads the plugin before it forks, and it
# compiles a collection's code anew in every process that imports it: so that is paid once a run, not once a task.
PRELOADED = (_asked,)


class ActionModule(ClusterAction):
    """Does the work of fleet.cilium.cluster_info on the controller."""

    ARGUMENTS = ARGUMENTS
    work = staticmethod(run)
