"""What the agent's way to another cluster's store is read as; the text is real, of 1.15.19 and made faults."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import reasons
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.troubleshoot import Check, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mutation import Mutator

TEXT = (Path(__file__).parent / "golden" / "troubleshoot_1.15.19.txt").read_text(encoding="utf-8")

FAULTS = {
    "absent": reasons.NO_CONFIG,
    "broken": reasons.NO_CONFIG,
    "ca": reasons.TLS_CA,
    "client": reasons.TLS_CA,
    "dns": reasons.NAME_NOT_RESOLVED,
    "name": reasons.TLS_NAME,
    "nofile": reasons.NO_CONFIG,
    "refused": reasons.TCP_REFUSED,
    "several": None,
    "timeout": reasons.TCP_TIMEOUT,
    "well": None,
}


def test_every_cluster_is_told() -> None:
    told = parse(TEXT)
    assert {name: check.fault.reason if check.fault else None for name, check in told.clusters.items()} == FAULTS
    assert told.store is None


def test_the_words_are_the_agents() -> None:
    fault = parse(TEXT).clusters["name"].fault
    assert fault is not None
    assert fault.text.endswith("x509: certificate is valid for *.mesh.cilium.io, not localhost")


def test_one_address_of_several_suffices_but_the_other_is_told() -> None:
    several = parse(TEXT).clusters["several"]
    assert several.connected
    assert several.etcd_id == "cdf818194e3a8c32"
    first, second = several.endpoints
    assert (first.url, first.fault and first.fault.reason) == ("https://127.0.0.1:1", reasons.TCP_REFUSED)
    assert (second.url, second.fault) == ("https://127.0.0.1:23790", None)


def test_nothing_of_certificates_is_kept() -> None:
    shown = str(parse(TEXT))
    assert "15:49:ed" not in shown
    assert "CN=" not in shown


OTHERS = {
    "the local store": (
        (
            "Local etcd kvstore:\n📄 Configuration path: /x\n\n⚙️ Etcd client:\n"
            "   ✅ Etcd connection successfully established\n   ℹ️  Etcd cluster ID: 0a1b\n"
        ),
        Check(connected=True, etcd_id="0a1b"),
    ),
    "as the first release had it": (
        (
            'Found 1 remote cluster configurations\n\nRemote cluster "alpha":\nℹ️  This entry corresponds to the local '
            "cluster\n⚙️  Etcd client:\n   ✅ Etcd connection successfully established\n"
        ),
        Check(connected=True, local=True),
    ),
    "without signs": (
        (
            'Cluster "alpha":\nEndpoints:\n- https://a:2379\nCannot establish TCP connection to a:2379: dial tcp: '
            "connection refused\n"
        ),
        reasons.TCP_REFUSED,
    ),
    "denied by the store": (
        'Cluster "alpha":\n⚙️ Etcd client:\n   ❌ Failed to retrieve key from etcd: etcdserver: permission denied\n',
        reasons.STORE_DENIED,
    ),
    "a way whose end is not known": (
        (
            'Cluster "alpha":\n🔌 Endpoints:\n   - https://a:1\n     ✅ TCP connection successfully established\n'
            "⚙️ Etcd client:\n   ❌ Failed to establish connection: context deadline exceeded\n"
        ),
        reasons.UNKNOWN,
    ),
    "the way that went furthest counts": (
        (
            'Cluster "alpha":\n🔌 Endpoints:\n   - https://a:1\n     ❌ Cannot establish TCP connection: refusal\n'
            "   - https://b:1\n     ❌ Cannot establish TLS connection to b:1: x509: signed by unknown authority\n"
            "   - https://c:1\n     ❌ Cannot establish TCP connection to c:1: dial tcp: connect: connection refused\n"
        ),
        reasons.TLS_CA,
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_texts(name: str) -> None:
    text, expected = OTHERS[name]
    told = parse(text)
    check = told.store or told.clusters["alpha"]
    if isinstance(expected, Check):
        assert check == expected
    else:
        assert check.fault is not None
        assert check.fault.reason == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        (
            'Unable to retrieve cluster configurations: open /nowhere: no such file or directory\nIs "/nowhere" the '
            "correct configuration directory?\n"
        ),
        'Error: unknown command "troubleshoot" for "cilium"\nRun \'cilium --help\' for usage.\n',
    ],
)
def test_texts_that_tell_of_no_cluster(text: str) -> None:
    assert parse(text).clusters == {}


def test_mutated_texts_raise_nothing() -> None:
    mutator = Mutator(20_261_121, [TEXT.encode()])
    for _step in range(2_000):
        for check in parse(mutator.next()[1].decode("utf-8", "replace")).clusters.values():
            assert check.fault is None or check.fault.reason in reasons.REASONS


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_raises_nothing(text: str) -> None:
    parse(text)
    parse(f'Cluster "a":\n🔌 Endpoints:\n   - https://a:1\n     ❌ Cannot {text}\n')


@pytest.mark.parametrize(
    "part", ['Cluster "', "lookup ", "dial tcp ", "- https://", "cluster ID ", "❌ ", "Cannot x: "]
)
def test_no_text_takes_long(part: str) -> None:
    start = time.process_time()
    parse(f'Cluster "a":\nEndpoints:\n{part * 20_000}\nCannot {part * 400}\n' * 3)
    assert time.process_time() - start < 2.0
