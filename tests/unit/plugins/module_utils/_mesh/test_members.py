"""Members as they are declared."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.members import NODE_PORT, read

PARIS: Json = {"name": "paris", "id": 1}
BERLIN: Json = {"name": "berlin", "id": 2}


@pytest.mark.parametrize(
    ("given", "ips", "names"),
    [
        ("192.0.2.1", ["192.0.2.1"], []),
        ("2001:db8::1", ["2001:db8::1"], []),
        ("[2001:db8::1]", ["2001:db8::1"], []),
        ("mesh.example.com", [], ["mesh.example.com"]),
    ],
)
def test_endpoints(given: str, ips: list[str], names: list[str]) -> None:
    (member,) = read({"members": [{"name": "paris", "id": 1, "endpoints": [given]}]}).members
    found = Endpoint(NODE_PORT, 32001, member.endpoints)
    assert (found.ips, found.names) == (ips, names)


def test_pairs() -> None:
    found = read({"members": [PARIS, BERLIN], "topology": "pairs", "pairs": [["paris", "berlin"]]})
    assert found.pairs == (("paris", "berlin"),)


def test_where_nobody_is_connected_the_clusters_say_their_names() -> None:
    assert read({"members": [{"context": "oslo"}, {}], "topology": "pairs", "pairs": []}).pairs == ()


def test_without_pairs_the_clusters_say_their_names() -> None:
    assert [member.label for member in read({"members": [{"context": "oslo"}, {}]}).members] == ["oslo", "member 2"]


@pytest.mark.parametrize(
    ("members", "options", "words"),
    [
        ([], {}, "members: found none"),
        ([PARIS, PARIS], {}, "members: name paris stands there twice"),
        ([{"name": "a", "endpoints": ["[::1]"]}], {}, "a: the address ::1 leads every machine to itself"),
        ([{"name": "a", "endpoints": ["api.localhost"]}], {}, "a: the address api.localhost leads every machine to"),
        ([{"context": "a", "state": "absent"}], {}, "a: a member with state absent has no name"),
        ([{"name": "a", "port": 65536}], {}, "a: port: found 65536"),
        ([PARIS, BERLIN], {"pairs": [["paris", "berlin"]]}, "pairs: found pairs, expected none with topology full"),
        (
            [PARIS],
            {"topology": "pairs", "pairs": [["paris", "oslo"]]},
            r"pairs: found \['paris', 'oslo'\], expected two",
        ),
        (
            [PARIS, {"context": "oslo"}, {}],
            {"topology": "pairs", "pairs": [["paris", "oslo"]]},
            "members: oslo, member 3: found no name, expected one of each member where there are pairs; set name",
        ),
    ],
)
def test_what_cannot_be_is_refused(members: list[Json], options: dict[str, Json], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read({"members": members, **options})
