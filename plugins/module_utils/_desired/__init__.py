# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From settings to what a cluster is to get: "auto" looked up, raw Helm values above. PRIVATE to the collection.

Pure: what was found on the cluster comes in as data.
"""

from __future__ import annotations

AUTO = "auto"
"""The word of a setting that is to be looked up."""
