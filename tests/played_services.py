"""``python -m tests.played_services COUNT ENDPOINTS``: as much of an API server as a real kube-proxy needs.

It is played: fixed services, slices of endpoints and one node. Prints its address, then serves until it is ended.
Every hundredth service has a node port; the first is kube-proxy's view of the API server itself.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NODE = "played-node"
ADDRESSES = ("198.51.100.7", "2001:db8:7::1")
FIRST_NODE_PORT = 30000
Object = dict[str, object]


def service(number: int) -> Object:
    """A service of the number; its addresses are made from it."""
    address = f"10.96.{number // 250}.{number % 250 + 1}"
    port: Object = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}
    spec: Object = {"clusterIP": address, "clusterIPs": [address], "type": "ClusterIP", "ports": [port]}
    spec |= {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None"}
    spec |= {"internalTrafficPolicy": "Cluster"}
    if number % 100 == 1:
        port["nodePort"] = FIRST_NODE_PORT + number // 100
        spec |= {"type": "NodePort", "externalTrafficPolicy": "Cluster"}
    return {"metadata": {"name": f"shop-{number}", "namespace": "market", "uid": f"s{number}"}, "spec": spec}


def slice_of(number: int, endpoints: int) -> Object:
    """The endpoints of a service."""
    first = number * endpoints
    addresses = [f"10.{128 + at // 62500}.{at // 250 % 250}.{at % 250 + 1}" for at in range(first, first + endpoints)]
    return {
        "metadata": {
            "name": f"shop-{number}-x",
            "namespace": "market",
            "labels": {"kubernetes.io/service-name": f"shop-{number}"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [each], "conditions": {"ready": True}} for each in addresses],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def node() -> Object:
    """The node that kube-proxy runs on."""
    status = {"addresses": [{"type": "InternalIP", "address": each} for each in ADDRESSES]}
    return {"metadata": {"name": NODE}, "spec": {"podCIDR": "10.128.0.0/24"}, "status": status}


def lists(count: int, endpoints: int) -> dict[str, bytes]:
    """Every list that is asked for, by the last word of its path."""
    kinds = {
        "services": ("v1", "ServiceList", [service(number) for number in range(count)]),
        "endpointslices": (
            "discovery.k8s.io/v1",
            "EndpointSliceList",
            [slice_of(number, endpoints) for number in range(count)],
        ),
        "nodes": ("v1", "NodeList", [node()]),
        "servicecidrs": ("networking.k8s.io/v1", "ServiceCIDRList", []),
    }
    return {
        name: json.dumps(
            {"apiVersion": version, "kind": kind, "metadata": {"resourceVersion": "1"}, "items": items}
        ).encode()
        for name, (version, kind, items) in kinds.items()
    }


class Handler(BaseHTTPRequestHandler):
    """Answers lists; a watch brings no news."""

    answers: dict[str, bytes]
    forever = threading.Event()
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: object) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if "sendInitialEvents" in query:  # the client lists then, as with an API server before 1.27
            self.answer(422, b'{"kind": "Status", "status": "Failure", "reason": "Invalid", "code": 422}')
        elif "watch" in query:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.flush()
            self.forever.wait()
        elif parts.path.endswith(f"/nodes/{NODE}"):
            self.answer(200, json.dumps({"apiVersion": "v1", "kind": "Node", **node()}).encode())
        else:
            self.answer(200, self.answers[parts.path.rpartition("/")[2]])

    def do_POST(self) -> None:
        """Events of kube-proxy: thrown away."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(201, b"{}")

    def answer(self, status: int, body: bytes) -> None:
        """Send one answer."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve."""
    Handler.answers = lists(int(sys.argv[1]), int(sys.argv[2]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
