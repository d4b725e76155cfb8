# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates as texts, and their times. PRIVATE to the collection."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timezone

with suppress(ImportError):  # authority.require() says what is missing
    from cryptography import x509
    from cryptography.x509.oid import NameOID

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def current_time() -> datetime:
    """Return this moment (UTC), in whole seconds as certificates know them."""
    return datetime.now(timezone.utc).replace(microsecond=0)


def moment(certificate: x509.Certificate, name: str) -> datetime:
    """Return a time of a certificate; older packages know it without its zone only, which is UTC.

    Args:
        certificate: as it was read.
        name: "not_valid_before" or "not_valid_after".
    """
    aware: datetime | None = getattr(certificate, f"{name}_utc", None)
    if aware is not None:
        return aware
    bare: datetime = getattr(certificate, name)
    return bare.replace(tzinfo=timezone.utc)


def lifetimes(text: str) -> list[tuple[datetime, datetime]]:
    """Return from when to when each certificate of a PEM text is valid (UTC), without those that cannot be read."""
    found = []
    for match in CERTIFICATE.finditer(text):
        with suppress(ValueError):
            certificate = x509.load_pem_x509_certificate(match.group().encode())
            found.append((moment(certificate, "not_valid_before"), moment(certificate, "not_valid_after")))
    return found


def common_name(text: str) -> str:
    """Return whom the first certificate of a PEM text is for; empty where it does not say, or cannot be read."""
    match = CERTIFICATE.search(text)
    with suppress(ValueError):
        if match is not None:
            subject = x509.load_pem_x509_certificate(match.group().encode()).subject
            found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(found[0].value) if found else ""
    return ""
