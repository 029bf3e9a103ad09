"""Tables of Delta Lake and Apache Iceberg: one snapshot of a table becomes one Parquet file among
the copies, and is read from there like any other.

Runs in the caller's process, since the table may be in a store whose credentials the environment
holds. The snapshot's id tells whether there is anything to read. Of a day that has passed, the
snapshot of the end of that day is read, so that what a definition came to then is known later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import unquote

import duckdb
from msgspec import Struct

from sharekit.engines.duckdb.values import literal
from sharekit.engines.sources.fetching import Fetcher, LastAnswer, Unreadable
from sharekit.project.manifest import Source

_HERE = "data"
"""The name of the one file: the table's own files are nobody's business."""
_MEMORY = "1GB"
_SNAPSHOT = "snapshot"


class TableSnapshot(Protocol):
    """One state of a table."""

    @property
    def home(self) -> str:
        """The folder that all of its files are in."""

    @property
    def id(self) -> str:
        """What no other state of any table has."""

    def files(self) -> Mapping[str, int]:
        """Bytes of each file that reading it would open, by address."""

    def rows(self) -> Any:
        """A stream of Arrow record batches."""


def fetch(fetcher: Fetcher, source: Source, address: str, last: LastAnswer | None) -> LastAnswer:
    """The table's rows as one file; the last answer where its snapshot is still the one. Raises
    Unreadable."""
    with _reasons(source, _NO_TABLE):
        snapshot = _snapshot(fetcher, source, address)
    with _reasons(source, _NO_FILE):
        tags = {_SNAPSHOT: snapshot.id}
        if last is not None and dict(last.tags) == tags:
            return LastAnswer(last.files, fetcher.now(), tags)
        _require_modest(fetcher, source, snapshot)
        return LastAnswer(((_HERE, _copy(fetcher, snapshot)),), fetcher.now(), tags)


def _snapshot(fetcher: Fetcher, source: Source, address: str) -> TableSnapshot:
    number = source.config.snapshot
    if source.config.format == "delta":
        from sharekit.engines.sources.lake_delta import delta_snapshot

        return delta_snapshot(address, number, fetcher.at)
    from sharekit.engines.sources import lake_iceberg as iceberg

    if address.startswith("https://"):
        table = iceberg.in_catalog(fetcher, source, address)
        return iceberg.iceberg_snapshot(table, table.location(), number, fetcher.at)
    table = iceberg.in_folder(address, fetcher.environ)
    return iceberg.iceberg_snapshot(table, address, number, fetcher.at)


def _require_modest(fetcher: Fetcher, source: Source, snapshot: TableSnapshot) -> None:
    """Raise Unreadable where a table is too large, or names files that are not its own."""
    files = snapshot.files()
    size = sum(files.values())
    if size > source.config.max_mb * 1_000_000:
        raise Unreadable(
            f"it has {size / 1e6:,.0f} MB, more than {source.config.max_mb}",
            fetcher.advice(source),
        )
    home = _place(snapshot.home)
    for file in files:
        place = _place(file)
        if place[:2] != home[:2] or not _is_below(place[2], home[2]):
            raise Unreadable(
                "it names files that are not below its own folder",
                "Copy the table whole, with its data files.",
            )


def _place(address: str) -> tuple[str, str, str]:
    """Kind of store, bucket and path. A path of this machine is one of the store `file`."""
    scheme, colon, bucket_and_path = address.partition("://")
    if not colon:
        return "file", "", _plain(address)
    bucket, slash, path = bucket_and_path.partition("/")
    return {"s3a": "s3", "s3n": "s3"}.get(scheme, scheme), bucket, _plain(slash + path)


def _plain(path: str) -> str:
    """A path without escapes, however often they were escaped."""
    while (plain := unquote(path)) != path:
        path = plain
    return path


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/") and ".." not in path.split("/")


def _copy(fetcher: Fetcher, snapshot: TableSnapshot) -> str:
    """Write the rows in an order of their own, since several threads read a table: the same
    snapshot makes the same file. Returns the name of the copy."""
    part_file = fetcher.part()
    try:
        with duckdb.connect() as db:
            db.execute(f"SET memory_limit = '{_MEMORY}'")
            db.execute(f"SET temp_directory = {literal(str(part_file.with_suffix('.spill')))}")
            db.execute("SET TimeZone = 'UTC'")
            db.register("rows", snapshot.rows())
            db.execute(
                f"COPY (SELECT * FROM rows ORDER BY ALL) TO {literal(str(part_file))} (FORMAT parquet)"
            )
        return fetcher.keep(part_file, ".parquet")
    finally:
        part_file.unlink(missing_ok=True)


class _Trouble(Struct, frozen=True):
    """What an exception of a reader means, by words of its class or message. What they say beside
    can hold keys and addresses, and is left out."""

    signs: Iterable[str]
    message: str
    hint: str | None = None
    outside: bool = False


_NAMES = {"delta": "Delta", "iceberg": "Iceberg"}
_TROUBLES = (
    _Trouble(
        ("ModuleNotFoundError", "ImportError"),
        "reading {name} tables needs another package",
        "Run pip install 'sharekit[{format}]'.",
    ),
    _Trouble(
        ("OutOfMemoryException", "MemoryError"),
        f"its rows do not fit into {_MEMORY} of memory",
        "Keep fewer or narrower rows in the table, or query it where it lives: [engines].",
    ),
    _Trouble(
        ("No space left", "ENOSPC"),
        "there is no space left on this machine for a copy of its rows",
        "Free some space, or point the project and TMPDIR to a larger disk.",
    ),
    _Trouble(
        ("Invalid table version", "specified end version", "no snapshot"),
        "the table has no such snapshot",
        "Write the number of one that it still keeps, or leave `snapshot` out.",
    ),
    _Trouble(
        ("catalog-managed",),
        "only its catalog can say which of its files count",
        "Query it where it lives: [engines].",
    ),
    _Trouble(
        ("reader feature", "table features", "Unsupported", "not supported", "equality delete",
         "NotImplementedError"),
        "the table uses a feature of {name} that cannot be read yet",
        "Rewrite the table without it, or query it where it lives: [engines].",
    ),
    _Trouble(
        ("UnauthorizedError", "ForbiddenError", "OAuthError", "AuthorizationExpiredError"),
        "its catalog does not accept the login",
        "Is the token in `bearer` right, and may it read this table?",
        outside=True,
    ),
    _Trouble(
        ("NoSuchTableError", "NoSuchNamespaceError"),
        "its catalog has no such table",
        'Write table = "namespace.name" as the catalog has it, and the right warehouse in `url`.',
    ),
)  # fmt: skip
"""In this order: what is said first is true of an exception that others would fit, too."""
_ABSENT = (
    "TableNotFound", "No metadata", "NotFound", "FileNotFound", "not a Delta table", "No such file",
    "no log files", "not found",
)  # fmt: skip
_NO_TABLE = _Trouble(
    _ABSENT, "there is no {name} table",
    "Is it the table's own folder, with _delta_log or metadata in it?", True,
)  # fmt: skip
_NO_FILE = _Trouble(
    _ABSENT, "a file that the table names is not there",
    "Was it cleaned up, or copied in part? Copy the table whole, or restore it.", True,
)  # fmt: skip
_NO_STORE = _Trouble(
    ("Generic S3 error", "Generic GCS error", "Generic MicrosoftAzure error", "AWS Error", "google::cloud",
     "HTTPError", "ConnectionError", "Timeout", "SSLError", "ServerError", "ServiceUnavailable", "PermissionError"),
    "its store cannot be reached ({class})", "Are the bucket, the region and the credentials right?", True,
)  # fmt: skip
_UNKNOWN = _Trouble(
    (), "the table cannot be read ({class})",
    "Is it whole? Read it with another tool; if that can, query it where it lives: [engines].",
)  # fmt: skip


@contextmanager
def _reasons(source: Source, absent: _Trouble) -> Iterator[None]:
    """What the readers raise, as Unreadable: the store's fault, the table's, or a limit's. `absent`:
    what it is that could be missing."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:  # two libraries and their stores, with exceptions of their own
        form = str(source.config.format)
        placeholders = {"name": _NAMES[form], "format": form, "class": type(error).__name__}
        trouble = _trouble(error, absent)
        raise Unreadable(
            trouble.message.format(**placeholders),
            trouble.hint.format(**placeholders) if trouble.hint else None,
            outside=trouble.outside,
        ) from None


def _trouble(error: Exception, absent: _Trouble) -> _Trouble:
    text = " ".join((*(kind.__name__ for kind in type(error).__mro__), str(error)))
    fitting = (
        trouble
        for trouble in (*_TROUBLES, absent, _NO_STORE)
        if any(word in text for word in trouble.signs)
    )
    return next(fitting, _UNKNOWN)
