"""Values that a chart does not know."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.chart import Chart
from ansible_collections.fleet.cilium.plugins.module_utils._release.lint import lint

DEFAULTS: JsonObject = {
    "debug": {"enabled": False, "verbose": None},
    "extraConfig": {},
    "tolerations": [{"operator": "Exists"}],
    "bpf": {"masquerade": None, "mapDynamicSizeRatio": None},
    "loadBalancer": {"mode": "snat", "algorithm": "random"},
    "ipam": {"mode": "cluster-pool"},
    "k8sServiceHost": "",
}
TEMPLATES = {
    "templates/a.yaml": "{{ .Values.devices }} {{- if .Values.loadBalancer }}{{ .Values.loadBalancer.dsrDispatch }}",
    "templates/b.yaml": "{{ toYaml .Values.scheduling.affinity }}",
}


def chart() -> Chart:
    metadata: JsonObject = {"name": "cilium", "version": "1.15.19", "dependencies": [{"name": "etcd"}]}
    return Chart(metadata, content=None, path=None, load_defaults=lambda: DEFAULTS, load_templates=lambda: TEMPLATES)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"debug": {"enabled": True}},
        {"debug": {"verbose": "flow"}},
        {"debug": None},
        {"debug": {}},
        {"debug": {"verbose": {"any": {"thing": 1}}}},
        {"extraConfig": {"a.b": "1", "c": {"d": 1}}},
        {"tolerations": []},
        {"devices": "eth0"},
        {"devices": ["eth0"]},
        {"loadBalancer": {"dsrDispatch": "geneve"}},
        {"scheduling": {"affinity": {"nodeAffinity": {}}}},
        {"global": {"x": 1}, "etcd": {"replicas": 3}},
        {"k8sServiceHost": None},
    ],
)
def test_known(values: JsonObject) -> None:
    assert lint(values, chart()) == []


@pytest.mark.parametrize(
    ("values", "rule", "path", "remedy"),
    [
        ({"debugg": {"enabled": True}}, "unknown_value", "debugg.enabled", "did you mean debug.enabled?"),
        ({"bpf": {"Masquerade": True}}, "unknown_value", "bpf.Masquerade", "did you mean bpf.masquerade?"),
        (
            {"bpf": {"loadBalancer": {"algorithm": "maglev"}}},
            "unknown_value",
            "bpf.loadBalancer.algorithm",
            "did you mean loadBalancer.algorithm?",
        ),
        ({"debug": True}, "value_not_a_map", "debug", "set the keys below debug"),
        ({"k8sServiceHost": {"a": 1}}, "value_type", "k8sServiceHost", None),
        ({"zzz": 1}, "unknown_value", "zzz", "remove it, or set lint to off if a template reads it"),
        ({"a.b": 1}, "unknown_value", r"a\.b", None),
    ],
)
def test_unknown(values: JsonObject, rule: str, path: str, remedy: str | None) -> None:
    (finding,) = lint(values, chart())
    assert (finding.rule, finding.severity, finding.subject) == (rule, "error", {"value": path})
    assert remedy is None or finding.remedy == remedy
