"""What the linter says of values, judged by the table of all charts."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import _paths as paths
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, WARNING
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.known import is_named_below, is_read, references
from ansible_collections.fleet.cilium.plugins.module_utils._release.lint import judge, nearest
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import split


def values(path: str, value: Json) -> JsonObject:
    """A tree with one leaf."""
    for key in reversed(split(path)):
        value = {key: value}
    assert isinstance(value, dict)
    return value


FITTING: list[tuple[str, str, Json]] = [
    ("1.9.18", "tunnel", "disabled"),
    ("1.9.18", "masquerade", False),
    ("1.12.0", "devices", "enp1s0"),
    ("1.12.0", "devices", ["eth0", "eth1"]),
    ("1.12.0", "bandwidthManager", True),
    ("1.12.0", "k8sServicePort", 6443),
    ("1.15.19", "k8sServicePort", 6443),
    ("1.15.19", "kubeProxyReplacement", "strict"),
    ("1.15.19", "kubeProxyReplacement", True),
    ("1.15.19", "ipam.operator.clusterPoolIPv4PodCIDRList", "10.1.0.0/16"),
    ("1.15.19", "nodePort.range", "30000,32000"),
    ("1.15.19", "socketLB.hostNamespaceOnly", True),
    ("1.20.0", "socketLB.terminatePodConnections", True),
    ("1.20.0", "kubeProxyReplacement", True),
    ("1.20.0", "kubeProxyReplacement", "true"),
    ("1.20.0", "k8sServicePort", "6443"),
    ("1.20.0", "devices", ["eth0"]),
    ("1.20.0", "bpf.mapDynamicSizeRatio", 1),
    # Null is Helm's word for "remove the default": it fits everything.
    ("1.20.0", "cluster.id", None),
    ("1.20.0", "hubble", None),
    ("1.20.0", "hubble.relay", {}),
    # Free maps.
    ("1.15.19", "extraConfig.any-option", "x"),
    ("1.15.19", "nodeSelector.pool", "a"),
    ("1.15.19", r"podAnnotations.example\.com/a", "x"),
    ("1.15.19", "resources.limits.cpu", "1"),
    ("1.15.19", "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution", []),
    ("1.20.0", "cni.resources.limits.memory", "1Gi"),
    ("1.20.0", "tolerations", [{"operator": "Exists"}]),
    ("1.20.0", "hubble.relay.securityContext.runAsNonRoot", True),
]


@pytest.mark.parametrize(("version", "path", "value"), FITTING, ids=str)
def test_values_that_fit(version: str, path: str, value: Json) -> None:
    assert judge(values(path, value), paths.known(version)) == []


# version, path, value: rule, severity, and a part of what to do
ODD: list[tuple[str, str, Json, str, str, str]] = [
    ("1.15.19", "kubeProxyReplacment", True, "unknown_value", ERROR, "did you mean kubeProxyReplacement?"),
    ("1.15.19", "loadbalancer.mode", "dsr", "unknown_value", ERROR, "did you mean loadBalancer.mode?"),
    ("1.15.19", "monitorAggregation", "none", "unknown_value", ERROR, "did you mean bpf.monitorAggregation?"),
    ("1.15.19", "maglev.tablesize", 65521, "unknown_value", ERROR, "did you mean maglev.tableSize?"),
    ("1.15.19", "enable-bpf-masquerade", True, "unknown_value", ERROR, "did you mean bpf.masquerade?"),
    ("1.15.19", "bpf-lb-some-option", 1, "unknown_value", ERROR, "extraConfig.bpf-lb-some-option"),
    ("1.15.19", "qqqqqq", 1, "unknown_value", ERROR, "remove it"),
    ("1.13.18", "routingMode", "native", "future_value", ERROR, "use tunnel: disabled"),
    ("1.15.0", "tunnel", "disabled", "removed_value", ERROR, "use routingMode"),
    ("1.20.0", "tunnel", "disabled", "removed_value", ERROR, "use routingMode"),
    ("1.10.20", "ipv4NativeRoutingCIDR", "10.0.0.0/8", "future_value", ERROR, "use nativeRoutingCIDR"),
    ("1.12.19", "nativeRoutingCIDR", "10.0.0.0/8", "removed_value", ERROR, "use ipv4NativeRoutingCIDR"),
    ("1.12.19", "hostServices.enabled", True, "removed_value", ERROR, "use socketLB"),
    ("1.11.20", "socketLB.enabled", True, "future_value", ERROR, "use hostServices"),
    ("1.13.0", "bpf.hostRouting", True, "removed_value", ERROR, "bpf.hostLegacyRouting"),
    ("1.14.0", "ipam.operator.clusterPoolIPv4PodCIDR", "10.1.0.0/16", "removed_value", ERROR, "PodCIDRList, a list"),
    ("1.10.20", "ipam.operator.clusterPoolIPv4PodCIDRList", ["10.1.0.0/16"], "future_value", ERROR, "10.0.0.0/8"),
    ("1.17.6", "externalIPs.enabled", True, "removed_value", ERROR, "kubeProxyReplacement"),
    ("1.18.0", "hostPort.enabled", True, "removed_value", ERROR, "kubeProxyReplacement"),
    ("1.19.0", "nodePort.enabled", True, "removed_value", ERROR, "kubeProxyReplacement"),
    ("1.18.0", "l2NeighDiscovery.refreshPeriod", "30s", "removed_value", ERROR, "remove it"),
    ("1.20.0", "encryption.strictMode.enabled", True, "removed_value", ERROR, "strictMode.egress.enabled"),
    ("1.9.18", "egressGateway.enabled", True, "future_value", ERROR, "no egress gateway"),
    ("1.12.19", "MTU", 9000, "future_value", ERROR, "extraConfig.mtu"),
    ("1.12.19", "global.tunnel", "vxlan", "unknown_value", ERROR, "did you mean tunnel?"),
    ("1.20.0", "global.tunnelProtocol", "vxlan", "unknown_value", ERROR, "did you mean tunnelProtocol?"),
    ("1.10.13", "masquerade", False, "removed_value", ERROR, "use enableIPv4Masquerade"),
    ("1.9.18", "encryption.type", "wireguard", "future_value", ERROR, "choose a version"),
    ("1.17.0", "bgp.enabled", True, "removed_value", ERROR, "bgpControlPlane"),
    ("1.18.0", "externalWorkloads.enabled", True, "removed_value", ERROR, "remove it"),
    ("1.20.0", "clustermesh.enableMCSAPISupport", True, "removed_value", ERROR, "clustermesh.mcsapi.enabled"),
    ("1.18.0", "enableCiliumEndpointSlice", True, "removed_value", ERROR, "ciliumEndpointSlice.enabled"),
    ("1.16.0", "encryption.secretName", "keys", "removed_value", ERROR, "encryption.ipsec.secretName"),
    # Without an entry of its own: the table knows which releases had it.
    ("1.20.0", "hubble.relay.dialTimeout", "5s", "removed_value", ERROR, "choose a version"),
    ("1.15.19", "standaloneDnsProxy.enabled", True, "future_value", ERROR, "choose a version"),
    # Types. With a schema, since 1.16, helm refuses them; before, templates print what they get.
    ("1.20.0", "cluster.id", "3", "value_type", ERROR, "give a whole number"),
    ("1.15.19", "cluster.id", "3", "value_type", WARNING, "give a whole number"),
    ("1.20.0", "hubble.enabled", "false", "value_type", ERROR, "give a boolean"),
    ("1.15.19", "hubble.enabled", "false", "value_type", WARNING, "give a boolean"),
    ("1.20.0", "cluster.name", 7, "value_type", ERROR, "give text"),
    ("1.20.0", "loadBalancer.serviceTopology", "yes", "value_type", ERROR, "give a boolean"),
    ("1.15.19", "bandwidthManager", True, "value_not_a_map", ERROR, "set the keys below bandwidthManager"),
    ("1.20.0", "bandwidthManager", True, "value_not_a_map", ERROR, "set the keys below bandwidthManager"),
    ("1.11.20", "bandwidthManager.enabled", True, "value_type", ERROR, "give a boolean"),
    ("1.10.20", "hostFirewall.enabled", True, "value_type", ERROR, "give a boolean"),
    ("1.15.19", "extraEnv", "A=1", "value_type", WARNING, "give a list"),
    ("1.15.19", "podAnnotations", "a=b", "value_type", ERROR, "give a map"),
]


@pytest.mark.parametrize(("version", "path", "value", "rule", "severity", "remedy"), ODD, ids=str)
def test_values_that_do_not_fit(version: str, path: str, value: Json, rule: str, severity: str, remedy: str) -> None:
    (finding,) = judge(values(path, value), paths.known(version))
    assert (finding.rule, finding.severity) == (rule, severity)
    assert remedy in finding.remedy
    assert version in finding.reason


def test_every_lost_leaf_is_named() -> None:
    given: JsonObject = {"encryption": {"keyFile": "a", "mountPath": "b"}, "nosuchthing": {"a": 1, "b": {"c": 2}}}
    found = [finding.subject["value"] for finding in judge(given, paths.known("1.20.0"))]
    assert found == ["encryption.keyFile", "encryption.mountPath", "nosuchthing.a", "nosuchthing.b.c"]


def test_severity_is_the_highest_only() -> None:
    given: JsonObject = {"nosuchthing": 1, "hubble": {"enabled": "true"}}
    assert [finding.severity for finding in judge(given, paths.known("1.15.19"))] == [ERROR, WARNING]
    assert {finding.severity for finding in judge(given, paths.known("1.15.19"), severity=WARNING)} == {WARNING}


def test_no_value_is_repeated() -> None:
    given: JsonObject = {"tls": {"ca": {"key": 12345678}}, "passwrd": "s3cret-s3cret"}
    text = str([finding.as_dict() for finding in judge(given, paths.known("1.20.0"))])
    assert "12345678" not in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("path", "known", "expected"),
    [
        ("routingmode", ["routingMode", "mode"], "routingMode"),
        ("agent.bpf.masquerade", ["bpf.masquerade", "masquerade"], "bpf.masquerade"),
        ("monitorAggregation", ["bpf.monitorAggregation"], "bpf.monitorAggregation"),
        ("enabled", [f"{name}.enabled" for name in "abcdef"], None),
        ("somethingElse", ["tunnel"], None),
    ],
)
def test_nearest(path: str, known: list[str], expected: str | None) -> None:
    assert nearest(path, known) == expected


TEMPLATE = """
{{- /* not this: .Values.inComment */ -}}
{{- if .Values.a.direct }}{{ fail "not this: .Values.inMessage" }}{{ end }}
x: {{ $.Values.fromRoot | quote }}
{{- if hasKey .Values.b "quoted" }}y: {{ get .Values.b "got" }}{{ end }}
{{- if hasKey .Values "top" }}{{ end }}
{{- if eq .Values.c "notAKey" }}{{ end }}
{{- $s := (coalesce .Values.new .Values.old) -}}
{{- $t := .Values.tls -}}
{{- if hasKey $s "mode" }}z: {{ $s.depth.of | quote }} {{ $t.key }}{{ end }}
"""


def test_references() -> None:
    found = {".".join(keys) for keys in references({"templates/x.yaml": TEMPLATE})}
    assert found == {
        *("a.direct", "fromRoot", "b", "b.quoted", "b.got", "top", "c", "new", "old", "tls", "tls.key"),
        *("new.mode", "old.mode", "new.depth.of", "old.depth.of"),
    }
    assert references({"templates/validate.yaml": TEMPLATE}) == frozenset()


def test_a_quick_look_into_templates() -> None:
    templates = {"templates/x.yaml": TEMPLATE, "templates/validate.yaml": "{{ .Values.refused }}"}
    assert is_read(templates, ("a", "direct"))
    assert not is_read(templates, ("a",))
    assert not is_read(templates, ("inComment",))
    assert not is_read(templates, ("inMessage",))
    assert not is_read(templates, ("refused",))
    assert is_named_below(templates, ("a",))
    assert is_named_below(templates, ("b",))
    assert is_named_below(templates, ("tls",))
    assert not is_named_below(templates, ("fromRoot",))
    assert not is_named_below(templates, ("extraConfig",))
