# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cilium as a Helm release. PRIVATE to the collection.

``run.py`` is the way in; the files beside it hold one decision each and are pure unless their name is that of a
thing outside (store, helm, lease, wait).
"""
