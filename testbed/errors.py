"""What can go wrong in the testbed, as one family of errors."""

from __future__ import annotations


class TestbedError(Exception):
    """Something the person at the keyboard must know; printed without a traceback."""

    __test__ = False
