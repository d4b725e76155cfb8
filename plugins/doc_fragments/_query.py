# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    # The option of modules whose result can be reduced. PRIVATE to the collection.
    DOCUMENTATION = r"""
options:
  query:
    description:
      - An expression in JMESPath (U(https://jmespath.org)) that reduces the result. It sees the whole result, and what
        it gives is returned as RV(ignore:query_result); besides, only RV(ignore:changed) and RV(ignore:findings) are
        returned.
      - Names with a dash or a dot are quoted, as in V(nodes."node-1.example.org".version).
      - An expression that is not well-formed, calls a function that JMESPath does not have, or calls one with too few
        or too many arguments, fails before anything is read; the message names the column.
      - It needs the Python package C(jmespath) where the work is done.
    type: str
"""
