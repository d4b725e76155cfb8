# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables of nftables the kernel has, asked directly. PRIVATE to the collection.

The program nft reads every rule of every table before it lists the names of tables: seconds where kube-proxy had many
services. And a node whose kube-proxy brought its own nft in a container need not have one itself.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from typing import TYPE_CHECKING

from .._errors import NodeError, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

# linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
_NETLINK_NETFILTER = 12
_NFTABLES = 10 << 8
_NEW_TABLE, _GET_TABLE = _NFTABLES | 0, _NFTABLES | 1
_REQUEST_DUMP = 0x1 | 0x300
_ERROR, _DONE = 2, 3
_TABLE_NAME = 1
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_FAMILY_SIZE = 4
_BUFFER = 1 << 16
# Errors that mean that this kernel has no nftables.
_NO_NFTABLES = {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOENT, errno.EPROTONOSUPPORT}


def tables(*, timeout: float = 10) -> set[tuple[str, str]]:
    """Return the tables of nftables in this network namespace, as (family, name).

    Raises:
        NodeError: the kernel does not answer the question.
        Timeout: it does not answer in time.
    """
    found: set[tuple[str, str]] = set()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as kernel:
            kernel.settimeout(timeout)
            kernel.bind((0, 0))
            kernel.send(_HEADER.pack(_HEADER.size + _FAMILY_SIZE, _GET_TABLE, _REQUEST_DUMP, 1, 0) + b"\0\0\0\0")
            while _take(kernel.recv(_BUFFER), found):
                pass
    except socket.timeout as error:
        raise Timeout(f"The kernel did not list its tables of nftables in {timeout:g} s.") from error
    except OSError as error:
        if error.errno in _NO_NFTABLES:
            return set()
        raise NodeError(f"The kernel does not list its tables of nftables: {error.strerror}.") from error
    return found


def _take(answer: bytes, found: set[tuple[str, str]]) -> bool:
    """Note the tables in an answer; tell whether more is to come.

    Raises:
        OSError: the kernel refused.
    """
    while len(answer) >= _HEADER.size:
        size, kind = _HEADER.unpack_from(answer)[:2]
        body, answer = answer[_HEADER.size : size], answer[(size + 3) & ~3 :]
        if kind == _DONE:
            return False
        if kind == _ERROR:
            code = -struct.unpack_from("=i", body)[0]
            if code:
                raise OSError(code, os.strerror(code))
            return False
        if kind == _NEW_TABLE:
            found |= {(_FAMILIES.get(body[0], str(body[0])), name) for name in _names(body[_FAMILY_SIZE:])}
    return True


def _names(attributes: bytes) -> Iterator[str]:
    while len(attributes) >= _ATTRIBUTE.size:
        size, kind = _ATTRIBUTE.unpack_from(attributes)
        if kind == _TABLE_NAME:
            yield attributes[_ATTRIBUTE.size : size].rstrip(b"\0").decode("utf-8", "replace")
        attributes = attributes[max(_ATTRIBUTE.size, (size + 3) & ~3) :]
