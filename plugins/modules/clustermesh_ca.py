# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: clustermesh_ca
short_description: Creates, imports, exports and shares the certificate authority of Cilium's clusters
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Clusters of a mesh trust each other when their certificates come from one authority. Cilium's charts sign them, and
    Hubble's, with the authority in the Secret C(cilium-ca) of the release's namespace, if it is there.
  - This module sees to that Secret. It makes an authority where there is none, imports one, exports it, or lets all
    clusters of O(members) have the same. The Secret carries Helm's ownership metadata, so that an install or upgrade
    takes it over; one that somebody has copied with C(kubectl) gets them.
  - Charts from 1.12 to 1.14 have Secrets of their own for the mesh and for Hubble beside it
    (C(clustermesh-apiserver-ca-cert), C(hubble-ca-secret)), and these win. Where they are, they are kept the same.
    Up to 1.11, C(clustermesh-apiserver-ca-cert) is the one that counts, for method C(cronJob) only.
  - It renews no other certificates. An authority that has signed some which are in use gives way to another only with
    O(force); without it, the module refuses and names the Secrets of these certificates. Module
    M(fleet.cilium.clustermesh) replaces an authority and renews them, in an order that never cuts the mesh.
  - An authority with the same name and key and another certificate, as after a renewal, counts as the same. It takes
    the place of the old one without more ado.
  - Private keys are never part of a result or a difference, but for RV(ca) with O(return_ca=true).
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._mesh.members
  - fleet.cilium._attributes
  - fleet.cilium._attributes.cluster
attributes:
  check_mode:
    support: full
    details: The API server is asked whether it would take the changes. Of an authority that would be made, there is
      no fingerprint yet.
  diff_mode:
    support: full
    details: Shows fingerprint, subject and end of the authorities in place of their content.
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) sees to the Secret. Without O(ca), what is there stays, and what is missing is made.
      - V(exported) reads the authority of one cluster, and writes it to O(path) or returns it (O(return_ca)).
    type: str
    choices: [present, exported]
    default: present
  members:
    description:
      - The clusters that are to have one authority, as module M(fleet.cilium.clustermesh) takes them. The first that
        has one is the one whose authority is adopted.
      - Each one is reached by its own O(members[].kubeconfig) and O(members[].context). The task's options for the
        connection count only without members, for a task about one cluster.
    required: false
  cilium_version:
    description:
      - Version of Cilium that the clusters have or are to get. By default it is what their Helm release says, and
        without a release a current one.
      - It decides which Secrets count beside C(cilium-ca).
    type: str
  ca:
    description:
      - The authority to import. A mapping of C(certificate) and C(key), both PEM; or a Secret as C(kubectl get secret
        cilium-ca -o yaml) prints it, as a mapping or as text; or text with certificate and key in PEM.
      - A chain of certificates is fine. The one that the key belongs to signs.
      - Of a Secret, only its data is taken. Those of cert-manager (C(tls.crt), C(tls.key)) are understood too.
      - A key with a passphrase, one that belongs to another certificate, and a certificate that has ended or may not
        sign others are refused.
    type: raw
  ca_policy:
    description:
      - What to do when a cluster has another authority than O(ca), or than the other O(members).
      - V(refuse) changes nothing and says which has which.
      - V(adopt_first) gives all clusters that of the first member that has one.
      - V(bundle) leaves each its own. RV(trust_bundle) is what all of them have to trust then, which Cilium can from
        1.14 on.
      - V(replace) gives all clusters O(ca).
    type: str
    choices: [refuse, adopt_first, bundle, replace]
    default: refuse
  force:
    description:
      - Whether an authority gives way to another although certificates that it has signed are in use.
      - Connections between the clusters, and Hubble's, break until these certificates are renewed.
    type: bool
    default: false
  algorithm:
    description: Kind of key of a new authority. V(RSA) has 2048 bits, V(ECDSA) the curve P-256.
    type: str
    choices: [RSA, ECDSA]
    default: RSA
  days:
    description: How long the certificate of a new authority is valid.
    type: int
    default: 1095
  common_name:
    description: What a new authority is called.
    type: str
    default: Cilium CA
  path:
    description:
      - With O(state=exported), the file to write the Secret's manifest to, on the controller. It is YAML that
        C(kubectl apply) takes and O(ca) too.
      - The file has mode 0600 and holds the private key. It is there whole or not at all.
    type: path
  return_ca:
    description:
      - With O(state=exported), whether RV(ca) is returned. It holds the private key, so set C(no_log) on the task.
    type: bool
    default: false
requirements:
  - cryptography >= 40 (Python package)
seealso:
  - module: fleet.cilium.clustermesh
  - name: Setting up a cluster mesh
    description: Cilium's documentation.
    link: https://docs.cilium.io/en/stable/network/clustermesh/clustermesh/
"""

EXAMPLES = r"""
- name: One authority for all clusters, before Cilium is installed in them
  fleet.cilium.clustermesh_ca:
    members:
      - name: paris
        kubeconfig: ~/.kube/paris.conf
      - name: berlin
        kubeconfig: ~/.kube/berlin.conf

- name: Export that of a cluster to a file
  fleet.cilium.clustermesh_ca:
    kubeconfig: ~/.kube/paris.conf
    state: exported
    path: ~/secrets/cilium-ca.yml

- name: Import it into another one
  fleet.cilium.clustermesh_ca:
    kubeconfig: ~/.kube/berlin.conf
    ca: "{{ lookup('ansible.builtin.file', '~/secrets/cilium-ca.yml') }}"

- name: Import a pair that openssl has made and Ansible Vault keeps
  fleet.cilium.clustermesh_ca:
    kubeconfig: ~/.kube/berlin.conf
    ca:
      certificate: "{{ vault_cilium_ca_certificate }}"
      key: "{{ vault_cilium_ca_key }}"

- name: From one cluster to the other without a file
  block:
    - name: Read it
      fleet.cilium.clustermesh_ca:
        kubeconfig: ~/.kube/paris.conf
        state: exported
        return_ca: true
      register: paris_authority
      no_log: true

    - name: Import it
      fleet.cilium.clustermesh_ca:
        kubeconfig: ~/.kube/berlin.conf
        ca: "{{ paris_authority.ca }}"

# With kubectl alone, a copy lacks Helm's ownership metadata, and Helm refuses to install over it:
#   kubectl --context paris -n kube-system get secret cilium-ca -o yaml | kubectl --context berlin apply -f -
- name: Let Helm take over a Secret that was copied with kubectl
  fleet.cilium.clustermesh_ca:
    context: berlin

# In a Kubespray inventory, before cluster.yml installs Cilium; the play runs on one host of the cluster.
- name: Give a cluster of Kubespray the fleet's authority
  fleet.cilium.clustermesh_ca:
    kubeconfig: "{{ inventory_dir }}/artifacts/admin.conf"
    cilium_version: "{{ cilium_version }}"
    ca: "{{ vault_cilium_ca }}"
"""

RETURN = r"""
authorities:
  description: What each cluster signs with after the task, by name of the cluster.
  returned: success
  type: dict
  sample:
    paris:
      fingerprint: 5E:10:8B:A7:02:41:90:F1:3C:77:64:0D:98:AB:55:21:7F:E0:33:6C:18:4A:D2:B9:0B:C5:6E:91:F4:28:7D:03
      subject: CN=Cilium CA
      not_after: "2029-11-20T12:00:00Z"
      algorithm: RSA 2048
      has_key: true
written:
  description: Secrets that were written, or would be, by name of the cluster.
  returned: with O(state=present)
  type: dict
  sample:
    berlin: [cilium-ca]
trust_bundle:
  description:
    - With O(ca_policy=bundle), the certificates of all authorities in PEM, for the value C(tls.caBundle.content) of
      each cluster. Null when there is one authority.
  returned: with O(state=present)
  type: str
  sample: null
path:
  description: The file that holds the export.
  returned: with O(path)
  type: str
  sample: /home/me/secrets/cilium-ca.yml
ca:
  description: The authority itself, with its private key.
  returned: with O(return_ca=true)
  type: dict
  contains:
    certificate:
      description: Its certificate, or a chain, in PEM.
      type: str
    key:
      description: Its private key in PEM; null where the cluster has none.
      type: str
findings:
  description:
    - What a person should know. With severity V(error), nothing was changed.
    - The rules are V(mesh_ca_differs), V(mesh_ca_expires) from 30 days ahead, V(mesh_ca_without_key), V(mesh_ca_in_use)
      and V(mesh_ca_not_looked_up).
  returned: always, also when something is refused
  type: list
  elements: dict
  sample:
    - rule: mesh_ca_expires
      severity: warning
      subject:
        cluster: paris
      feature: null
      asked: 30 days or more
      found: "2026-12-10T12:00:00Z"
      reason: The certificate authority CN=Cilium CA of paris ends in 19 days.
      remedy: Renew its certificate with the same key and import it (module clustermesh_ca), or replace it (module
        clustermesh with ca_policy replace).
"""

from ..module_utils._mesh_ca.arguments import ARGUMENTS
from ..module_utils._mesh_ca.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
