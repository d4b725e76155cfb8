# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    # The options that lead to a cluster; the same names as in kubernetes.core. PRIVATE to the collection.
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, several paths joined by V(:), or the content of such a file as a dictionary.
      - Without it, and without O(host), E(KUBECONFIG), V(~/.kube/config) and the service account of a pod are tried.
      - The environment variable E(K8S_AUTH_KUBECONFIG) may give it too.
    type: raw
  context:
    description:
      - Name of the context in the kubeconfig; its current context by default.
      - The environment variable E(K8S_AUTH_CONTEXT) may give it too.
    type: str
  host:
    description:
      - URL of the API server, such as V(https://192.0.2.10:6443).
      - Together with O(kubeconfig) it replaces the address there.
      - The environment variable E(K8S_AUTH_HOST) may give it too.
    type: str
  api_key:
    description:
      - Bearer token.
      - The environment variable E(K8S_AUTH_API_KEY) may give it too.
    type: str
  username:
    description:
      - User name for basic authentication, for API servers behind a proxy that asks for it.
      - The environment variable E(K8S_AUTH_USERNAME) may give it too.
    type: str
  password:
    description:
      - Password that belongs to O(username).
      - The environment variable E(K8S_AUTH_PASSWORD) may give it too.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the API server has to be valid; as the kubeconfig says by default, else yes.
      - The environment variable E(K8S_AUTH_VERIFY_SSL) may give it too.
    type: bool
    aliases: [verify_ssl]
  ca_cert:
    description:
      - Path of the certificate of the authority that the API server's certificate comes from.
      - The environment variable E(K8S_AUTH_SSL_CA_CERT) may give it too.
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description:
      - Path of a client certificate.
      - The environment variable E(K8S_AUTH_CERT_FILE) may give it too.
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - Path of the key that belongs to O(client_cert).
      - The environment variable E(K8S_AUTH_KEY_FILE) may give it too.
    type: path
    aliases: [key_file]
  proxy:
    description:
      - URL of an HTTP proxy on the way to the API server.
      - Without it, the kubeconfig's C(proxy-url) is taken, then E(HTTPS_PROXY).
      - The environment variable E(K8S_AUTH_PROXY) may give it too.
    type: str
  no_proxy:
    description:
      - Hosts, domains and networks that are reached without a proxy, joined by commas; E(NO_PROXY) by default.
      - The environment variable E(K8S_AUTH_NO_PROXY) may give it too.
    type: str
  impersonate_user:
    description:
      - User to act as.
      - The environment variable E(K8S_AUTH_IMPERSONATE_USER) may give it too.
    type: str
  impersonate_groups:
    description:
      - Groups to act as a member of.
      - The environment variable E(K8S_AUTH_IMPERSONATE_GROUPS) may give it too, joined by commas.
    type: list
    elements: str
requirements:
  - kubernetes >= 24.2.0 (Python package)
notes:
  - The work is done on the controller, whatever the connection of the host is; the Python package C(kubernetes)
    is needed there, for the Python that runs Ansible. With the variable C(cilium_run_on) set to V(host) the work is
    done on the host instead, which then needs the package.
"""
