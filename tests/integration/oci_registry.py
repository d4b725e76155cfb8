"""An OCI registry on loopback that holds one chart: as much of the distribution specification as a pull needs."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stub_api import Answer, Request, Stub, serve

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


@contextmanager
def registry(package: Path, *, repository: str, version: str, tls: ssl.SSLContext) -> Iterator[Stub]:
    """Serve a chart's package at ``oci://<host>/<repository>:<version>``."""
    metadata, content = json.dumps({"name": "cilium", "version": version}).encode(), package.read_bytes()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, metadata),
            "layers": [_descriptor(_CHART, content)],
        }
    ).encode()
    pages = {
        f"/v2/{repository}/blobs/{_digest(blob)}": (blob, "application/octet-stream") for blob in (metadata, content)
    }
    for name in (version, _digest(manifest)):
        pages[f"/v2/{repository}/manifests/{name}"] = (manifest, _MANIFEST)

    def answer(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer(200, {})
        body, kind = pages.get(request.path, (b"{}", ""))
        if not kind:
            return Answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not here"}]})
        return Answer(200, body, (("Content-Type", kind), ("Docker-Content-Digest", _digest(body))))

    with serve(answer, tls=tls) as stub:
        yield stub


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}
