"""Declared sources become DuckDB files, once for each content. The reading itself happens in a
confined process.

The key of a cached file is a SHA-256 over: the whole content of each file in order, the reader and
its options, the DuckDB version and this module's layout number. Every byte is hashed, Parquet too:
its footer can stay the same while values change (columns without statistics), and SHA-256 reads
more than a gigabyte a second, far less than one query costs. Modification times are never part of a
key. They only tell whether a file changed while it was being read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct, ValidationError, convert, field

from sharekit.engines.duckdb.runner import QueryJob, Runner
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.sources.fetching import FetchedSource, Unreadable
from sharekit.errors import QueryFault
from sharekit.files.pointers import pointer_of
from sharekit.files.sharekit_folders import (
    own_folder,
    read_own_record,
    replace_own,
    write_own_record,
)
from sharekit.numbers.results import Column, Rhythm, SourceInfo, SourceNote
from sharekit.project.data_formats import format_of
from sharekit.project.manifest import Source
from sharekit.project.shapes import HOW_WRITTEN
from sharekit.records import replace

LAYOUT = 10
"""Goes up when the loader writes other tables for the same files."""
KEEP_SECONDS = 14 * 24 * 3600
"""How long an unused cache file is kept."""
KEEP_BYTES = 8 * 1024**3
"""How much unused cache files may add up to."""
BUSY_SECONDS = 3600
"""Files younger than this may be another build's, just being written or read."""
LOAD_SECONDS = 1800.0
SLOWEST = 1_000_000
"""Bytes of a file that are read in a second at least; a small file that takes long makes up its
rows."""
UNTIMED = "none"
"""`time` of a source whose dates tell nothing of its freshness."""

_SQLITE = b"SQLite format 3\0"
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_ ,()\[\]\"]*")


class Loaded(Struct, frozen=True):
    """One source as loaded: the facts, and the file that holds its rows."""

    info: SourceInfo
    file: Path | None = None
    undated: str | None = None
    """Its time column, where that goes beyond the as-of date and the latest day before it must be
    asked for."""

    def with_day(self, day: date | None, as_of: date) -> Loaded:
        """The same with `data_until`, which is also kept for the next time."""
        if (
            self.file is not None
            and (facts := _cached_facts(self.file)) is not None
            and self.undated is not None
        ):
            with suppress(OSError):
                _keep_facts(self.file, replace(facts, until=(self.undated, as_of, day)))
        return Loaded(replace(self.info, data_until=day), self.file)


class SourceFacts(Struct, frozen=True):
    """What the loader found in a source; kept beside its cache file."""

    columns: tuple[Column, ...]
    count: int
    dated: Mapping[str, Rhythm] = field(default_factory=dict)
    """How the days of each column of dates or timestamps come; one without any day is missing."""
    notes: tuple[SourceNote, ...] = ()
    until: tuple[str, date, date | None] | None = None
    """A column, an as-of date, and the latest day of the one not after the other: the last that was
    asked for."""
    size: int | None = None
    """Bytes of the cache file, where it is kept."""


class Loader:
    """Loads sources into a folder of cache files. `runner` is a confined process for reading
    them."""

    def __init__(
        self,
        root: Path,
        folder: Path,
        runner: Runner,
        version: str,
        as_of: date,
        fetched: Mapping[str, FetchedSource | Unreadable],
        seconds: float,
        or_raise: Callable[[str, QueryFault], str],
        hidden: Mapping[str, tuple[str, ...]],
    ) -> None:
        """`fetched`: the files of sources that are not in the project; `seconds`: how long a query
        may run; `or_raise`: advice, and how the limit is raised that a fault ran into; `hidden`: for each source
        the tables of its .duckdb file that it must not show."""
        self._hidden = hidden
        self._seconds = seconds
        self._or_raise = or_raise
        self._root = root
        self._fetched = fetched
        self._folder = folder
        self._runner = runner
        self._version = version
        self._as_of = as_of

    def load(self, source: Source, *, reload: bool = False) -> Loaded:
        """One source, from the cache where it is there. With `reload` it is read anew even so."""
        try:
            return self._load(source, reload)
        except Unreadable as reason:
            return Loaded(
                SourceInfo(source.id, error=str(reason), hint=reason.hint, outside=reason.outside)
            )
        except OSError as error:
            return Loaded(
                SourceInfo(source.id, error=f"it cannot be read: {error.strerror or error}")
            )

    def _load(self, source: Source, reload: bool) -> Loaded:
        fetched = self._fetched.get(source.id)
        if isinstance(fetched, Unreadable):
            raise fetched
        paths = list(fetched.paths) if fetched else _paths(self._root, source)
        names = list(fetched.names) if fetched else list(source.paths)
        _require_files(paths, names)
        kind = _format(source, paths)
        _check_types(source)
        before = _stamps(paths)
        key = self._key(source, kind, paths, names)
        target = self._folder / f"{key}.duckdb"
        facts = None if reload else _cached_facts(target)
        if facts is None:
            facts = self._read(source, kind, paths, names, target)
            if _stamps(paths) != before:
                _remove(target)
                raise Unreadable("it changed while it was being read; run the command again")
        _touch(target)
        return self._with_data_until(source, facts, key, target, fetched.stale if fetched else None)

    def _key(self, source: Source, kind: str, paths: Sequence[Path], names: Sequence[str]) -> str:
        facts = [
            LAYOUT,
            self._version,
            kind,
            source.config.table or source.id,
            dict(source.config.columns),
        ]
        folders = (
            [name.rpartition("/")[0] for name in names]
            if any("=" in name for name in names)
            else []
        )
        options = [*facts, _options(source), folders, source.id, names if len(names) > 1 else []]
        options.append(self._runner.setup["timezone"])
        options.append(list(self._hidden.get(source.id, ())))
        checksum = hashlib.sha256(json.dumps(options).encode())
        for path in paths:
            with path.open("rb") as stream:
                checksum.update(hashlib.file_digest(stream, "sha256").digest())
        return checksum.hexdigest()

    def _read(
        self, source: Source, kind: str, paths: list[Path], names: list[str], target: Path
    ) -> SourceFacts:
        if kind == "duckdb" and len(paths) > 1:
            raise Unreadable("it matches several .duckdb files; a source is one table of one file")
        part_file = Path(self._runner.setup["folder"], "out", f"{target.stem}.duckdb")
        part_file.parent.mkdir(exist_ok=True)
        _remove(part_file)
        request: Message = {
            "op": "load",
            "target": str(part_file),
            "paths": [str(path) for path in paths],
            "format": kind,
            "table": source.config.table or source.id,
            "columns": dict(source.config.columns),
            "names": names,
            "source": source.id,
            "options": _options(source),
            "hidden": list(self._hidden.get(source.id, ())),
        }
        job = self._runner.finish(self._runner.submit(QueryJob(request, self._longest(paths))))
        if job.failure is not None and job.failure.fault == "failed":
            raise Unreadable(job.failure.message)
        if job.failure is not None:
            raise self._limit_reached(job.failure.fault)
        if (job.answer or {}).get("fault") == "memory":
            raise self._limit_reached("memory")
        facts = _checked_answer(job.answer or {}, self._root, source)
        own_folder(self._folder)
        _place(part_file, target)
        _keep_facts(target, facts)
        return facts

    def _limit_reached(self, fault: QueryFault) -> Unreadable:
        """What to say about a file that is too much for a limit."""
        what = "memory" if fault == "memory" else "time"
        hint = self._or_raise("Read less of it.", fault)
        return Unreadable(f"reading it takes more {what} than the limit", hint)

    def _longest(self, paths: Iterable[Path]) -> float:
        """Seconds that reading these files may take: those of one query, and more for more
        bytes."""
        size = sum(path.stat().st_size for path in paths)
        return min(LOAD_SECONDS, self._seconds + size / SLOWEST)

    def _with_data_until(
        self, source: Source, facts: SourceFacts, key: str, target: Path, stale: str | None
    ) -> Loaded:
        column = _time_column(source, facts.columns)
        rhythm = facts.dated.get(column) if column else None
        latest = rhythm.finished if rhythm else None
        info = SourceInfo(
            source.id, facts.columns, facts.count, key, latest, stale=stale, notes=facts.notes, rhythms=facts.dated,
            time=column if rhythm else None, time_is=source.config.time_is,
        )  # fmt: skip
        if latest is None or latest <= self._as_of:
            return Loaded(info, target)
        if facts.until is not None and facts.until[:2] == (column, self._as_of):
            return Loaded(replace(info, data_until=facts.until[2]), target)
        return Loaded(info, target, column)


def _options(source: Source) -> dict[str, Any]:
    """What its entry says of how its text is written, without what it does not say."""
    written = source.config.model_dump(include=set(HOW_WRITTEN), exclude_defaults=True)
    return {key: written[key] for key in HOW_WRITTEN if key in written}


def readable(
    root: Path, sources: Iterable[Source], fetched: Mapping[str, FetchedSource | Unreadable]
) -> list[str]:
    """Absolute paths of all files that the loader's process may open."""
    paths: list[str] = []
    for source in sources:
        if (fetched_source := fetched.get(source.id)) is not None:
            paths += (
                [str(path) for path in fetched_source.paths]
                if isinstance(fetched_source, FetchedSource)
                else []
            )
            continue
        with suppress(Unreadable, OSError):
            paths += [str(path) for path in _paths(root, source)]
    return paths


def _paths(root: Path, source: Source) -> list[Path]:
    """The source's files, each inside the project, where the rows of others are not to be had by a
    link."""
    if not source.paths:
        raise Unreadable(
            f"no file matches {source.config.path}" if source.config.path else "it has no file"
        )
    root = Path(os.path.realpath(root))
    paths = []
    for name in source.paths:
        path = Path(os.path.realpath(root / name))
        if not path.is_relative_to(root):
            raise Unreadable(f"{name} is outside the project folder")
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            # .git/config can hold the token that CI checked the project out with; .env holds
            # others.
            raise Unreadable(
                f"{name} is in a hidden folder or hidden itself; data must be where everybody can see them"
            )
        if not path.exists():
            raise Unreadable(f"there is no file {name}")
        if not path.is_file():
            raise Unreadable(f"{name} is not a file")
        if path.stat().st_size < 100 and not path.read_bytes().strip(b" \t\r\n\0"):
            raise Unreadable(f"{name} is empty")
        if re.search(r"[*?\[\]]", str(path)):
            raise Unreadable(f"{name} has one of * ? [ ] in its path; rename it")
        paths.append(path)
    return paths


def _require_files(paths: Iterable[Path], names: Iterable[str]) -> None:
    """Raise Unreadable where one only says where the real file is: its few lines are no rows."""
    for path, name in zip(paths, names, strict=True):
        keeper = pointer_of(path)
        if keeper is not None:
            command = "git lfs pull" if keeper == "Git LFS" else "git annex get"
            raise Unreadable(
                f"{name} is a pointer of {keeper}: the file itself was not fetched",
                f"Run `{command}` before sharekit. In GitHub's checkout action, `lfs: true` does it for"
                " Git LFS.",
            )


def prune(folder: Path, used_files: Iterable[Path]) -> None:
    """Remove cache files that were not used for two weeks, then the longest unused beyond 8 GiB,
    and torn ones."""
    keep = {path.stem for path in used_files}
    files: list[tuple[float, int, Path]] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            stat = path.stat()
            files.append((stat.st_mtime, stat.st_size, path))
    # What was used just now tells the time, so that no clock is asked.
    now = max((used_at for used_at, _, _ in files), default=0.0)
    total = 0
    for used_at, size, path in sorted(files, reverse=True):
        if path.name.split(".")[0] in keep or now - used_at < BUSY_SECONDS:
            continue
        total += size
        if now - used_at > KEEP_SECONDS or total > KEEP_BYTES or ".part" in path.suffixes:
            with suppress(OSError):
                path.unlink()


def helpers(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Formats and encodings that the loader's process must know how to read before it is
    confined."""
    all_sources = list(sources)
    names = [path.lower() for source in all_sources for path in source.paths]
    formats = {source.config.format for source in all_sources} | {format_of(name) for name in names}
    if any(source.config.url for source in all_sources):
        formats.add("xlsx")
    if "duckdb" in formats:  # a .db file may be either
        formats.add("sqlite")
    encodings = {source.config.encoding for source in all_sources if source.config.encoding}
    return {"formats": sorted(form for form in formats if form), "encodings": sorted(encodings)}


def _format(source: Source, paths: Iterable[Path]) -> str:
    if source.config.is_lake:
        return "parquet"  # the copy of its snapshot
    if source.config.format is not None:
        return source.config.format
    kinds = set()
    for path in paths:
        kind = format_of(path.name)
        if kind is None:
            raise Unreadable(
                f"the format of {path.name} is not known; name it .parquet, .csv, .tsv, .json,"
                " .jsonl, .xlsx, .sqlite or .duckdb, or write format = under [sources]"
            )
        if kind == "duckdb" and _starts_with(path, _SQLITE):
            kind = "sqlite"
        kinds.add(kind)
    if len(kinds) > 1:
        raise Unreadable(f"its files have different formats: {', '.join(sorted(kinds))}")
    return kinds.pop()


def _starts_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _check_types(source: Source) -> None:
    """A type is a word with brackets; it is written into the loader's SQL, so nothing else may be
    in it."""
    for name, text in source.config.columns.items():
        depth = 0
        for character in text:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                break
        if depth != 0 or not _TYPE.fullmatch(text):
            raise Unreadable(f"the type of column {name} is not one: {text}")


def _time_column(source: Source, columns: Iterable[Column]) -> str | None:
    """The configured time column, else the first of dates or timestamps; None where there is none,
    or where the keeper says that the dates tell nothing of freshness."""
    time_name = source.config.time
    if time_name is not None and time_name.lower() == UNTIMED:
        return None
    if time_name is None:
        return next(
            (column.name for column in columns if column.kind in ("date", "timestamp")), None
        )
    for column in columns:
        if column.name.lower() == time_name.lower():
            if column.kind in ("date", "timestamp"):
                return column.name
            raise Unreadable(
                f"its time column {time_name} is {column.type}, not DATE or TIMESTAMP; "
                f'write columns = {{ {time_name} = "DATE" }}'
            )
    raise Unreadable(f"it has no column {time_name} to tell the time by; it has: {_names(columns)}")


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _stamps(paths: Iterable[Path]) -> list[tuple[int, int, int]]:
    return [
        (stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in (path.stat() for path in paths)
    ]


def _option_hint(mistake: str, source: Source) -> str | None:
    """The option under [sources] that would read a file, where the mistake tells it."""
    entry = f"[sources.{source.id}]"
    if "not utf-8" in mistake.lower():
        return (
            f'Write encoding = "windows-1252" under {entry} if Excel wrote it in Western Europe or'
            " America, or save it as UTF-8; Excel calls that CSV UTF-8."
        )
    line = _WRONG_LINE.match(mistake)
    lengths = _LENGTHS.search(mistake)
    if line and lengths and int(lengths[1]) < int(lengths[2]) and lengths[1] == "1":
        return (
            f"If the names of the columns are in line {line[1]}, write header_row = {line[1]} under"
            f" {entry}."
        )
    return None


_WRONG_LINE = re.compile(r"CSV Error on Line: (\d+)\n")
_LENGTHS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def _checked_answer(answer: Mapping[str, Any], root: Path, source: Source) -> SourceFacts:
    """The loader's answer, checked. Raises Unreadable with its reason where it has one."""
    if isinstance(answer.get("mistake"), str):
        hint = answer.get("hint") or _option_hint(answer["mistake"], source)
        raise Unreadable(_reason(answer["mistake"], root), str(hint)[:1000] if hint else None)
    try:
        return convert(answer, SourceFacts)
    except ValidationError:
        raise Unreadable("reading it failed") from None


def _reason(message: str, root: Path) -> str:
    """DuckDB's reason on one line, without the machine's paths and without advice on options nobody
    can set here."""
    line = _WRONG_LINE.match(message)
    names = re.match(r"COLUMN_TYPES error: Columns with names: (.*) do not exist", message)
    lengths = _LENGTHS.search(message)
    if line and lengths:
        message = f"line {line[1]} has {lengths[2]} columns where the first line has {lengths[1]}"
    elif line:
        # The line itself stands between the two, however long it is.
        why = re.search(r"^(Error when|Value with|Invalid unicode|Maximum line).*", message, re.M)
        message = f"line {line[1]}: {why[0] if why else 'it cannot be read'}"
    elif "sniffing" in message:
        message = "its lines cannot be split into columns"
    elif names:
        message = f"`columns` names {names[1]}, which the file does not have"
    text = re.sub(
        r"(The search space|Possible (fixes|Solution)|LINE \d+:).*", "", message, flags=re.S
    )
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())
    return text.replace(os.path.realpath(root) + "/", "")[:300].strip().rstrip(".")


def _cached_facts(target: Path) -> SourceFacts | None:
    """The facts of a whole cache file; anything less is a miss."""
    facts = read_own_record(target.with_suffix(".json"), SourceFacts)
    try:
        file = target.lstat()
    except OSError:
        return None
    is_complete = facts is not None and stat.S_ISREG(file.st_mode) and facts.size == file.st_size
    return facts if is_complete else None


def _keep_facts(target: Path, facts: SourceFacts) -> None:
    write_own_record(target.with_suffix(".json"), replace(facts, size=target.stat().st_size))


def _place(part_file: Path, target: Path) -> None:
    """Move a finished file into the cache, so that it is there whole or not at all."""
    try:
        replace_own(part_file, target)
    except OSError:
        # The cache is on another disk than the temporary folder.
        copy = target.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(part_file, copy)
        replace_own(copy, target)
        _remove(part_file)


def _remove(path: Path) -> None:
    for cache_file in (path.with_suffix(".json"), path, Path(f"{path}.wal")):
        if cache_file.is_dir() and not cache_file.is_symlink():
            shutil.rmtree(cache_file)
        else:
            cache_file.unlink(missing_ok=True)


def _touch(target: Path) -> None:
    """Mark as used, for pruning alone."""
    for path in (target, target.with_suffix(".json")):
        with suppress(OSError):
            os.utime(path)
