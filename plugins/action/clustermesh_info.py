# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ..module_utils._mesh.info import run
from ..module_utils._mesh.info_arguments import ARGUMENTS
from ..plugin_utils._action import ClusterAction


class ActionModule(ClusterAction):
    """Does the work of fleet.cilium.clustermesh_info on the controller."""

    ARGUMENTS = ARGUMENTS
    work = staticmethod(run)
