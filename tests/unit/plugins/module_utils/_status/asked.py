"""What tests of status_info share: pods, agents that answer, and a run against a small API server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable

from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._status.run import run

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, serve

PODS = "/api/v1/namespaces/kube-system/pods"
STATUS: JsonObject = {"cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-1)"}, "host-routing": {"mode": "BPF"}}
CONFIGURATION: JsonObject = {"RoutingMode": "native", "TunnelProtocol": "vxlan"}
NO_PROGRAM = {"status": "Failure", "message": 'exec: "cilium-dbg": executable file not found in $PATH'}
Command = Callable[[str, list[str]], Answer | Exec]
Pages = Callable[[str], Answer]


def pod(node: str | None, *, ready: bool = True, **status: Json) -> JsonObject:
    return {
        "metadata": {"namespace": "kube-system", "name": f"cilium-{node}"},
        "spec": {"nodeName": node, "containers": [{"name": "cilium-agent"}, {"name": "other"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}], **status},
    }


def healthy(_pod: str, command: list[str]) -> Exec:
    answer = STATUS if "status" in command else CONFIGURATION
    return Exec(((1, json.dumps(answer).encode()),), exit_status(0))


def play(
    pods: list[JsonObject], command: Command = healthy, pages: Pages | None = None, **options: Json
) -> tuple[Result, list[Request]]:
    """Return what status_info returns of these agents, and what it asked; `pages` answers lists in place of `pods`."""
    items: list[Json] = [*pods]

    def script(request: Request) -> Answer | Exec:
        if request.path == PODS and pages is not None:
            return pages("".join(request.query.get("continue", [])))
        if request.path == PODS:
            return Answer(200, {"kind": "PodList", "items": items})
        if request.path.endswith("/log"):
            return command(request.path.split("/")[-2], ["log"])
        return command(request.path.split("/")[-2], list(request.query["command"]))

    context = Context(
        check_mode=False, diff=False, warn=print, progress=lambda _text: None, door="module", holder="test/1/1"
    )
    with serve(script) as stub:
        params: JsonObject = {
            "kubeconfig": kubeconfig(stub.url),
            "namespace": "kube-system",
            "timeout": 5,
            "parallel": 4,
            "gather": ["status"],
        }
        return run({**params, **options}, context), stub.requests


def rules(result: Result) -> list[tuple[object, object]]:
    findings = result["findings"]
    assert isinstance(findings, list)
    return [(finding["rule"], finding["subject"].get("node")) for finding in findings]
