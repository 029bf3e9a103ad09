"""Spark Connect (Sail, Spark 4), by ADBC. Sessions have catalogs of their own: `setup` makes what
they need."""

from __future__ import annotations

from collections.abc import Mapping

from sharekit.engines.remote import adbc
from sharekit.engines.remote.adapter import Adapter, EngineUrl


def adapter() -> Adapter:
    import adbc_driver_spark

    return adbc.make(adbc_driver_spark._driver_path, options, "SELECT version()")


def options(address: EngineUrl, seconds: float) -> Mapping[str, str]:
    """sc://host:port/;token=...;use_ssl=true"""
    if not address.is_local and "use_ssl=true" not in address.text:
        raise ValueError("transport without TLS off this machine: write ;use_ssl=true")
    return {"uri": address.text}
