# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a cluster: raw JSON requests, and exec. PRIVATE to the collection.

The only importer of the package kubernetes (24.2 or later). It serves authentication (tokens, providers, exec
plugins) and its REST pool; requests and answers are JSON. Its typed API classes stay unused: building them takes half
a second, and their signatures changed with client 37.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Optional, cast
from urllib.parse import urlencode, urlsplit

from . import _exec, _lines
from ._answers import api_error, connection_error, parsed, warnings_in
from ._credentials import impersonation_headers, tls_context, with_plugin_answer
from ._errors import ApiError, ConfigurationError, Timeout
from ._json import Json, JsonObject, get_object, get_objects, get_text
from ._kubeconfig import resolve
from ._proxies import proxy_for
from ._secrets import remember

if TYPE_CHECKING:
    import ssl

    from ._exec import ExecResult, PodRef

try:
    import urllib3
    from kubernetes.client import Configuration
    from kubernetes.client.rest import RESTClientObject
    from kubernetes.config import ConfigException
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode, load_kube_config_from_dict
    from urllib3._collections import HTTPHeaderDict  # there in 1.26 and in 2, unlike its public name
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
else:
    IMPORT_ERROR = None

CONNECT_TIMEOUT = 10.0
REQUEST_TIMEOUT = 30.0
# Tokens are renewed this many seconds before they end, as the client of Kubernetes does.
_EXPIRY_MARGIN = 60.0
MERGE_PATCH = "application/merge-patch+json"

Query = Optional[Mapping[str, str]]


def connect(params: Mapping[str, Json]) -> Client:
    """Return a client for the cluster that the options of KUBERNETES_ARGUMENTS name. No request is made.

    Raises:
        ConfigurationError: the package kubernetes is missing; or kubeconfig, context or credentials are no good.
    """
    if IMPORT_ERROR is not None:
        raise ConfigurationError(
            "The Python package kubernetes (24.2 or later) cannot be imported by the Python that does the work. "
            f"Install it there: {sys.executable} -m pip install kubernetes",
            exception=IMPORT_ERROR,
        )
    kubeconfig = resolve(params, os.environ)
    no_proxy = params.get("no_proxy")
    return Client(Session(kubeconfig, no_proxy if isinstance(no_proxy, str) else None))


class Session:
    """One cluster and one user, ready to be asked: address, TLS settings, credentials. Shared by threads."""

    def __init__(self, kubeconfig: JsonObject, no_proxy: str | None) -> None:
        self.kubeconfig = kubeconfig
        self.name = get_text(kubeconfig, "current-context") or ""
        self.cluster = get_object(get_objects(kubeconfig, "clusters")[0], "cluster")
        self.user = get_object(get_objects(kubeconfig, "users")[0], "user")
        self.server = (get_text(self.cluster, "server") or "").rstrip("/")
        if urlsplit(self.server).scheme not in {"http", "https"}:
            raise ConfigurationError(
                f"Context {self.name}: found the server address {self.server}, expected https://HOST:PORT."
            )
        self.proxy = proxy_for(self.server, os.environ, proxy=get_text(self.cluster, "proxy-url"), no_proxy=no_proxy)
        self.tls_server_name = get_text(self.cluster, "tls-server-name")
        self._lock = threading.Lock()
        self._expires: float | None = None
        self._configuration, self.tls = self._authenticate()

    def _authenticate(self) -> tuple[Configuration, ssl.SSLContext]:
        """Return the client's configuration with credentials in it, and the TLS settings."""
        user = self._user()
        remember(user)
        tls = tls_context(self.cluster, user, name=self.name)
        configuration = Configuration()
        bare = {key: value for key, value in user.items() if not key.startswith("client-")}
        cluster = {key: value for key, value in self.cluster.items() if key != "certificate-authority-data"}
        load_kube_config_from_dict(
            {
                "current-context": self.name,
                "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": self.name}}],
                "clusters": [{"name": self.name, "cluster": cluster}],
                "users": [{"name": self.name, "user": bare}],
            },
            client_configuration=configuration,
            persist_config=False,
        )
        configuration.proxy = self.proxy
        configuration.no_proxy = ""
        if self.proxy and urlsplit(self.proxy).username:
            login = urlsplit(self.proxy)
            configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=f"{login.username}:{login.password}")
        return configuration, tls

    def _user(self) -> JsonObject:
        """Return the user with the answer of its exec plugin, if it has one and no token of its own.

        Raises:
            ConfigurationError: the plugin failed. (The package's own loader would go on without credentials.)
        """
        plugin = get_object(self.user, "exec")
        if not plugin or self.user.get("token"):
            return self.user
        arguments: list[object] = [ConfigNode("exec", plugin), None]
        if "cluster" in inspect.signature(ExecProvider.__init__).parameters:
            arguments.append(ConfigNode("cluster", self.cluster))
        try:
            status: JsonObject = ExecProvider(*arguments).run()
        except (ConfigException, OSError) as error:
            raise ConfigurationError(
                f"Context {self.name}: the exec plugin {plugin.get('command')} gave no credentials: {error}. "
                "Run it by hand to see why."
            ) from error
        self._expires = _timestamp(get_text(status, "expirationTimestamp"))
        return with_plugin_answer(self.user, status)

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that say who asks; credentials that are about to end are renewed first."""
        with self._lock:
            if self._expires is not None and time.time() > self._expires - _EXPIRY_MARGIN:
                self._configuration, self.tls = self._authenticate()
            settings = cast("Mapping[str, Mapping[str, str]]", self._configuration.auth_settings())
        found = [(entry["key"], entry["value"]) for entry in settings.values() if entry.get("value")]
        return found + impersonation_headers(self.user)

    def pool(self) -> urllib3.PoolManager:
        """Return a new pool of connections, with our TLS settings in place of files."""
        pool = RESTClientObject(self._configuration).pool_manager
        settings = pool.connection_pool_kw
        for key in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
            settings.pop(key, None)
        settings["ssl_context"] = self.tls
        settings["cert_reqs"] = self.tls.verify_mode
        if not self.tls.check_hostname:
            settings["assert_hostname"] = False
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if self.tls_server_name:
            settings["server_hostname"] = self.tls_server_name
        return pool


def _timestamp(text: str | None) -> float | None:
    """Return an RFC 3339 time in seconds since 1970; None if it is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


@dataclass(frozen=True)
class _Answer:
    status: int
    reason: str
    body: bytes
    warnings: list[str]


class Client:
    """Requests to one API server. For one thread, but execute() and lines() for any number at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pool = session.pool()
        self.warnings: list[str] = []

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._session.server

    @property
    def context(self) -> str:
        """Name of the kubeconfig's context ("host" or "service-account" without one)."""
        return self._session.name

    def for_thread(self) -> Client:
        """Return a client with the same session and connections of its own."""
        return Client(self._session)

    def kubeconfig(self) -> JsonObject:
        """Return the self-contained kubeconfig of this connection, for helm. It holds credentials."""
        return self._session.kubeconfig

    def get(self, path: str, *, query: Query = None, accept: str | None = None) -> JsonObject:
        """Return the object or list at a path such as /api/v1/namespaces/kube-system/pods.

        Raises:
            ApiError: see _errors; NotFound if there is none.
            ConnectionFailed: no answer.
        """
        return self._json("GET", path, query=query, headers={"Accept": accept} if accept else None)

    def items(
        self, path: str, *, query: Query = None, accept: str | None = None, at_once: int = 500
    ) -> Iterator[JsonObject]:
        """Yield the objects of the list at a path, asked for page by page of so many. Errors as in get()."""
        asked = {**(query or {}), "limit": str(at_once)}
        while True:
            page = self.get(path, query=asked, accept=accept)
            yield from get_objects(page, "items")
            following = get_text(page, "metadata", "continue")
            if not following:
                return
            asked["continue"] = following

    def create(self, path: str, body: JsonObject, *, query: Query = None) -> JsonObject:
        """Create the object in the collection at a path, and return it. Errors as in get()."""
        return self._json("POST", path, body=body, query=query)

    def replace(self, path: str, body: JsonObject, *, query: Query = None) -> JsonObject:
        """Replace the object at a path, and return it. Errors as in get(), Conflict if it has changed."""
        return self._json("PUT", path, body=body, query=query)

    def patch(
        self,
        path: str,
        body: Json,
        *,
        content_type: str = MERGE_PATCH,
        query: Query = None,
    ) -> JsonObject:
        """Patch the object at a path, and return it. Errors as in get()."""
        return self._json("PATCH", path, body=body, query=query, headers={"Content-Type": content_type})

    def delete(self, path: str, *, query: Query = None, body: Json = None) -> JsonObject:
        """Delete the object at a path, and return the server's answer.

        The body is DeleteOptions, if there are any. Errors as in get(), Conflict if its preconditions do not hold.
        """
        return self._json("DELETE", path, query=query, body=body)

    def text(self, path: str, *, query: Query = None) -> str:
        """Return what is at a path as text, such as /version or a pod's log. Errors as in get()."""
        return self._request("GET", path, query=query, headers={"Accept": "*/*"}).body.decode("utf-8", "replace")

    def execute(self, pod: PodRef, command: list[str], *, timeout: float) -> ExecResult:
        """Run a command in a container, without a terminal and without input.

        Args:
            pod: which container of which pod.
            command: the program and its arguments.
            timeout: seconds until it has to be done, connecting included.

        Raises:
            ExecFailed: the command was not run (no such program, no such pod).
            Timeout: it was still running.
            ApiError, ConnectionFailed: as in get().
        """
        return _exec.execute(self._session, pod, command, timeout=timeout)

    def lines(self, path: str, *, query: Query = None, timeout: float) -> Iterator[bytes]:
        """Yield the lines of a long text such as a pod's log as they come, without their ends; none is kept.

        Args:
            path: of the text.
            query: its options.
            timeout: seconds until the last line has to be there.

        Raises:
            Timeout: it was not.
            ApiError, ConnectionFailed: as in get().
        """
        return _lines.lines(self._session, f"{path}?{urlencode(query)}" if query else path, timeout=timeout)

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        headers: Mapping[str, str] | None = None,
        body: Json = None,
    ) -> JsonObject:
        answer = self._request(method, path, query=query, headers=headers, body=body)
        content = parsed(answer.body)
        if not isinstance(content, dict):
            raise ApiError(
                f"{method} {self.server}{path}: found an answer that is no JSON object, expected one from a "
                "Kubernetes API server. Check the address.",
                status=answer.status,
                reason="NoJson",
            )
        return content

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        headers: Mapping[str, str] | None = None,
        body: Json = None,
    ) -> _Answer:
        url = f"{self.server}{path}"
        sent = HTTPHeaderDict(self._session.headers())
        sent["User-Agent"] = "fleet.cilium"
        sent["Accept"] = "application/json"
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        answer = self._send(method, f"{url}?{urlencode(query)}" if query else url, sent, body)
        self.warnings += [text for text in answer.warnings if text not in self.warnings]
        if answer.status >= 300:
            raise api_error(f"{method} {url}", answer.status, answer.reason, answer.body)
        return answer

    def _send(self, method: str, url: str, headers: HTTPHeaderDict, body: Json) -> _Answer:
        try:
            response = self._pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=REQUEST_TIMEOUT),
                retries=False,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise Timeout(
                f"{method} {url}: no answer within {REQUEST_TIMEOUT:.0f} seconds. The API server took the request, so "
                "look at its load and its log."
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise connection_error(self.server, error, proxy=self._session.proxy) from error
        warnings = warnings_in(response.headers.getlist("Warning"))
        return _Answer(response.status, response.reason or "", response.data, warnings)
