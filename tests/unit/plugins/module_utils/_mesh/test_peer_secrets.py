"""Peers as files of Secrets."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_object, get_objects, get_text
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.peer_secrets import (
    peer_secrets,
    to_hand_over,
    to_remove,
    to_write,
    with_others,
)
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

from tests.unit.plugins.module_utils._mesh.made import seen

BERLIN = Endpoint("NodePort", 32002, ("192.0.2.11", "2001:db8::11"))
FOLDER = "/var/lib/cilium/clustermesh"


def made(version: str = "1.15.19", *, store: bool = False) -> list[JsonObject]:
    return peer_secrets({"berlin": BERLIN}, version=parse(version), namespace="kube-system", store=store)


def files(secret: JsonObject) -> dict[str, object]:
    return {name: yaml.safe_load(base64.b64decode(str(text))) for name, text in get_object(secret, "data").items()}


def test_a_peer_is_a_file_by_its_name() -> None:
    (secret,) = made()
    assert get_text(secret, "metadata", "name") == "cilium-clustermesh"
    assert files(secret) == {
        "berlin": {
            "endpoints": ["https://192.0.2.11:32002", "https://[2001:db8::11]:32002"],
            "trusted-ca-file": f"{FOLDER}/common-etcd-client-ca.crt",
            "key-file": f"{FOLDER}/common-etcd-client.key",
            "cert-file": f"{FOLDER}/common-etcd-client.crt",
        }
    }


@pytest.mark.parametrize(("version", "client"), [("1.16.19", "common"), ("1.17.5", "local")])
def test_with_a_copy_agents_ask_their_own_cluster(version: str, client: str) -> None:
    agents, store = made(version, store=True)
    (local,) = files(agents).values()
    assert isinstance(local, dict)
    assert local["endpoints"] == ["https://clustermesh-apiserver.kube-system.svc:2379"]
    assert local["cert-file"] == f"{FOLDER}/{client}-etcd-client.crt"
    assert get_text(store, "metadata", "name") == "cilium-kvstoremesh"
    assert files(store) == files(made(version)[0])


def test_only_what_differs_is_written_and_only_ours_is_removed() -> None:
    (secret,) = made()
    cluster = seen("paris", 1)
    helms: JsonObject = {**secret, "metadata": {"name": "cilium-clustermesh", "labels": {}}}
    there = replace(cluster, secrets={"cilium-clustermesh": secret})
    others = replace(cluster, secrets={"cilium-clustermesh": helms})
    assert to_write(cluster, [secret]) == [secret]
    assert to_write(there, [secret]) == []
    assert to_write(others, [secret]) == [secret]
    assert (to_remove(cluster), to_remove(there), to_remove(others)) == ([], [secret], [])


def test_peers_that_nobody_lists_stay_in_secrets_of_ours() -> None:
    (wanted,) = made()
    there: JsonObject = {**wanted, "data": {"rome": "eA==", "oslo": "eQ==", "berlin": "b2xk"}}
    one = replace(seen("paris", 1, values={}), secrets={"cilium-clustermesh": there})
    (kept,) = with_others(one, [wanted], ["paris", "berlin", "oslo"])
    assert get_object(kept, "data") == {"rome": "eA==", **get_object(wanted, "data")}
    helms: JsonObject = {**there, "metadata": {"name": "cilium-clustermesh", "labels": {}}}
    other = replace(one, secrets={"cilium-clustermesh": helms})
    assert with_others(other, [wanted], []) == [wanted], "what Helm made goes with the release's values"


def test_what_the_release_is_to_have_becomes_helm_s() -> None:
    agents, store = made("1.16.19", store=True)
    cluster = replace(seen("paris", 1), secrets={"cilium-clustermesh": agents, "cilium-kvstoremesh": store})
    marks: JsonObject = {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"a": "b"}}
    (secret,) = to_hand_over(cluster, ["cilium-clustermesh"], marks)
    assert secret["data"] == agents["data"]
    metadata = get_object(secret, "metadata")
    assert metadata["name"] == "cilium-clustermesh"
    assert metadata["labels"] == marks["labels"]
    assert metadata["annotations"] == {"a": "b", "helm.sh/resource-policy": None}
    (entry,) = get_objects(metadata, "managedFields")
    assert (entry["manager"], entry["operation"]) == ("helm", "Apply")
    assert entry["fieldsV1"] == {"f:data": {"f:berlin": {}}}
    helms = replace(cluster, secrets={"cilium-clustermesh": secret})
    assert to_hand_over(helms, ["cilium-clustermesh"], marks) == []
    assert to_remove(helms) == []
