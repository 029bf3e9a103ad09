"""Spark Connect (Sail, Spark 4), by ADBC. Sessions have catalogs of their own: `setup` makes what
they need."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sharekit.engines.duckdb.values import literal
from sharekit.engines.remote import adbc
from sharekit.engines.remote.adapter import Adapter, EngineUrl


def adapter() -> Adapter:
    import adbc_driver_spark

    return adbc.make(
        adbc_driver_spark._driver_path,
        options,
        "SELECT version()",
        lambda timezone: f"SET TIME ZONE {literal(timezone)}",
    )


def options(address: EngineUrl, seconds: float) -> Mapping[str, str]:
    """sc://host:port/;token=...;use_ssl=true;ssl_ca=/path. The driver takes a CA from the
    environment that its process began with, and would send a setting it does not know to the
    server."""
    written = address.options
    if not address.is_local and written.get("use_ssl") != "true":
        raise ValueError("transport without TLS off this machine: write ;use_ssl=true")
    ca = written.get("ssl_ca")
    if ca is not None:
        os.stat(ca)  # a file that is not there would leave the driver with nobody to trust
    settings = address.text.split(";")
    return {"uri": ";".join(word for word in settings if not word.startswith("ssl_ca="))}
