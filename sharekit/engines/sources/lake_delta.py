"""Delta Lake by deltalake: a version of the table, streamed as Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

_STORE = {"timeout": "30s", "connect_timeout": "10s", "max_retries": "2", "retry_timeout": "30s"}
"""How long a store may take to answer; credentials it finds in the environment itself."""


class DeltaSnapshot(Struct, frozen=True):
    """One version of a Delta table."""

    table: Any
    home: str

    @property
    def id(self) -> str:
        return f"{self.table.metadata().id} {self.table.version()}"

    def files(self) -> Mapping[str, int]:
        """As the log writes them: file_uris() would show a path that leads elsewhere as one below
        the table, and the reader follows it all the same."""
        actions = self.table.get_add_actions(flatten=True)
        paths = map(str, actions.column("path").to_pylist())
        sizes = map(int, actions.column("size_bytes").to_pylist())
        return {self._address(path): size for path, size in zip(paths, sizes, strict=True)}

    def _address(self, path: str) -> str:
        leaves = path.startswith("/") or "://" in path
        return path if leaves else f"{self.table.table_uri.rstrip('/')}/{path}"

    def rows(self) -> Any:
        from deltalake import QueryBuilder

        query = QueryBuilder().register("rows", self.table)
        return query.execute("SELECT * FROM rows")


def delta_snapshot(address: str, version: int | None, at: datetime | None) -> DeltaSnapshot:
    """The version that is asked for by number, else the last one not after `at`, else, where its
    history begins later, the newest."""
    from deltalake import DeltaTable

    table = DeltaTable(address, version=version, storage_options=_STORE)
    if version is None and at is not None:
        began = table.history()[-1]["timestamp"] / 1000
        if began <= at.timestamp():
            table.load_as_version(at)
    return DeltaSnapshot(table, address)
