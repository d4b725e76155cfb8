"""A workload for tests: answers every request with its pod, its cluster and the client's address as JSON."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Answer; the name is the standard library's."""
        facts = {name: os.environ.get(name.upper(), "") for name in ("pod", "node", "cluster")}
        body = json.dumps({**facts, "client": self.client_address[0]}).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()  # noqa: S104 -- in a pod's own network namespace
