"""What is said of a global service, as each version of Cilium spells it."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._global_services.annotations import annotations_for
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

OLD, NEW = "io.cilium", "service.cilium.io"
GLOBAL_OLD, GLOBAL_NEW = {f"{OLD}/global-service": "true"}, {f"{NEW}/global": "true"}
SYNC = f"{NEW}/global-sync-endpoint-slices"

SPELT: list[tuple[JsonObject, list[str], dict[str, str]]] = [
    ({}, ["1.9.18"], GLOBAL_OLD),
    ({}, ["1.12.19"], GLOBAL_OLD),
    ({}, ["v1.13.0"], GLOBAL_NEW),
    ({}, ["1.20.0"], GLOBAL_NEW),
    ({"global": False}, ["1.15.19"], {f"{NEW}/global": "false"}),
    ({"shared": None, "affinity": None}, ["1.15.19"], GLOBAL_NEW),
    ({"shared": False}, ["1.11.20"], {**GLOBAL_OLD, f"{OLD}/shared-service": "false"}),
    ({"shared": True}, ["1.15.19"], {**GLOBAL_NEW, f"{NEW}/shared": "true"}),
    ({"affinity": "local"}, ["1.12.0"], {**GLOBAL_OLD, f"{OLD}/service-affinity": "local"}),
    ({"affinity": "remote"}, ["1.15.19"], {**GLOBAL_NEW, f"{NEW}/affinity": "remote"}),
    ({"affinity": "none"}, ["1.11.20"], GLOBAL_OLD),
    ({"endpoint_sync": True}, ["1.16.0"], {**GLOBAL_NEW, SYNC: "true"}),
    ({"endpoint_sync": False}, ["1.15.19"], GLOBAL_NEW),
    ({}, ["1.12.19", "1.13.18"], {**GLOBAL_OLD, **GLOBAL_NEW}),
    ({"affinity": "local"}, ["1.11.20", "1.13.18"], {**GLOBAL_OLD, **GLOBAL_NEW, f"{NEW}/affinity": "local"}),
    ({"endpoint_sync": True}, ["1.15.19", "1.16.19"], {**GLOBAL_NEW, SYNC: "true"}),
]

REFUSED: list[tuple[JsonObject, list[str], str]] = [
    ({"affinity": "local"}, ["1.11.20"], "knows it; found 1.11.20, expected 1.12 or newer"),
    ({"endpoint_sync": True}, ["1.15.19", "1.14.19"], "expected 1.16 or newer"),
    ({"affinity": "near"}, ["1.15.19"], "affinity: found 'near', expected local, remote, none"),
    ({"shared": "false"}, ["1.15.19"], "shared: found 'false', expected true or false"),
    ({"global": False, "shared": True}, ["1.15.19"], "shared says nothing of a service that is not global"),
    ({"afinity": "local"}, ["1.15.19"], "found afinity, expected global, shared, affinity, endpoint_sync"),
    ({}, [], "found no version of Cilium"),
    ({}, ["newest"], "expected a version"),
]


@pytest.mark.parametrize(("said", "versions", "expected"), SPELT)
def test_each_version_gets_its_spelling(said: JsonObject, versions: list[str], expected: dict[str, str]) -> None:
    assert annotations_for(said, versions) == expected


@pytest.mark.parametrize(("said", "versions", "words"), REFUSED)
def test_what_cannot_be_meant(said: JsonObject, versions: list[str], words: str) -> None:
    with pytest.raises(InputError) as error:
        annotations_for(said, versions)
    assert words in error.value.message
