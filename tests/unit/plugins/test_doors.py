"""Both doors of a cluster module, with real ansible-playbook and a small API server: same results, no secrets."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_list, get_object, get_path

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve

TOKEN = "token-that-nobody-may-see"
KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
KEY = f"-----BEGIN PRIVATE KEY-----\n{KEY_LINE}\n-----END PRIVATE KEY-----\n"
ENCODED_KEY = base64.b64encode(KEY.encode()).decode()
USER: JsonObject = {"token": TOKEN, "password": KEY, "x-key-data": ENCODED_KEY}
DOORS = ["controller", "host"]

PODS: JsonObject = {
    "items": [
        {
            "metadata": {"namespace": "kube-system", "name": f"cilium-{node}"},
            "spec": {"nodeName": node, "containers": [{"name": "cilium-agent"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }
        for node in ("n1", "n2")
    ]
}
STATUS: JsonObject = {
    "cilium": {"state": "Ok", "msg": "1.16.1 (v1.16.1-1)"},
    "routing": {"inter-host-routing-mode": "Native"},
    "cluster": {"self": "alpha/n1"},
    "identity-range": {"min-identity": 1},
}


def script(request: Request) -> Answer | Exec:
    """Agent n1 answers; agent n2 refuses with a message that quotes the caller's credentials."""
    if request.path.endswith("/pods"):
        return Answer(200, PODS, (("Warning", f'299 - "deprecated for {TOKEN}"'),))
    if "cilium-n2" in request.path:
        return refusal(403, "Forbidden", f"{request.headers['authorization']} with {KEY_LINE} may not; alpha dsr 1")
    return Exec(((1, json.dumps(STATUS).encode()),), exit_status(0))


@dataclass(frozen=True)
class Case:
    """One task: its options, and keywords beside them."""

    name: str
    options: JsonObject
    keywords: JsonObject = field(default_factory=dict)


def cases(url: str) -> list[Case]:
    given: JsonObject = {"kubeconfig": kubeconfig(url, user=USER)}
    templated = {
        "kubeconfig": "{{ lookup('ansible.builtin.file', 'config') | from_yaml }}",
        "context": "{{ 'al' + 'pha' }}",
    }
    return [
        Case("given", given),
        Case("templated", {**templated}),
        Case("environment", {}, {"environment": {"K8S_AUTH_KUBECONFIG": "{{ playbook_dir }}/config"}}),
        Case("check mode", given, {"check_mode": True}),
        Case("query", {**given, "query": "summary.agents.[answered, total] | @"}),
        *(Case(name, {**given, **wrong}) for name, (wrong, _message) in WRONG.items()),
    ]


# What is wrong, and how the error says so.
WRONG: dict[str, tuple[JsonObject, str]] = {
    "no such file": ({"kubeconfig": "/nowhere/config"}, "/nowhere/config does not exist"),
    "no number": ({"timeout": "soon"}, "timeout"),
    "no such option": ({"typo": 1}, "nsupported parameters"),
    "no expression": ({"query": "nodes.*.version |"}, "column 18: it ends too early"),
    "no such part": ({"gather": ["status", "weather"]}, "value of gather must be one or more of"),
    "an agent is silent": ({"require_all": True}, "1 of 2 agents gave no answer"),
}


@dataclass(frozen=True)
class Played:
    """What the run printed, and each task's result by door and case."""

    output: str
    answers: Mapping[str, JsonObject]

    def of(self, door: str, case: str) -> JsonObject:
        return self.answers[f"{door}: {case}"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Every case through every door in one run, as loud as Ansible can be."""
    folder = tmp_path_factory.mktemp("doors")
    with serve(script) as stub:
        (folder / "config").write_text(yaml.safe_dump(kubeconfig(stub.url, user=USER)))
        (folder / "play.yml").write_text(yaml.safe_dump(playbook(cases(stub.url))))
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.yml", "-vvv"]
        environment = {**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_NOCOLOR": "1"}
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    assert run.returncode == 0, run.stdout + run.stderr
    return Played(run.stdout + run.stderr, json.loads((folder / "answers.json").read_text()))


def playbook(run: list[Case]) -> list[object]:
    tasks: list[object] = []
    names: list[tuple[str, str]] = []
    for door, case in [*((door, case) for door in DOORS for case in run), ("moon", run[0])]:
        register = f"answer_{len(names)}"
        names.append((f"{door}: {case.name}", register))
        tasks.append(
            {
                "fleet.cilium.status_info": case.options,
                "vars": {"cilium_run_on": door},
                "register": register,
                "ignore_errors": True,
                **case.keywords,
            }
        )
    content = "{{ {" + ", ".join(f"'{name}': {register}" for name, register in names) + "} | to_json }}"
    tasks.append({"ansible.builtin.copy": {"content": content, "dest": "answers.json", "mode": "0600"}, "no_log": True})
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


@pytest.mark.parametrize("secret", [TOKEN, KEY_LINE, ENCODED_KEY])
def test_no_secret_anywhere(played: Played, secret: str) -> None:
    assert secret not in played.output
    assert secret not in json.dumps(played.answers)


@pytest.mark.parametrize("door", DOORS)
def test_readable(played: Played, door: str) -> None:
    answer = played.of(door, "given")
    assert get_path(answer, "nodes", "n1", "cluster") == "alpha"
    assert get_path(answer, "nodes", "n1", "identity_range", "min") == 1
    (finding,) = get_list(answer, "findings")
    assert get_path(finding, "rule") == "exec_refused"
    assert "alpha dsr 1" in str(get_path(finding, "reason"))
    assert get_list(answer, "warnings") == ["deprecated for ********"]


@pytest.mark.parametrize(
    "case",
    ["given", "templated", "environment", "check mode", "query", "no expression", "an agent is silent", "no such file"],
)
def test_both_doors_give_the_same(played: Played, case: str) -> None:
    controller, host = (
        {key: value for key, value in played.of(door, case).items() if key != "exception"} for door in DOORS
    )
    assert controller == host


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", ["templated", "environment", "check mode"])
def test_ways_to_say_which_cluster(played: Played, door: str, case: str) -> None:
    answer = played.of(door, case)
    assert sorted(get_object(answer, "nodes")) == ["n1"]
    assert answer["changed"] is False


@pytest.mark.parametrize("door", DOORS)
def test_a_query_reduces_the_result(played: Played, door: str) -> None:
    answer = played.of(door, "query")
    assert answer["query_result"] == [1, 2]
    assert "nodes" not in answer


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", WRONG)
def test_errors(played: Played, door: str, case: str) -> None:
    answer = played.of(door, case)
    assert answer["failed"] is True
    assert WRONG[case][1] in str(answer["msg"])


def test_an_unknown_door(played: Played) -> None:
    assert "found 'moon', expected 'controller' or 'host'" in str(played.of("moon", "given")["msg"])
