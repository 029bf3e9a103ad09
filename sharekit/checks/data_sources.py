"""Rules of sources: the files and folders that they name are there, so that a build does not find out
after minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from sharekit.checks.checked_project import CheckedProject
from sharekit.errors import Problem
from sharekit.project.data_formats import format_of
from sharekit.project.manifest import Source
from sharekit.project.read.did_you_mean import nearest
from sharekit.project.shapes import LAKE_STORES
from sharekit.records import replace

_TEXT = frozenset(("csv", "tsv"))
_WRITTEN = _TEXT | {"xlsx", "sqlite"}
_ONLY_FOR: Mapping[str, frozenset[str]] = {
    "table": frozenset(("duckdb", "sqlite", "iceberg")),
    "sheet": frozenset(("xlsx",)),
    "range": frozenset(("xlsx",)),
    "header_row": _TEXT | {"xlsx"},
    "decimal": _WRITTEN,
    "thousands": _WRITTEN,
    "date_format": _WRITTEN,
    "nulls": _WRITTEN,
    "encoding": _TEXT,
    "delimiter": _TEXT,
    "snapshot": frozenset(("delta", "iceberg")),
}
"""Keys that have an effect on some formats only."""
_NAMES = {"csv": ".csv", "tsv": ".tsv", "xlsx": ".xlsx", "sqlite": ".sqlite", "duckdb": ".duckdb",
          "delta": "Delta", "iceberg": "Iceberg"}  # fmt: skip


def without_data(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What remains of these problems where no data are expected to be there, as in a job that only
    reads the files.

    A missing file is none then. A table that nobody declares may be such a file, or a slip: a
    warning, unless a name close to it is known."""
    remaining = []
    for problem in problems:
        if problem.code == "missing-source":
            continue
        if problem.code == "unknown-table" and not (problem.hint or "").startswith("Did you mean"):
            hint = "Name its file under [sources]; then it is known even where the file is missing."
            problem = replace(problem, severity="warning", hint=hint)
        remaining.append(problem)
    return tuple(remaining)


def source_files(project: CheckedProject) -> Iterator[Problem]:
    """Declared sources have files below the project, of a kind that can be read."""
    for source in project.manifest.sources.values():
        if source.id in project.manifest.config.sources:
            yield from _files(project, source)


def _files(project: CheckedProject, source: Source) -> Iterator[Problem]:
    key, path = f"sources.{source.id}", source.config.path
    place = project.config_at(f"{key}.path" if path is not None else key)
    if path is not None and _leaves(path):
        hint = "Write the path from the project's folder on, such as metrics/data/flights.parquet."
        yield Problem("source-outside", f"`{path}` is not below the project", place, hint=hint)
    elif source.config.url is not None:
        yield from _address(project, source)
    elif not source.paths:
        if not any(problem.code == "bad-link" for problem in project.manifest.problems):
            yield Problem(
                "missing-source",
                f"there is no file for the source `{source.id}`",
                place,
                hint=_path_hint(project, source),
            )
    elif source.config.format is None:
        unknown_path = next((path for path in source.paths if format_of(path) is None), None)
        if unknown_path is not None:
            message = f"the name of {unknown_path} does not show its format"
            yield Problem(
                "unknown-format",
                message,
                place,
                hint='Write format = "csv", or another that can be read.',
            )
    yield from _of_a_lake(project, source)
    yield from _without_effect(project, source)
    yield from _notation(project, source)
    yield from project.unknown_audiences(
        source.config.audience, project.config_at, f"{key}.audience", "None is declared yet."
    )


def _address(project: CheckedProject, source: Source) -> Iterator[Problem]:
    """An address stands alone, holds no password, and its token goes over https."""
    key, config = f"sources.{source.id}", source.config
    place = project.config_at(f"{key}.url")
    if config.path is not None:
        message = f"the source `{source.id}` has both `path` and `url`"
        yield Problem("path-and-url", message, place, hint="Leave one of them out.")
    address = config.url or ""
    if address.startswith("env:"):
        return
    url_parts = urlsplit(address)
    if url_parts.username or url_parts.password:
        hint = (
            'Write bearer = "env:NAME" for a token, or url = "env:NAME" where the address itself is'
            " a secret; and change the password: it is in the history of this file."
        )
        yield Problem("secret-in-file", "this address has a password in it", place, hint=hint)
    if not url_parts.netloc:
        yield Problem(
            "bad-url", f"`{address}` names no host", place, hint="Write https://host/path."
        )
    if config.bearer is not None and url_parts.scheme != "https":
        hint = "Leave `bearer` out: credentials of object stores are in the environment."
        place = project.config_at(f"{key}.bearer")
        yield Problem("without-effect", "`bearer` is for https addresses", place, hint=hint)


def _of_a_lake(project: CheckedProject, source: Source) -> Iterator[Problem]:
    """The table of a lake is where its format can be read, and a catalog is told which table."""
    config, key = source.config, f"sources.{source.id}"
    address = config.url or ""
    if not config.is_lake or address.startswith("env:"):
        return
    scheme, stores = address.partition("://")[0], LAKE_STORES[str(config.format)]
    in_catalog = config.format == "iceberg" and scheme == "https"
    if config.url is not None and scheme not in stores:
        schemes = " or ".join(f"{store}://" for store in stores)
        message = f"{_NAMES[str(config.format)]} tables are not read at {scheme}://"
        hint = f"Write {schemes}, or query it where it lives: [engines]."
        yield Problem("bad-url", message, project.config_at(f"{key}.url"), hint=hint)
    elif in_catalog and "." not in (config.table or ""):
        message = "an Iceberg catalog is asked for a table by its namespace and name"
        hint = 'Write table = "namespace.name".'
        yield Problem("no-table", message, project.config_at(f"{key}.url"), hint=hint)
    elif config.format == "iceberg" and not in_catalog and config.table is not None:
        message = "`table` is for an Iceberg catalog, and this is a table's folder"
        place = project.config_at(f"{key}.table")
        yield Problem("without-effect", message, place, hint="Leave `table` out.")


def _without_effect(project: CheckedProject, source: Source) -> Iterator[Problem]:
    """Each key that is written does something."""
    key, config = f"sources.{source.id}", source.config
    formats = _formats(source)
    for name, formats_of_key in _ONLY_FOR.items():
        if name in config.model_fields_set and formats and not formats & formats_of_key:
            *most, last = (_NAMES[kind] for kind in sorted(formats_of_key))
            kinds = " and ".join(filter(None, (", ".join(most), last)))
            path = next(iter(source.paths), None) or "this source"
            code = "table-of-file" if name == "table" else "without-effect"
            message = f"`{name}` is for {kinds} files, and {path} is not one"
            yield Problem(
                code, message, project.config_at(f"{key}.{name}"), hint=f"Leave `{name}` out."
            )
    for name in ("bearer", "keep", "max_mb"):
        of_a_lake = name == "max_mb" and config.is_lake
        if name in config.model_fields_set and config.url is None and not of_a_lake:
            message = f"`{name}` is for sources with a `url`"
            yield Problem(
                "without-effect",
                message,
                project.config_at(f"{key}.{name}"),
                hint=f"Leave `{name}` out.",
            )


def _formats(source: Source) -> frozenset[str]:
    """The formats of a source's files; empty where only the server knows."""
    config = source.config
    if config.format is not None:
        return frozenset((config.format,))
    if config.url is None:
        return frozenset(
            file_format for path in source.paths if (file_format := format_of(path)) is not None
        )
    path = "" if config.url.startswith("env:") else urlsplit(config.url).path
    file_format = format_of(path)
    return frozenset((file_format,)) if file_format is not None else frozenset()


def _notation(project: CheckedProject, source: Source) -> Iterator[Problem]:
    """How text is written can be so."""
    key, config = f"sources.{source.id}", source.config
    if config.thousands is not None and config.thousands == (config.decimal or "."):
        message = f"the decimal sign and the sign between thousands are both `{config.thousands}`"
        hint = 'Write both: decimal = ",", thousands = "." or the other way round.'
        yield Problem("same-signs", message, project.config_at(f"{key}.thousands"), hint=hint)
    if config.encoding is not None and not _is_encoding(config.encoding):
        hint = 'Write "windows-1252", "iso-8859-1", "utf-16" or another that Python knows.'
        message = f"there is no encoding `{config.encoding}`"
        yield Problem("unknown-encoding", message, project.config_at(f"{key}.encoding"), hint=hint)


def _is_encoding(name: str) -> bool:
    """Whether it is an encoding of text; Python calls some other changes of bytes codecs too."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _leaves(path: str) -> bool:
    return (
        path.startswith(("/", "~"))
        or "://" in path
        or ".." in PurePosixPath(path).parts
        or "\\" in path
    )


def _path_hint(project: CheckedProject, source: Source) -> str | None:
    path = source.config.path
    if path is None:
        return f"Put {source.id}.parquet or {source.id}.csv into metrics/data/, or write `path`."
    files = {
        PurePosixPath(declared_path).name: declared_path
        for declared in project.manifest.sources.values()
        for declared_path in declared.paths
    }
    if near := nearest(PurePosixPath(path).name, files, 1):
        return f"Did you mean {files[near[0]]}?"
    return "Paths begin at the project's folder. Is the file in git, or made by a step before?"
