"""Apache Iceberg by pyiceberg: a snapshot of a table that is found by its folder, or that a REST
catalog knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from sharekit.engines.sources.fetching import Fetcher, Unreadable
from sharekit.engines.sources.web import token_for
from sharekit.project.manifest import Source

SECONDS = 60.0
"""How long a store or a catalog may take to say what a table is."""
_ASKED = frozenset(("warehouse", "scope"))
"""What the query of an address may say. Where to log in it may not: the host is the one that the
token is for."""
_STORES = frozenset(("s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "wasb", "wasbs"))
_READER = "pyiceberg.io.pyarrow.PyArrowFileIO"
_GCS_HOST = "gcs.service.host"
_FROM_ENVIRONMENT = {
    "s3.endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "s3.access-key-id": ("AWS_ACCESS_KEY_ID",),
    "s3.secret-access-key": ("AWS_SECRET_ACCESS_KEY",),
    "s3.session-token": ("AWS_SESSION_TOKEN",),
    _GCS_HOST: ("STORAGE_EMULATOR_HOST",),
}
_NEVER = "4102444800000"
_NUMBERED = re.compile(r"(?:v(\d+)|(\d+)-[^/]*)\.metadata\.json\Z")
"""Names of metadata files: v12.metadata.json, or 00012-….metadata.json."""


class IcebergSnapshot(Struct, frozen=True):
    """One snapshot of an Iceberg table; none yet where nothing was written to it."""

    table: Any
    number: int | None
    home: str

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
    table: Any, home: str, number: int | None, at: datetime | None
) -> IcebergSnapshot:
    """The snapshot that is asked for by id, else the last one not after `at`, else the current
    one."""
    if number is not None:
        if table.snapshot_by_id(number) is None:
            raise LookupError("no snapshot of this id")
        return IcebergSnapshot(table, number, home)
    past = table.snapshot_as_of_timestamp(int(at.timestamp() * 1000)) if at is not None else None
    snapshot = past or table.current_snapshot()
    return IcebergSnapshot(table, snapshot.snapshot_id if snapshot is not None else None, home)


def in_folder(address: str, environ: Mapping[str, str]) -> Any:
    """The table of a folder, as its newest metadata says it is."""
    from pyiceberg.table import StaticTable

    settings = _settings(environ)
    return _within(
        SECONDS,
        lambda: StaticTable.from_metadata(_newest_metadata(address, settings), settings),
        "its store does not answer",
    )


def in_catalog(fetcher: Fetcher, source: Source, address: str) -> Any:
    """The table that a REST catalog knows by the name in `table`. Raises Unreadable.

    `address`: https://host/path?warehouse=name. Whatever the catalog says, its files are read from a
    store of objects, never from this machine."""
    uri, _, query = address.partition("?")
    query_settings = {name: value for name, value in parse_qsl(query) if name in _ASKED}
    settings = {**_settings(fetcher.environ), **query_settings, "uri": uri}
    settings["oauth2-server-uri"] = f"{uri.rstrip('/')}/v1/oauth/tokens"
    if source.config.bearer is not None:
        login = token_for(fetcher, source.config.bearer, uri)
        settings["credential" if ":" in login else "token"] = login
    if ca := fetcher.environ.get("SSL_CERT_FILE"):
        settings["ssl"] = {"cabundle": ca}
    name = source.config.table or source.id
    table = _within(SECONDS, lambda: _load_table(settings, name), "its catalog does not answer")
    scheme = urlsplit(table.location()).scheme
    if scheme not in _STORES:
        raise Unreadable(
            f"its catalog says that its files are at {scheme or 'file'}://, not in a store of objects"
        )
    return table


def _load_table(settings: Mapping[str, Any], name: str) -> Any:
    from pyiceberg.catalog.rest import RestCatalog

    return RestCatalog("catalog", **settings).load_table(name)


def _within(seconds: float, work: Callable[[], Any], late: str) -> Any:
    """What comes of it in time: some of these clients wait for ever. Raises Unreadable."""
    answer: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            answer.put((work(), None))
        except Exception as error:
            answer.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        value, error = answer.get(timeout=seconds)
    except Empty:
        raise Unreadable(late, "Are the address and the credentials right?", outside=True) from None
    if error is not None:
        raise error
    return value


def _settings(environ: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "py-io-impl": _READER,
        "s3.connect-timeout": "10",
        "s3.request-timeout": "30",
    }
    for key, names in _FROM_ENVIRONMENT.items():
        value = next((environ[name] for name in names if environ.get(name)), None)
        if value is not None:
            settings[key] = value
    if _GCS_HOST in settings:  # an emulator, which asks for no login
        settings |= {"gcs.oauth2.token": "none", "gcs.oauth2.token-expires-at": _NEVER}
    return settings


def _newest_metadata(address: str, settings: Mapping[str, str]) -> str:
    """The metadata file with the highest number."""
    from pyarrow.fs import FileSelector
    from pyiceberg.io import load_file_io

    folder = f"{address.rstrip('/')}/metadata"
    url_parts = urlsplit(folder)
    reader: Any = load_file_io(dict(settings), folder)
    store = reader.fs_by_scheme(url_parts.scheme or "file", url_parts.netloc or None)
    file_infos = store.get_file_info(FileSelector(f"{url_parts.netloc}{url_parts.path}"))
    numbered = {
        int(match[1] or match[2]): info.base_name
        for info in file_infos
        if (match := _NUMBERED.search(info.base_name))
    }
    if not numbered:
        raise FileNotFoundError("No metadata")
    return f"{folder}/{numbered[max(numbered)]}"
