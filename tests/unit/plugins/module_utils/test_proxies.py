"""Which proxy is on the way."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._proxies import bypasses, proxy_for

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("server", "no_proxy", "expected"),
    [
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "192.168.0.0/16, 10.1.2.3", True),
        ("https://api.example.com", "example.com", True),
        ("https://api.example.com", ".example.com", True),
        ("https://api.example.com", "*.example.com", True),
        ("https://API.example.com", "api.EXAMPLE.com", True),
        ("https://api.example.com:6443", "api.example.com:6443", True),
        ("https://api.example.com", "api.example.com:443", True),
        ("https://[2001:db8::1]:6443", "2001:db8::/32", True),
        ("https://anything", "*", True),
        ("https://api.example.com:6443", "api.example.com:443", False),
        ("https://notexample.com", "example.com", False),
        ("https://10.1.2.3:6443", "10.1.2.4,11.0.0.0/8", False),
        ("https://10.1.2.3:6443", "", False),
    ],
)
def test_bypasses(server: str, no_proxy: str, *, expected: bool) -> None:
    assert bypasses(server, no_proxy) is expected


@pytest.mark.parametrize(
    ("server", "environment", "proxy", "no_proxy", "expected"),
    [
        ("https://api", {}, None, None, None),
        ("https://api", {"HTTPS_PROXY": PROXY}, None, None, PROXY),
        ("https://api", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, None, None, PROXY),
        ("https://api", {"HTTP_PROXY": PROXY}, None, None, None),
        ("http://api", {"HTTP_PROXY": PROXY}, None, None, PROXY),
        ("https://api", {"HTTPS_PROXY": PROXY, "NO_PROXY": "api"}, None, None, None),
        ("https://api", {"HTTPS_PROXY": PROXY, "NO_PROXY": "api"}, None, "other", PROXY),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": PROXY}, None, None, None),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, None, None, None),
        ("https://127.0.0.1:6443", {}, PROXY, None, PROXY),
        ("https://api", {"HTTPS_PROXY": "http://other"}, PROXY, None, PROXY),
        ("https://api", {}, PROXY, "api", None),
    ],
)
def test_proxy_for(
    server: str, environment: dict[str, str], proxy: str | None, no_proxy: str | None, expected: str | None
) -> None:
    assert proxy_for(server, environment, proxy=proxy, no_proxy=no_proxy) == expected
