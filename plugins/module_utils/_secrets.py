# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts of an option are credentials, and how they stay out of results. PRIVATE to the collection.

The options `values` and `kubeconfig` are no_log as a whole, else they would reach syslog before our code runs. Taken
literally that would also blank every cluster name and number in the results, so the doors narrow it to the leaves
that are credentials.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ._json import Json, JsonObject, plain

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ._arguments import ArgumentSpec

MASK = "********"
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # what Ansible itself shows in place of such an option

# no_log options that hold more than credentials.
NARROWED = ("values", "clustermesh_values", "kubeconfig", "settings")
# One that holds an authority: its certificate is for everybody to see, as part of what clusters trust.
AUTHORITY = "ca"

# A key whose last word says that it holds a credential. Keys of Kubernetes (client-key-data) and of Helm values
# (clientSecret) are brought to one form first.
_SECRET_KEY = re.compile(
    r"(^|_)(token|password|passwd|passphrase|(client|shared|root|admin)_secret|credentials?"
    r"|(api|access|private|secret|encryption|client|server|ca)_key|key_data|certificate_data|authority_data"
    r"|auth_data|psk|cookie_secret)$"
)
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")
_PEM_BASE64 = "LS0tLS1CRUdJTi"  # base64 of "-----BEGIN"
# Shorter ones are not looked for in other texts, where they would be found by chance.
_SHORTEST = 6
_PEM_LINE = 40

# Credentials that this process came upon besides those in the task's options, as in a kubeconfig file.
_REMEMBERED: set[str] = set()

_Path = tuple[str, ...]


def _snake(key: str) -> str:
    """Return a key such as `clientSecret` or `client-key-data` in one form: `client_secret`, `client_key_data`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+", "_", key).lower()


def is_secret(path: _Path, value: Json) -> bool:
    """Tell whether the leaf at this path of keys is a credential."""
    if not isinstance(value, str) or not value:
        return False
    if _PEM.search(value) or value.startswith(_PEM_BASE64):
        return True
    keys = [_snake(key) for key in path]
    if not keys:
        return False
    if _SECRET_KEY.search(keys[-1]):
        return True
    # A certificate's key in Helm values: `tls.ca.key`, `clustermesh.config.clusters[0].tls.key`, `ca.key`.
    return keys[-1] == "key" and ("tls" in keys or keys[-2:-1] == ["ca"])


def _leaves(value: Json, path: _Path = ()) -> Iterator[tuple[_Path, Json]]:
    """Yield each leaf with the keys that lead to it; places in lists do not count as keys."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path)
    else:
        yield path, value


def secrets_in(value: Json) -> set[str]:
    """Return the texts that must not be seen anywhere: credentials, what they encode, and their lines."""
    found: set[str] = set()
    for path, leaf in _leaves(value):
        if isinstance(leaf, str) and is_secret(path, leaf):
            found |= _forms(leaf)
    return found


def _forms(secret: str) -> set[str]:
    """Return a secret, what it is when decoded from base64, and the lines of a PEM block in it."""
    texts = {secret, secret.strip()}
    with suppress(binascii.Error, ValueError):  # not base64, or not of a text
        texts.add(base64.b64decode(secret.strip(), validate=True).decode("utf-8"))
    for text in list(texts):
        if _PEM.search(text):
            texts |= {line.strip() for line in text.splitlines() if len(line.strip()) >= _PEM_LINE}
    return {text for text in texts if len(text) >= _SHORTEST}


def remember(value: Json) -> None:
    """Have censor() hide the credentials in a value from now on, in this process."""
    _REMEMBERED.update(secrets_in(value))


def mask(value: Json, *, path: _Path = ()) -> Json:
    """Return a copy in which every credential is replaced; ``path`` are the keys that lead to the value."""
    if isinstance(value, dict):
        return {key: mask(item, path=(*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, path=path) for item in value]
    return MASK if is_secret(path, value) else value


def told(value: Json, *path: str) -> str:
    """Return a value as messages quote it, without credentials; ``path`` are the keys that lead to it."""
    return repr(mask(value, path=path))


def censor(value: object, secrets: Iterable[str]) -> object:
    """Return a copy of a result in which each of the secrets is replaced, wherever it stands in a text.

    The remembered ones are, too.
    """
    ordered = sorted((secret for secret in _REMEMBERED.union(secrets) if secret), key=len, reverse=True)
    return _censor(value, ordered) if ordered else value


def _censor(value: object, secrets: list[str]) -> object:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        return {_censor(key, secrets): _censor(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_censor(item, secrets) for item in value]
    return value


def secrets_of(params: Mapping[str, object], arguments: ArgumentSpec) -> set[str]:
    """Return the secrets in a task's options: every no_log option whole, but NARROWED ones by their credentials."""
    found: set[str] = set()
    for name, option in arguments.items():
        value = params.get(name)
        if value is None:
            continue
        inside = option.get("options")
        if isinstance(inside, dict):
            entries = value if isinstance(value, list) else [value]
            found.update(*(secrets_of(entry, inside) for entry in entries if isinstance(entry, Mapping)))
        elif option.get("no_log"):
            found |= _secrets_in_option(name, value)
    return found


def _secrets_in_option(name: str, value: object) -> set[str]:
    if name in NARROWED:
        return secrets_in(_under(name, plain(value, where=name)))
    if name == AUTHORITY:
        return _private_keys_in(plain(value, where=name))
    return {leaf for _path, leaf in _leaves(plain(value, where=name)) if isinstance(leaf, str) and leaf}


def _private_keys_in(value: Json) -> set[str]:
    """Return the texts with a private key in them, and their forms; a manifest as text is one as a whole."""
    found: set[str] = set()
    for _path, leaf in _leaves(value):
        forms = _forms(leaf) if isinstance(leaf, str) else set()
        if leaf is value or any("PRIVATE KEY" in form for form in forms):
            found |= forms
    return found


def _under(name: str, value: Json) -> Json:
    """Return a kubeconfig that was given as text as one leaf; a path is none of ours."""
    return {name: value} if isinstance(value, str) else value


def shown(params: Mapping[str, object], arguments: ArgumentSpec) -> JsonObject:
    """Return the options as a result's `invocation` may show them: no no_log option at all."""
    return {name: _shown(name, value, arguments.get(name, {})) for name, value in params.items()}


def _shown(name: str, value: object, option: Mapping[str, object]) -> Json:
    if value is None:
        return None
    if option.get("no_log"):
        return HIDDEN
    inside = option.get("options")
    if isinstance(inside, dict) and isinstance(value, list):
        return [shown(entry, inside) for entry in value if isinstance(entry, Mapping)]
    return plain(value, where=name)


def declassify(module: AnsibleModule, arguments: ArgumentSpec) -> set[str]:
    """Narrow what a module blanks in its results to credentials; call it directly after the module is made.

    Returns:
        The secrets, for censor().
    """
    secrets = secrets_of(module.params, arguments)
    module.no_log_values = set(secrets)
    return secrets
