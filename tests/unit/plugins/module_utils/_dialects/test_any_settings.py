"""Whatever is asked: either findings say why not, or there are values that the chart knows."""

from __future__ import annotations

import time

from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import SETTINGS, _paths
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.configmap import configmap
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.helm import helm_values
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._release.lint import judge
from ansible_collections.fleet.cilium.plugins.module_utils._settings import BOOL, INT, LIST, MAP, TEXT, WORD, Setting
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.asking import RELEASES, long

TEXTS = st.sampled_from(["eth0", "10.1.0.0/16", "fd00::/48", "auto", "192.0.2.1", "30s", "MDEyMzQ1Njc4OWFi", "paris"])
ANYTHING: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(TEXTS, max_size=2)
)


def sensible(setting: Setting) -> st.SearchStrategy[Json]:
    """Values of a setting's own kind."""
    kinds: dict[str, st.SearchStrategy[Json]] = {
        BOOL: st.booleans(),
        INT: st.integers(min_value=0, max_value=70000),
        TEXT: TEXTS,
        WORD: st.sampled_from(setting.choices or ("",)),
        LIST: st.lists(TEXTS, max_size=3),
        MAP: st.dictionaries(st.sampled_from(["mtu", "a-key"]), TEXTS, max_size=2),
    }
    return kinds[setting.kind]


@st.composite
def asked(draw: st.DrawFn, values: st.SearchStrategy[Json] | None = None) -> dict[str, Json]:
    names = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=10, unique=True))
    return {name: draw(values if values is not None else sensible(SETTINGS[name])) for name in names}


@settings(max_examples=400, deadline=None, derandomize=True)
@given(asked(), st.sampled_from(RELEASES))
def test_settings_give_findings_or_values_that_the_chart_knows(wanted: dict[str, Json], version: str) -> None:
    intent = read(wanted, version)
    if any(finding.severity == ERROR for finding in problems(intent)):
        return
    assert judge(helm_values(intent.view), _paths.known(version)) == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(asked(ANYTHING), st.sampled_from(RELEASES))
def test_nothing_that_is_asked_breaks_the_reading(wanted: dict[str, Json], version: str) -> None:
    intent = read(wanted, version)
    findings = problems(intent)
    assert all(finding.reason and finding.remedy for finding in findings)
    assert all(isinstance(value, str) for value in configmap(intent.view).values())
    helm_values(intent.view)


def test_a_thousand_clusters_take_no_time() -> None:
    wanted = long(
        {
            "install_mode": "bpf_host_routing",
            "k8s_service_host": "192.0.2.1",
            "routing_mode": "native",
            "native_routing_cidr": "10.0.0.0/8",
            "loadbalancer_mode": "dsr",
            "loadbalancer_algorithm": "maglev",
            "enable_egress_gateway": True,
            "cluster_name": "paris",
        }
    )
    start = time.process_time()
    for number in range(1000):
        intent = read({**wanted, "cilium_cluster_id": number % 255 + 1}, "1.15.19")
        assert not [finding for finding in problems(intent) if finding.severity == ERROR]
        helm_values(intent.view)
    assert time.process_time() - start < 2
