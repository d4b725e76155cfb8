"""A small API server on loopback that keeps Secrets, as far as clustermesh_ca asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority_secret import from_secret, secret

from tests.stub_api import Answer, Request, kubeconfig, refusal, serve
from tests.unit.plugins.module_utils._mesh.authorities import NOW
from tests.unit.plugins.module_utils._mesh.test_authority_secret import coded

SECRETS = "/api/v1/namespaces/kube-system/secrets"


@dataclass
class Cluster:
    """What is in one cluster, and what was asked of it; a dry run changes nothing."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    version: int = 0

    @property
    def kubeconfig(self) -> JsonObject:
        return kubeconfig(self.url)

    def put(self, name: str, body: Mapping[str, Any]) -> None:
        self.version += 1
        metadata = {**body.get("metadata", {}), "name": name, "resourceVersion": str(self.version)}
        self.secrets[name] = {**body, "metadata": metadata}

    def holds(self, name: str = "cilium-ca") -> Authority | None:
        return from_secret(self.secrets.get(name), where=name)

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix(SECRETS).strip("/")
        dry = "dryRun" in request.query
        if request.method == "GET" and not name:
            return Answer(200, {"items": self.listed(request)})
        if request.method == "POST":
            body = json.loads(request.body)
            return self.change("create", body["metadata"]["name"], body, dry=dry)
        if name not in self.secrets:
            return refusal(404, "NotFound", f"secrets {name} not found")
        if request.method == "GET":
            return Answer(200, self.secrets[name])
        assert request.method == "PATCH"
        patch = json.loads(request.body)
        if patch["metadata"]["resourceVersion"] != self.secrets[name]["metadata"]["resourceVersion"]:
            return refusal(409, "Conflict", "the object has been modified")
        return self.change("patch", name, merged(self.secrets[name], patch), dry=dry)

    def change(self, verb: str, name: str, body: dict[str, Any], *, dry: bool) -> Answer:
        if not dry:
            self.put(name, body)
            self.changes.append((verb, name))
        return Answer(200, body)

    def listed(self, request: Request) -> list[dict[str, Any]]:
        """Helm's release Secrets by label; those of TLS by type."""
        if "fieldSelector" in request.query:
            return [one for one in self.secrets.values() if one.get("type") == "kubernetes.io/tls"]
        return [one for one in self.secrets.values() if one["metadata"].get("labels", {}).get("owner") == "helm"]


def merged(body: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    base = body if isinstance(body, dict) else {}
    kept = {key: value for key, value in base.items() if key not in patch}
    return {**kept, **{key: merged(base.get(key), value) for key, value in patch.items() if value is not None}}


@contextmanager
def cluster(**secrets: Authority | Mapping[str, Any]) -> Iterator[Cluster]:
    """A cluster with these Secrets, written with underscores; an authority stands for one that Helm has made of it."""
    found = Cluster()
    for word, body in secrets.items():
        name = word.replace("_", "-")
        made = secret(body, name, namespace="kube-system", release="cilium") if isinstance(body, Authority) else body
        found.put(name, made)
    with serve(found.answer) as stub:
        found.url = stub.url
        yield found


def leaf(signer: Authority) -> dict[str, Any]:
    """The Secret of a certificate that an authority has signed."""
    certificate, key = issue(signer, "remote", now=NOW)
    return {"type": "kubernetes.io/tls", "data": {"tls.crt": coded(certificate), "tls.key": coded(key)}}
