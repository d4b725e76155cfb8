# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Writes a report on a fleet as one HTML file for people, and the same data as JSON
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Takes what P(fleet.cilium.report_cluster#filter) made of every cluster of the play from a fact of the cluster's
    host, counts it, and writes two files on the controller, a page and beside it its data.
  - The page is one file with everything in it. It loads nothing, and a browser shows it without a server.
  - A cluster of the play without the fact gets a card that says so. Clusters that are not in the play (C(--limit)) are
    named as left out.
  - One task for the whole play is enough, so give it C(run_once). Role P(fleet.cilium.report#role) gathers and writes.
options:
  path:
    description:
      - Where the page goes, a path on the controller that ends in C(.html). A relative one starts where Ansible was
        started. The folder has to be there.
      - The data goes to the same path with C(.json) in place of C(.html).
    type: path
    default: cilium-report.html
  title:
    description: What stands at the top of the page.
    type: str
    default: Cilium fleet report
  mode:
    description:
      - Mode of both files, as octal text. They hold no credentials, but names, addresses and versions of machines.
    type: raw
    default: "0640"
  fact:
    description: Name of the fact that holds the cluster's entry on each host.
    type: str
    default: cilium_report_cluster
attributes:
  action:
    description: Has an action plugin, so that the work is done on the controller.
    support: full
  async:
    description: Can be run in the background with C(async).
    support: none
  bypass_host_loop:
    description: Runs once for all hosts by itself.
    support: none
    details: Give the task C(run_once).
  check_mode:
    support: full
    details: Nothing is written.
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each report tells of another moment.
  platform:
    platforms: posix
    support: full
extends_documentation_fragment:
  - fleet.cilium._attributes
seealso:
  - plugin: fleet.cilium.report_cluster
    plugin_type: filter
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask every agent
  fleet.cilium.status_info:
    kubeconfig: "{{ cilium_kubeconfig }}"
  register: status

- name: Keep it for the report
  ansible.builtin.set_fact:
    cilium_report_cluster: "{{ {'status': status} | fleet.cilium.report_cluster(inventory_hostname) }}"

- name: Write the report
  fleet.cilium.report:
    path: ~/reports/fleet.html
  run_once: true
"""

RETURN = r"""
path:
  description: Absolute path of the page.
  returned: success
  type: str
  sample: /home/ada/fleet/cilium-report.html
data_path:
  description: Absolute path of the data.
  returned: success
  type: str
  sample: /home/ada/fleet/cilium-report.json
fleet:
  description:
    - The counts of the whole fleet. C(clusters), C(nodes), C(answering) (agents), C(unsound) (agents that answer and
      call themselves unwell), C(pairs) (of nodes, that reach each other, of all), C(settings) by outcome, and
      C(findings) by severity. A part that nobody gathered is null.
  returned: success, not in check mode
  type: dict
  sample:
    clusters: {total: 2, in_order: 2, warnings: 0, errors: 0, not_reached: 0}
    nodes: 4
    answering: 4
    unsound: 0
    pairs: {reachable: 16, total: 16}
    settings: {total: 24, effective: 24, fell_back: 0, older_config: 0, unknown: 0}
    findings: {error: 0, warning: 0, info: 0}
"""
