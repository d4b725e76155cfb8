# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share. PRIVATE to the collection."""

from __future__ import annotations

from ansible.module_utils.basic import env_fallback

# An argument spec as AnsibleModule takes it.
ArgumentSpec = dict[str, dict[str, object]]


def _from_environment(*names: str) -> tuple[object, list[str]]:
    """Return the fallback of an option to environment variables."""
    return (env_fallback, list(names))


# Names and environment variables are those of kubernetes.core, whose users know them.
KUBERNETES_ARGUMENTS: ArgumentSpec = {
    "kubeconfig": {"type": "raw", "no_log": True, "fallback": _from_environment("K8S_AUTH_KUBECONFIG")},
    "context": {"type": "str", "fallback": _from_environment("K8S_AUTH_CONTEXT")},
    "host": {"type": "str", "fallback": _from_environment("K8S_AUTH_HOST")},
    "api_key": {"type": "str", "no_log": True, "fallback": _from_environment("K8S_AUTH_API_KEY")},
    "username": {"type": "str", "fallback": _from_environment("K8S_AUTH_USERNAME")},
    "password": {"type": "str", "no_log": True, "fallback": _from_environment("K8S_AUTH_PASSWORD")},
    "validate_certs": {
        "type": "bool",
        "aliases": ["verify_ssl"],
        "fallback": _from_environment("K8S_AUTH_VERIFY_SSL"),
    },
    "ca_cert": {
        "type": "path",
        "aliases": ["ssl_ca_cert"],
        "fallback": _from_environment("K8S_AUTH_SSL_CA_CERT"),
    },
    "client_cert": {
        "type": "path",
        "aliases": ["cert_file"],
        "fallback": _from_environment("K8S_AUTH_CERT_FILE"),
    },
    "client_key": {
        "type": "path",
        "no_log": False,
        "aliases": ["key_file"],
        "fallback": _from_environment("K8S_AUTH_KEY_FILE"),
    },
    "proxy": {"type": "str", "fallback": _from_environment("K8S_AUTH_PROXY")},
    "no_proxy": {"type": "str", "fallback": _from_environment("K8S_AUTH_NO_PROXY")},
    "impersonate_user": {"type": "str", "fallback": _from_environment("K8S_AUTH_IMPERSONATE_USER")},
    "impersonate_groups": {
        "type": "list",
        "elements": "str",
        "fallback": _from_environment("K8S_AUTH_IMPERSONATE_GROUPS"),
    },
}


def merged(*specs: ArgumentSpec) -> ArgumentSpec:
    """Return one argument spec made of several, each option a copy; later ones win."""
    return {name: dict(option) for spec in specs for name, option in spec.items()}
