# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialects: what a cluster is asked for, said in Helm values, keys of a ConfigMap, … PRIVATE to the collection."""

from __future__ import annotations
