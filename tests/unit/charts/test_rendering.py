"""How a rendered ConfigMap is compared with what was expected; a made-up mapping stands for the catalogue."""

from __future__ import annotations

import pytest

from tests.charts.rendering import Keys, Side, config_of, differences

BASE: Keys = {"mode": "snat", "debug": "false", "pool": "10.0.0.0/8"}
SIDES = (Side("interval", because="gateway", value="true", then="1s"), Side("pool", because="ipam", then=None))


@pytest.mark.parametrize(
    ("rendered", "expected", "found"),
    [
        (BASE, {}, []),
        ({**BASE, "mode": "dsr"}, {"mode": "dsr"}, []),
        # What is asked is what is there already.
        (BASE, {"mode": "snat"}, []),
        ({**BASE, "mode": "snat"}, {"mode": "dsr"}, ["mode: expected 'dsr', found 'snat'"]),
        ({**BASE, "other": "x"}, {}, ["other: not expected, None became 'x'"]),
        ({"mode": "snat", "debug": "false"}, {}, ["pool: not expected, '10.0.0.0/8' became None"]),
        (BASE, {"new": "1"}, ["new: expected '1', found None"]),
        # A key that comes along is excused by the key that it comes with, and by its value.
        ({**BASE, "gateway": "true", "interval": "1s"}, {"gateway": "true"}, []),
        (
            {**BASE, "gateway": "false", "interval": "1s"},
            {"gateway": "false"},
            ["interval: not expected, None became '1s'"],
        ),
        (
            {**BASE, "gateway": "true", "interval": "9s"},
            {"gateway": "true"},
            ["interval: not expected, None became '9s'"],
        ),
        ({"mode": "snat", "debug": "false", "ipam": "crd"}, {"ipam": "crd"}, []),
        ({**BASE, "pool": "x", "ipam": "crd"}, {"ipam": "crd"}, ["pool: not expected, '10.0.0.0/8' became 'x'"]),
        ({**BASE, "interval": "1s"}, {}, ["interval: not expected, None became '1s'"]),
        # Being excused does not make a wrong value right.
        (
            {**BASE, "gateway": "true", "interval": "1s"},
            {"gateway": "true", "interval": "2s"},
            ["interval: expected '2s', found '1s'"],
        ),
    ],
)
def test_differences(rendered: Keys, expected: Keys, found: list[str]) -> None:
    assert differences(rendered, BASE, expected, SIDES) == found


MANIFESTS = """
kind: ConfigMap
metadata: {name: other}
data: {a: b}
---
kind: ConfigMap
metadata: {name: cilium-config}
data: {mode: dsr, id: 3, quoted: "3"}
"""


def test_config_of() -> None:
    assert config_of(MANIFESTS) == {"mode": "dsr", "id": "not text: 3", "quoted": "3"}
    with pytest.raises(AssertionError, match="no ConfigMap"):
        config_of("kind: Secret\nmetadata: {name: x}")
