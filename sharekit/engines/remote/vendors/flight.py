"""Flight SQL (Sail, Dremio, Doris), by ADBC. The protocol has no read-only sessions: the role is
the wall."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sharekit.engines.remote import adbc
from sharekit.engines.remote.adapter import Adapter, EngineUrl

LARGEST = 256 * 1024**2
"""Bytes of one message: a batch of rows."""


def adapter() -> Adapter:
    import adbc_driver_flightsql

    return adbc.make(adbc_driver_flightsql._driver_path, options, "SELECT version()")


def options(address: EngineUrl, seconds: float) -> Mapping[str, str]:
    """flightsql://user:password@host:port is TLS, with `?ssl_ca=` for a CA of one's own;
    flightsql+grpc:// is not, and for this machine alone."""
    plain = address.scheme.endswith("+grpc")
    if plain and not address.is_local:
        raise ValueError("transport without TLS off this machine: write flightsql://")
    login = (
        {}
        if address.user is None
        else {"username": address.user, "password": address.password or ""}
    )
    limits = {
        f"adbc.flight.sql.rpc.timeout_seconds.{name}": str(seconds)
        for name in ("query", "fetch", "update")
    }
    token = address.options.get("token")
    header = {"adbc.flight.sql.authorization_header": f"Bearer {token}"} if token else {}
    ca = address.options.get("ssl_ca")
    roots = {"adbc.flight.sql.client_option.tls_root_certs": Path(ca).read_text()} if ca else {}
    return {
        "uri": f"grpc{'' if plain else '+tls'}://{address.host}:{address.port or 32010}",
        "adbc.flight.sql.client_option.with_block": "false",
        "adbc.flight.sql.client_option.with_max_msg_size": str(LARGEST),
        **limits,
        **login,
        **header,
        **roots,
    }
