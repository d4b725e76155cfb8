"""What Ansible hands to a filter, made plain."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.plugin_utils._asked import is_fleet
from ansible_collections.fleet.cilium.plugins.plugin_utils._plain import plain, plain_mapping

OMIT_TEXT = "__omit_place_holder__0123456789abcdef"


class _OmitType:
    """As ansible-core's own since 2.19."""


class Tagged(str):
    """A text that carries more than its characters."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": OMIT_TEXT, "b": 1}, {"b": 1}),
        ({"a": _OmitType(), "b": {"c": OMIT_TEXT}}, {"b": {}}),
        ([OMIT_TEXT, "a", [_OmitType()]], ["a", []]),
        (("a", 1), ["a", 1]),
        ({"a": Tagged("b")}, {"a": "b"}),
    ],
)
def test_plain(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    if isinstance(found, dict):
        assert all(type(item) in {str, int, dict} for item in found.values())


@pytest.mark.parametrize("value", [object(), {"a": object()}])
def test_undefined(value: object) -> None:
    with pytest.raises(InputError, match="defined"):
        plain(value)


def test_a_mapping_is_expected() -> None:
    with pytest.raises(InputError, match="expected a mapping"):
        plain_mapping(["a"])


@pytest.mark.parametrize(
    ("values", "fleet"),
    [
        ({}, False),
        ({"cilium_debug": True}, False),
        ({"cilium_debog": True}, False),
        ({"cilium_config_extra_vars": {}}, False),
        ({"paris": {}}, True),
        ({"paris": None}, True),
        ({"loadbalancer_mode": "dsr"}, False),
        ({"paris": {"cilium_debug": True}, "rome": None}, True),
        ({"cilium-1": {"cilium_debug": True}, "rome": "unreachable"}, True),
    ],
)
def test_settings_of_one_or_of_several(values: dict[str, object], fleet: bool) -> None:
    assert is_fleet(plain_mapping(values)) is fleet
