"""Until when a server's certificate is valid: asked by `doctor`, before mails and posts fail on an
expired one."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime


def valid_until(connected: socket.socket | None) -> datetime | None:
    """Until when the certificate at the other end is valid; None without a connection or encryption."""
    certificate = connected.getpeercert() if isinstance(connected, ssl.SSLSocket) else None
    until = certificate.get("notAfter") if certificate else None
    if not isinstance(until, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)
