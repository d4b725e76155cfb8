"""The small tools of the parsers."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._status import cleaning, install_mode, splitting
from ansible_collections.fleet.cilium.plugins.module_utils._status.model import KubeProxyReplacement, Routing


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("315.254µs", 315_254),
        ("1.009679ms", 1_009_679),
        ("90ns", 90),
        ("1m36.566274746s", 96_566_274_746),
        ("1h2m3s", 3_723_000_000_000),
        ("0s", 0),
        ("2us", 2_000),
        ("", None),
        ("5", None),
        ("1.s", None),
        ("3s ago", None),
        ("9" * 21 + "s", None),
    ],
)
def test_durations(text: str, nanoseconds: int | None) -> None:
    assert splitting.nanoseconds(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:80", ("10.0.0.1", 80, None, None)),
        ("10.0.0.1:80/TCP", ("10.0.0.1", 80, "TCP", None)),
        ("10.0.0.1:53/UDP/i", ("10.0.0.1", 53, "UDP", "internal")),
        ("10.0.0.1:53/i", ("10.0.0.1", 53, None, "internal")),
        ("10.0.0.1:53/ANY", ("10.0.0.1", 53, None, None)),
        ("[f00d::1]:80", ("f00d::1", 80, None, None)),
        ("f00d::1:80", None),
        ("10.0.0.1", None),
        ("10.0.0.1:70000", None),
        ("10.0.0.1:80/TCP/x", None),
        ("[f00d::1:80", None),
        ("", None),
    ],
)
def test_addresses(text: str, expected: tuple[str, int, str | None, str | None] | None) -> None:
    assert splitting.address(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a", ["a"]),
        ("a, b (c, d), e [f, g]", ["a", "b (c, d)", "e [f, g]"]),
        ("a,, b,", ["a", "b"]),
        ("a), b", ["a)", "b"]),
        ("a (b, c", ["a (b, c"]),
    ],
)
def test_items(text: str, expected: list[str]) -> None:
    assert splitting.items(text) == expected


@pytest.mark.parametrize(
    ("text", "outside", "inside"),
    [
        ("BPF [eth0, eth1] 10.0.0.0/8 [IPv4: Enabled]", "BPF 10.0.0.0/8", ["eth0, eth1", "IPv4: Enabled"]),
        ("x []", "x", [""]),
        ("x [a [b] c] d", "x d", ["a [b] c"]),
        ("x [a", "x", ["a"]),
        ("x] a", "x] a", []),
    ],
)
def test_groups(text: str, outside: str, inside: list[str]) -> None:
    assert splitting.groups(text) == (outside, inside)


NOISE = [
    "$ cilium status",
    "# kubectl get pods",
    "root@fedora ~# cilium status",
    "root@fedora:/home/cilium# cilium status --verbose",
    "[dev@centos9 ~]$ kubectl exec -it pod -- cilium status",
    "hayden@desktop ~> virsh version",
    "user@laptop:~/work (main)$",
    "(kind-paris:default) root@host:~# k exec",
    "sh-5.1# cilium status",
    "❯ cilium status",
    "➜  ~ cilium status",
    "PS C:\\Users\\x> kubectl get pods",
    "/ # ls",
    "~ $ ls",
    'Defaulted container "cilium-agent" out of: cilium-agent, config (init)',
    "command terminated with exit code 1",
    "W0901 13:52:40.725154 1314269 warnings.go:70] spec: non-functional",
    "...",
    "[...]",
    "```bash",
    "",
]
NO_NOISE = [
    "Encryption strength 50 % of what was asked",
    "KVStore > etcd",
    "Name IP Node Endpoints",
    "a@b.example: not a prompt",
    "Foo: bar # with a remark",
    "E123 is no log line",
]


@pytest.mark.parametrize("text", NOISE)
def test_noise(text: str) -> None:
    assert cleaning.is_noise(text)


@pytest.mark.parametrize("text", NO_NOISE)
def test_what_is_no_noise(text: str) -> None:
    assert not cleaning.is_noise(text)


@pytest.mark.parametrize(
    ("mode", "host", "expected"),
    [
        ("Disabled", "Legacy", install_mode.KUBE_PROXY),
        ("False", None, install_mode.KUBE_PROXY),
        ("Strict", "Legacy", install_mode.REPLACEMENT),
        ("True", "Legacy", install_mode.REPLACEMENT),
        ("Strict", "BPF", install_mode.REPLACEMENT_EBPF),
        ("True", "BPF", install_mode.REPLACEMENT_EBPF),
        ("True", None, None),
        ("Partial", "BPF", None),
        ("Probe", "Legacy", None),
        (None, "BPF", None),
    ],
)
def test_install_mode(mode: str | None, host: str | None, expected: str | None) -> None:
    assert install_mode.install_mode(KubeProxyReplacement(mode), Routing(host=host)) == expected
