# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation: what can be known to be wrong before anything is changed. PRIVATE to the collection.

Pure: settings in, findings out. The rules themselves stand in the catalogue, with the features they belong to.
"""

from __future__ import annotations
