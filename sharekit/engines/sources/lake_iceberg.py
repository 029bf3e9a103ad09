"""Apache Iceberg by pyiceberg: a snapshot of a table that is found by its folder, without a
catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

_READER = "pyiceberg.io.pyarrow.PyArrowFileIO"
_FROM_ENVIRONMENT = {
    "s3.endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "s3.access-key-id": ("AWS_ACCESS_KEY_ID",),
    "s3.secret-access-key": ("AWS_SECRET_ACCESS_KEY",),
    "s3.session-token": ("AWS_SESSION_TOKEN",),
}
_NUMBERED = re.compile(r"(?:v(\d+)|(\d+)-[^/]*)\.metadata\.json\Z")
"""Names of metadata files: v12.metadata.json, or 00012-….metadata.json."""


@dataclass(frozen=True)
class IcebergSnapshot:
    """One snapshot of an Iceberg table; none yet where nothing was written to it."""

    table: Any
    number: int | None

    @property
    def id(self) -> str:
        return f"{self.table.metadata.table_uuid} {self.number}"

    def files(self) -> Mapping[str, int]:
        sizes: dict[str, int] = {}
        for task in self._scan().plan_files():
            for file in (task.file, *task.delete_files):
                sizes[file.file_path] = file.file_size_in_bytes
        return sizes

    def rows(self) -> Any:
        return self._scan().to_arrow_batch_reader()

    def _scan(self) -> Any:
        return self.table.scan(snapshot_id=self.number)


def iceberg_snapshot(
    address: str, number: int | None, at: datetime | None, environ: Mapping[str, str]
) -> IcebergSnapshot:
    """The snapshot that is asked for by id, else the last one not after `at`, else the current
    one. `address`: the table's folder."""
    from pyiceberg.table import StaticTable

    settings = _settings(environ)
    table = StaticTable.from_metadata(_newest_metadata(address, settings), settings)
    if number is not None:
        if table.snapshot_by_id(number) is None:
            raise LookupError("no snapshot of this id")
        return IcebergSnapshot(table, number)
    past = table.snapshot_as_of_timestamp(int(at.timestamp() * 1000)) if at is not None else None
    chosen = past or table.current_snapshot()
    return IcebergSnapshot(table, chosen.snapshot_id if chosen is not None else None)


def _settings(environ: Mapping[str, str]) -> dict[str, str]:
    settings = {"py-io-impl": _READER, "s3.connect-timeout": "10", "s3.request-timeout": "30"}
    for key, names in _FROM_ENVIRONMENT.items():
        value = next((environ[name] for name in names if environ.get(name)), None)
        if value is not None:
            settings[key] = value
    return settings


def _newest_metadata(address: str, settings: Mapping[str, str]) -> str:
    """The metadata file with the highest number."""
    from pyarrow.fs import FileSelector
    from pyiceberg.io import load_file_io

    folder = f"{address.rstrip('/')}/metadata"
    parts = urlsplit(folder)
    reader: Any = load_file_io(dict(settings), folder)
    store = reader.fs_by_scheme(parts.scheme or "file", parts.netloc or None)
    listed = store.get_file_info(FileSelector(f"{parts.netloc}{parts.path}"))
    numbered = {
        int(match[1] or match[2]): info.base_name
        for info in listed
        if (match := _NUMBERED.search(info.base_name))
    }
    if not numbered:
        raise FileNotFoundError("No metadata")
    return f"{folder}/{numbered[max(numbered)]}"
