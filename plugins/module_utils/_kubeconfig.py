# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's options to one self-contained kubeconfig. PRIVATE to the collection.

Files are read here and nothing else: what comes out is a dictionary with one context, one cluster and one user, in
which certificates and tokens are data.
"""

from __future__ import annotations

import base64
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ._errors import ConfigurationError
from ._json import Json, JsonObject, as_json, get_object, get_objects, get_text

if TYPE_CHECKING:
    from collections.abc import Mapping

with suppress(ImportError):  # comes with the package kubernetes, whose absence _kubernetes.py reports
    import yaml

# Entries of a cluster or a user that name a file, and those that hold its content.
_FILES = (
    ("certificate-authority", "certificate-authority-data"),
    ("client-certificate", "client-certificate-data"),
    ("client-key", "client-key-data"),
)
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def resolve(params: Mapping[str, Json], environment: Mapping[str, str]) -> JsonObject:
    """Return the self-contained kubeconfig that the options of KUBERNETES_ARGUMENTS ask for.

    A kubeconfig is looked for as kubectl does (option, KUBECONFIG, ~/.kube/config, the pod's service account);
    options such as `host` and `api_key` then replace what stands in it, or do without one.

    Raises:
        ConfigurationError: no kubeconfig, no such file or context, or one that is not well-formed.
    """
    cluster, user, name = _existing(params, environment)
    _override_cluster(cluster, params)
    _override_user(user, params)
    if not get_text(cluster, "server"):
        raise ConfigurationError(
            f"Context {name}: its cluster has no server address. Set the option host, or correct the kubeconfig."
        )
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
    }


def _existing(params: Mapping[str, Json], environment: Mapping[str, str]) -> tuple[JsonObject, JsonObject, str]:
    """Return cluster, user and name of the context that a kubeconfig gives; empty ones if options replace it."""
    given = params.get("kubeconfig")
    context = get_text(dict(params), "context")
    if isinstance(given, dict):
        return _select(_located(given, Path.cwd()), context, "the given kubeconfig")
    paths, required = _paths(given, environment)
    present = [path for path in paths if path.is_file()]
    if present:
        merged = _merge([_located(_read(path), path.parent) for path in present])
        return _select(merged, context, " and ".join(map(str, present)))
    if get_text(dict(params), "host") and not (given or context):
        return {}, {}, "host"
    if not required and not context and "KUBERNETES_SERVICE_HOST" in environment:
        return _service_account(environment)
    raise ConfigurationError(
        f"No kubeconfig: {', '.join(map(str, paths))} does not exist. Give its path or its content as the option "
        "kubeconfig (or K8S_AUTH_KUBECONFIG, or KUBECONFIG), or give host with api_key or client_cert."
    )


def _paths(given: Json, environment: Mapping[str, str]) -> tuple[list[Path], bool]:
    """Return the files to look for, and whether the user named them in the task."""
    if given is not None and not isinstance(given, str):
        raise ConfigurationError(
            f"The option kubeconfig is a {type(given).__name__}; expected the path of a file, or its content as a "
            "dictionary."
        )
    if given and "\n" in given:
        raise ConfigurationError(
            "The option kubeconfig is a text of several lines; expected the path of a file, or its content as a "
            "dictionary. Put the filter from_yaml behind it."
        )
    text = given or environment.get("KUBECONFIG") or "~/.kube/config"
    return [Path(part).expanduser() for part in text.split(os.pathsep) if part], bool(given)


def _read(path: Path) -> JsonObject:
    try:
        # libyaml's loader is ten times as fast, and most Pythons have it.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        text = path.read_text(encoding="utf-8")
        content = as_json(yaml.load(text, Loader=loader))  # noqa: S506 -- both loaders are the safe one
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}. Expected a kubeconfig.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # The error's own text may quote the line, and with it a token.
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise ConfigurationError(f"{path}: not valid YAML{line}. Expected a kubeconfig.") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected a kubeconfig (a YAML mapping), found something else.")
    return content


def _located(config: JsonObject, folder: Path) -> JsonObject:
    """Return a kubeconfig whose files are absolute paths; relative ones start at the kubeconfig's folder."""
    return {
        **config,
        "clusters": [_with_paths(entry, "cluster", folder) for entry in get_objects(config, "clusters")],
        "users": [_with_paths(entry, "user", folder) for entry in get_objects(config, "users")],
    }


def _with_paths(entry: JsonObject, kind: str, folder: Path) -> Json:
    body = dict(get_object(entry, kind))
    for key in (*(name for name, _data in _FILES), "tokenFile"):
        path = get_text(body, key)
        if path:
            body[key] = str(folder / Path(path).expanduser())
    command = get_text(body, "exec", "command")
    if command and "/" in command:  # client-go: a bare name is looked up in PATH, a path is the kubeconfig's
        body["exec"] = {**get_object(body, "exec"), "command": str(folder / command)}
    return {**entry, kind: body}


def _merge(configs: list[JsonObject]) -> JsonObject:
    """Return several kubeconfigs as one; the first to name a thing wins (kubectl's rule)."""
    result: JsonObject = {}
    for kind in ("clusters", "users", "contexts"):
        named: dict[str, Json] = {}
        for config in configs:
            for entry in get_objects(config, kind):
                named.setdefault(str(entry.get("name")), entry)
        result[kind] = list(named.values())
    result["current-context"] = next(filter(None, (get_text(item, "current-context") for item in configs)), None)
    return result


def _select(config: JsonObject, context: str | None, source: str) -> tuple[JsonObject, JsonObject, str]:
    """Return cluster, user and name of one context, with files read in.

    Raises:
        ConfigurationError: naming the contexts that exist.
    """
    contexts = {str(entry.get("name")): get_object(entry, "context") for entry in get_objects(config, "contexts")}
    known = ", ".join(sorted(contexts)) or "none"
    name = context or get_text(config, "current-context")
    if not name:
        raise ConfigurationError(
            f"{source}: no current context, and the option context is not set. Contexts there: {known}."
        )
    if name not in contexts:
        raise ConfigurationError(
            f"{source}: there is no context {name}. Contexts there: {known}. Correct the option context."
        )
    cluster = _named(config, "cluster", get_text(contexts[name], "cluster"), f"{source}: context {name}")
    user_name = get_text(contexts[name], "user")
    user = _named(config, "user", user_name, f"{source}: context {name}") if user_name else {}
    return _inlined(cluster), _inlined(user), name


def _named(config: JsonObject, kind: str, name: str | None, where: str) -> JsonObject:
    for entry in get_objects(config, f"{kind}s"):
        if entry.get("name") == name:
            return get_object(entry, kind)
    known = ", ".join(str(entry.get("name")) for entry in get_objects(config, f"{kind}s")) or "none"
    raise ConfigurationError(f"{where} names the {kind} {name}, which is not there. There are: {known}.")


def _inlined(entry: JsonObject) -> JsonObject:
    """Return a cluster or user with the files that it names read in. Data wins over a file, as in kubectl."""
    result = dict(entry)
    for file_key, data_key in _FILES:
        path = result.pop(file_key, None)
        if isinstance(path, str) and path and not result.get(data_key):
            result[data_key] = base64.b64encode(_content(path, file_key)).decode()
    path = result.pop("tokenFile", None)
    if isinstance(path, str) and path:  # client-go: the file wins over the token
        result["token"] = _content(path, "tokenFile").decode("utf-8", "replace").strip()
    return result


def _content(path: str, what: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} ({what}): cannot be read: {error.strerror}.") from error


def _service_account(environment: Mapping[str, str]) -> tuple[JsonObject, JsonObject, str]:
    """Return the way to the API server that every pod is given."""
    host = environment["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    server = f"https://{host}:{environment.get('KUBERNETES_SERVICE_PORT', '443')}"
    cluster: JsonObject = {"server": server, "certificate-authority": f"{_SERVICE_ACCOUNT}/ca.crt"}
    return _inlined(cluster), _inlined({"tokenFile": f"{_SERVICE_ACCOUNT}/token"}), "service-account"


def _override_cluster(cluster: JsonObject, params: Mapping[str, Json]) -> None:
    """Put the options about the API server in place of what the kubeconfig says."""
    if params.get("host"):
        cluster["server"] = params["host"]
    if params.get("proxy"):
        cluster["proxy-url"] = params["proxy"]
    ca_cert = params.get("ca_cert")
    if isinstance(ca_cert, str):
        cluster["certificate-authority-data"] = base64.b64encode(_content(ca_cert, "option ca_cert")).decode()
    if params.get("validate_certs") is not None:
        cluster["insecure-skip-tls-verify"] = not params["validate_certs"]
    if cluster.get("insecure-skip-tls-verify"):  # helm refuses both together
        cluster.pop("certificate-authority-data", None)


def _override_user(user: JsonObject, params: Mapping[str, Json]) -> None:
    """Put the options about who asks in place of what the kubeconfig says."""
    if params.get("api_key") or params.get("username") or params.get("client_cert"):
        user.clear()
    for option, key in (("api_key", "token"), ("username", "username"), ("password", "password")):
        if params.get(option):
            user[key] = params[option]
    for option, key in (("client_cert", "client-certificate-data"), ("client_key", "client-key-data")):
        path = params.get(option)
        if isinstance(path, str):
            user[key] = base64.b64encode(_content(path, f"option {option}")).decode()
    for option, key in (("impersonate_user", "as"), ("impersonate_groups", "as-groups")):
        if params.get(option):
            user[key] = params[option]
