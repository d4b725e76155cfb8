"""The run as a whole on a played node: what needs root, or a kernel with IPVS, or programs that are missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Telling
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError, NodeError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._node import netfilter, processes, programs
from ansible_collections.fleet.cilium.plugins.module_utils._node.processes import Process
from ansible_collections.fleet.cilium.plugins.module_utils._node.programs import Output
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules import fetch
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules import run as work
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.arguments import ARGUMENTS

HEAD = "IP Virtual Server version 1.2.1 (size=4096)\n"
DNS, API, KEEPALIVED = "UDP  0A60000A:0035 rr\n", "TCP  0A600001:01BB rr\n", "TCP  C0000263:192B wlc\n"
DEVICE = "9: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0\\       valid_lft forever\n"
PROGRAMS = ["ip", "ipset", "ipvsadm", "nft", "iptables-nft-save", "iptables-nft-restore"]


@dataclass
class Node:
    """A node as its programs and its kernel show it."""

    ipvs: Path
    device: bool = True
    sets: list[str] = field(default_factory=lambda: ["KUBE-CLUSTER-IP", "mine"])
    installed: list[str] = field(default_factory=lambda: list(PROGRAMS))
    calls: list[list[str]] = field(default_factory=list)
    version: str = "v1.8.9 (nf_tables)"

    def find(self, name: str) -> str | None:
        return f"/sbin/{name}" if name in self.installed else None

    def run(self, command: list[str], *, timeout: float, stdin: str = "") -> Output:
        assert timeout > 0
        assert not stdin
        self.calls.append(command)
        name, words = Path(command[0]).name, command[1:]
        if name == "ipvsadm":
            self.remove_server(words[-1])
        elif words[:2] == ["link", "delete"]:
            self.device = False
        elif words[:1] == ["destroy"]:
            self.sets.remove(words[1])
        return Output(self.answer(name, words), "", 0)

    def answer(self, name: str, words: list[str]) -> str:
        if name == "ip":
            return DEVICE
        if name == "ipset" and words[0] == "list":
            return "\n".join(self.sets)
        if name == "ipset" and words[0] == "save":
            return "create KUBE-CLUSTER-IP hash:ip,port\nadd KUBE-CLUSTER-IP 10.96.0.10,udp:53\n"
        return f"{name} {self.version}" if "--version" in words else ""

    def remove_server(self, endpoint: str) -> None:
        lines = {"10.96.0.10:53": DNS, "10.96.0.1:443": API}
        self.ipvs.write_text(self.ipvs.read_text().replace(lines[endpoint], ""))


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    made = Node(tmp_path / "ip_vs")
    made.ipvs.write_text(HEAD + DNS + API + KEEPALIVED)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(programs, "find", made.find)
    monkeypatch.setattr(programs, "run", made.run)
    monkeypatch.setattr(processes, "in_this_namespace", lambda: iter([Process(7, ("/usr/bin/kubelet",))]))
    monkeypatch.setattr(netfilter, "tables", set)
    monkeypatch.setattr(fetch, "_IPVS", made.ipvs)
    monkeypatch.setattr(fetch, "_LEGACY_TABLES", {"ipv4": tmp_path / "none", "ipv6": tmp_path / "none"})
    links = [(1, "lo"), (9, "kube-ipvs0")]
    monkeypatch.setattr("socket.if_nameindex", lambda: links if made.device else links[:1])
    return made


def run(options: JsonObject | None = None, *, check_mode: bool = False) -> JsonObject:
    def silent(_text: Telling) -> None:
        """Says nothing."""

    defaults = {name: option.get("default") for name, option in ARGUMENTS.items()}
    context = Context(check_mode=check_mode, diff=False, warn=silent, progress=silent, door="module", holder="test")
    return work.run({**defaults, **(options or {})}, context)  # type: ignore[dict-item, return-value]  # -- options of any type


def test_what_ipvs_mode_leaves_goes_in_order(node: Node) -> None:
    result = run()
    writing = [call[:2] for call in node.calls if {"--delete-service", "link", "destroy"} & set(call)]
    assert writing == [
        ["/sbin/ipvsadm", "--delete-service"],
        ["/sbin/ipvsadm", "--delete-service"],
        ["/sbin/ip", "link"],
        ["/sbin/ipset", "destroy"],
    ]
    assert ["/sbin/ipvsadm", "--delete-service", "--udp-service", "10.96.0.10:53"] in node.calls
    assert node.ipvs.read_text() == HEAD + KEEPALIVED
    assert node.sets == ["mine"]
    assert result["changed"] is True
    left = result["left"]
    assert isinstance(left, list)
    assert [each["name"] for each in left if isinstance(each, dict)] == ["TCP 192.0.2.99:6443"]
    assert run()["changed"] is False


def test_check_mode_changes_nothing(node: Node) -> None:
    before = (node.ipvs.read_text(), list(node.sets))
    result = run(check_mode=True)
    assert result["changed"] is True
    diff = result["diff"]
    assert isinstance(diff, dict)
    assert diff["before"] == (
        "ipvs UDP 10.96.0.10:53 rr\nipvs TCP 10.96.0.1:443 rr\nlink kube-ipvs0 10.96.0.1\nipset KUBE-CLUSTER-IP\n"
    )
    assert (node.ipvs.read_text(), node.sets, node.device) == (*before, True)


@pytest.mark.parametrize("missing", ["ipvsadm", "ipset"])
def test_a_missing_program_fails_before_anything_is_changed(node: Node, missing: str) -> None:
    node.installed.remove(missing)
    with pytest.raises(NodeError, match=f"{missing}: not installed on this node.*Install the package {missing}"):
        run()
    assert node.device
    assert not [call for call in node.calls if {"--delete-service", "delete", "destroy"} & set(call)]


def test_conntrack_is_asked_for_first_as_well(node: Node) -> None:
    with pytest.raises(NodeError, match="conntrack: not installed on this node"):
        run({"flush_conntrack": "services"})
    assert node.device


def test_neither_iptables_nor_nft(node: Node) -> None:
    node.installed = ["ip"]
    with pytest.raises(NodeError, match="Neither iptables nor nft is installed"):
        run()


def test_not_root(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(NodeError, match="only be read and changed by root"):
        run()
    assert not node.calls


def test_a_named_backend_that_is_not_installed(node: Node) -> None:
    with pytest.raises(NodeError, match="Option backends: legacy: iptables-legacy-save is not installed"):
        run({"backends": ["legacy"]})
    assert node.device


@pytest.mark.parametrize(
    ("version", "backend"), [("v1.4.21", "legacy"), ("v1.8.9 (legacy)", "legacy"), ("v1.8.9 (nf_tables)", "nft")]
)
def test_programs_without_a_backend_in_their_name(node: Node, version: str, backend: str) -> None:
    node.installed = ["ip", "ipset", "ipvsadm", "iptables-save", "iptables-restore"]
    node.version = version
    assert run({"backends": [backend]})["changed"] is True


def test_legacy_tables_that_cannot_be_read_are_told(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "names").write_text("nat\nfilter\n")
    monkeypatch.setattr(fetch, "_LEGACY_TABLES", {"ipv4": tmp_path / "names", "ipv6": tmp_path / "none"})
    findings = run()["findings"]
    assert isinstance(findings, list)
    assert [finding["rule"] for finding in findings if isinstance(finding, dict)] == ["rules_unreadable"]
    assert "legacy backend (nat, filter)" in str(findings[0])
    assert node.calls


def test_k3s_may_have_one_inside(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "in_this_namespace", lambda: iter([Process(7, ("/usr/local/bin/k3s", "server"))]))
    findings = run()["findings"]
    assert isinstance(findings, list)
    assert "kube_proxy_embedded" in str(findings[0])
    assert node.calls


@pytest.mark.parametrize("name", ["timeout", "lock_timeout"])
def test_no_time_at_all(node: Node, name: str) -> None:
    with pytest.raises(InputError, match=f"Option {name}: found 0, expected a whole number of at least 1"):
        run({name: 0})
    assert not node.calls
