"""Keys that charts write, or leave out, on their own account: they accompany a setting's key and stand for none.

Source: templates/cilium-configmap.yaml of the charts.
"""

from __future__ import annotations

from tests.charts.rendering import Side

KPR = "kube-proxy-replacement"
PARTS = ("enable-node-port", "enable-host-port", "enable-external-ips")
CHAINING = "cni-chaining-mode"
CHAINED = "(?!none).*"
OF_HUBBLE = (
    *("hubble-listen-address", "hubble-disable-tls", "hubble-socket-path", "hubble-tls-cert-file"),
    *("hubble-tls-client-ca-files", "hubble-tls-key-file", "hubble-export-file-max-backups"),
    *("hubble-export-file-max-size-mb", "hubble-network-policy-correlation-enabled"),
)
OF_GATEWAYS = {
    "bpf-lb-algorithm-annotation": "true",
    "bpf-lb-sock-hostns-only": "true",
    "enable-envoy-config": "true",
    "enable-gateway-api-alpn": "false",
    "enable-gateway-api-app-protocol": "false",
    "enable-gateway-api-proxy-protocol": "false",
    "enable-gateway-api-secrets-sync": "true",
    "envoy-config-retry-interval": "15s",
    "gateway-api-hostnetwork-enabled": "false",
    "gateway-api-hostnetwork-nodelabelselector": "",
    "gateway-api-secrets-namespace": "cilium-secrets",
    "gateway-api-service-externaltrafficpolicy": "Cluster",
    "gateway-api-use-remote-address": "true",
    "gateway-api-xff-num-trusted-hops": "0",
}
OF_INGRESS = {
    "enable-envoy-config": "true",
    "enable-ingress-proxy-protocol": "false",
    "enable-ingress-secrets-sync": "true",
    "enforce-ingress-https": "true",
    "envoy-config-retry-interval": "15s",
    "ingress-default-lb-mode": "dedicated",
    "ingress-default-xff-num-trusted-hops": "0",
    "ingress-hostnetwork-enabled": "false",
    "ingress-hostnetwork-http-listener-port": "0",
    "ingress-hostnetwork-https-listener-port": "0",
    "ingress-hostnetwork-nodelabelselector": "",
    "ingress-hostnetwork-shared-listener-port": "8080",
    "ingress-hostnetwork-tls-passthrough-listener-port": "0",
    "ingress-lb-annotation-prefixes": ".*",
    "ingress-secrets-namespace": "cilium-secrets",
    "ingress-shared-lb-service-name": "cilium-ingress",
    "ingress-use-remote-address": "true",
}

SIDES: tuple[Side, ...] = (
    # The parts of replacement are passed on only where they mean something.
    *(Side(key, KPR, "true|strict|disabled|probe", then=None) for key in PARTS),
    *(Side(key, KPR, "partial|false", then="false") for key in PARTS),
    Side("kube-proxy-replacement-healthz-bind-address", KPR, "true|strict|partial|probe", then=""),
    Side("kube-proxy-replacement-healthz-bind-address", KPR, "disabled|false", then=None),
    # Without a protocol of one's own, it goes when a mode is named.
    Side("tunnel-protocol", "routing-mode", then=None),
    # A pool is passed on only to the mode that uses it, and for the families that are on.
    *(
        Side(f"cluster-pool-{family}-{part}", "ipam", "(?!cluster-pool).*", then=None)
        for family in ("ipv4", "ipv6")
        for part in ("cidr", "mask-size")
    ),
    Side("cluster-pool-ipv4-cidr", "enable-ipv4", "false", then=None),
    Side("cluster-pool-ipv4-mask-size", "enable-ipv4", "false", then=None),
    Side("cluster-pool-ipv6-cidr", "enable-ipv6", "true", then="fd00::/104"),
    Side("cluster-pool-ipv6-mask-size", "enable-ipv6", "true", then="120"),
    Side("operator-api-serve-addr", "enable-ipv4", "false", then=r"\[::1\]:9234"),
    Side("hubble-prefer-ipv6", "enable-ipv4", "false", then="true"),
    # What the modes of clouds bring along.
    Side("auto-create-cilium-node-resource", "ipam", "eni|azure|alibabacloud", then="true"),
    Side("auto-create-cilium-pod-ip-pools", "ipam", "multi-pool", then=""),
    Side("azure-use-primary-address", "ipam", "azure", then="false"),
    Side("ec2-api-endpoint", "ipam", "eni", then=""),
    Side("eni-tags", "ipam", "eni", then=r"\{\}"),
    *(Side(f"{name}-filter", "ipam", "eni", then="") for name in ("instance-tags", "subnet-ids", "subnet-tags")),
    Side("update-ec2-adapter-limit-via-api", "ipam", "eni", then="true"),
    Side("enable-endpoint-routes", "ipam", "eni|azure|alibabacloud", then="true"),
    Side("enable-local-node-route", "ipam", "eni|azure|alibabacloud", then="false"),
    Side("enable-ipv4-masquerade", "ipam", "eni", then="false"),
    # Another plugin's devices are used.
    Side("enable-endpoint-health-checking", CHAINING, CHAINED, then="false"),
    Side("enable-local-node-route", CHAINING, CHAINED, then="false"),
    Side("enable-host-legacy-routing", CHAINING, CHAINED, then="true"),
    Side("dnsproxy-enable-transparent-mode", CHAINING, CHAINED, then=None),
    # What a feature brings along.
    Side("controller-group-metrics", "prometheus-serve-addr"),
    Side("proxy-prometheus-port", "prometheus-serve-addr"),
    Side("hubble-metrics-server", "hubble-metrics", then=":9091|:9965"),
    Side("enable-hubble-open-metrics", "hubble-metrics", then="false"),
    Side("hubble-metrics-server-enable-tls", "hubble-metrics", then="false"),
    *(Side(key, "enable-hubble", value, then=None) for key in OF_HUBBLE for value in (None, "false")),
    Side("enable-hubble", "enable-hubble", None, then=None),
    Side("enable-bbr", "enable-bandwidth-manager", "true", then="false"),
    Side("enable-bbr-hostns-only", "enable-bandwidth-manager", "true", then="false"),
    Side("ces-rate-limits", "enable-cilium-endpoint-slice", "true"),
    Side("ces-slice-mode", "enable-cilium-endpoint-slice", "true", then="identity"),
    Side("external-envoy-proxy", "enable-l7-proxy", "false", then="false"),
    Side("proxy-prometheus-port", "enable-l7-proxy", "false", then="9964"),
    *(Side(key, "enable-gateway-api", "true", then=then) for key, then in OF_GATEWAYS.items()),
    *(Side(key, "enable-ingress-controller", "true", then=then) for key, then in OF_INGRESS.items()),
    Side("enable-ipsec-key-watcher", "enable-ipsec", "true", then="true"),
    Side("enable-ipsec-encrypted-overlay", "enable-ipsec", "true", then="false"),
    Side("ipsec-key-file", "enable-ipsec", "true", then="/etc/ipsec/keys"),
    Side("ipsec-key-rotation-duration", "enable-ipsec", "true", then="5m"),
    Side("encryption-strict-mode-allow-remote-node-identities", "enable-encryption-strict-mode", "true", then="false"),
    Side("encryption-strict-mode-cidr", "enable-encryption-strict-mode", "true", then=""),
    Side(
        "encryption-strict-egress-allow-remote-node-identities",
        "enable-encryption-strict-mode-egress",
        "true",
        then="false",
    ),
    Side("wireguard-persistent-keepalive", "enable-wireguard", "true", then="0s"),
)
