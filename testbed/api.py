"""A small client of a testbed cluster's API server, independent of the collection that is tested here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import requests

from testbed.errors import TestbedError
from testbed.fleet import Cluster

# A Kubernetes object: JSON whose shape the API defines, not we.
Object = dict[str, Any]
MERGE = "application/merge-patch+json"
_SECONDS = 20


class ApiError(TestbedError):
    """The API server refused or did not answer; ``status`` is the HTTP status, 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Requests as the administrator; one HTTP session for each thread."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._local = threading.local()

    def text(self, path: str) -> str:
        """GET a path and return the answer as text."""
        return self._send("GET", path).text

    def get(self, path: str) -> Object:
        """GET an object or a list."""
        return self._object("GET", path)

    def find(self, path: str) -> Object | None:
        """GET an object, None when there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == requests.codes.not_found:
                return None
            raise

    def create(self, path: str, body: Object) -> Object:
        """POST an object to a collection."""
        return self._object("POST", path, body)

    def patch(self, path: str, body: Object) -> Object:
        """Merge-patch an object."""
        return self._object("PATCH", path, body)

    def delete(self, path: str, body: Object | None = None) -> None:
        """DELETE an object; one that is gone already is fine."""
        try:
            self._send("DELETE", path, body)
        except ApiError as error:
            if error.status != requests.codes.not_found:
                raise

    def apply(self, path: str, body: Object) -> Object:
        """Create or change an object by server-side apply."""
        name = body["metadata"]["name"]
        url = f"{path}/{name}?fieldManager=testbed&force=true"
        response = self._send("PATCH", url, body, content="application/apply-patch+yaml")
        parsed: Object = response.json()
        return parsed

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Object]:
        """Yield the events of a collection since a resource version, for about ``seconds``."""
        joint = "&" if "?" in path else "?"
        url = f"{path}{joint}watch=true&resourceVersion={version}&timeoutSeconds={seconds}"
        response = self._send("GET", url, stream_seconds=seconds + 10)
        try:
            rest = b""
            for chunk in response.iter_content(chunk_size=None):  # as it arrives
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines)
        except requests.RequestException as error:
            raise ApiError(f"{self._cluster.name}: watch of {path} broke: {error}") from error

    def _object(self, method: str, path: str, body: Object | None = None) -> Object:
        parsed: Object = self._send(method, path, body).json()
        return parsed

    def _send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        content: str = "",
        stream_seconds: float = 0,
    ) -> requests.Response:
        content = content or (MERGE if method == "PATCH" else "application/json")
        try:
            response = self._session().request(
                method,
                self._cluster.api_url + path,
                data=None if body is None else json.dumps(body),
                headers={"Content-Type": content},
                stream=stream_seconds > 0,
                timeout=stream_seconds or _SECONDS,
            )
        except requests.RequestException as error:
            raise ApiError(f"{self._cluster.name}: {method} {path}: {error}") from error
        if not response.ok:
            raise ApiError(
                f"{self._cluster.name}: {method} {path}: {response.status_code} {response.text[:500]}",
                response.status_code,
            )
        return response

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            keys = self._cluster.folder / "pki"
            session = requests.Session()
            session.trust_env = False  # no proxy of the user's environment between us and the bridge
            session.verify = str(keys / "ca.crt")
            session.cert = (str(keys / "admin.crt"), str(keys / "admin.key"))
            self._local.session = session
        return session
