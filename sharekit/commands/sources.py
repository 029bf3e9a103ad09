"""`sharekit sources`: each table that SQL can read, with its columns, its dates, its age and where
it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import click

from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import ProblemsError, SharekitError, errors_among
from sharekit.escape import to_json
from sharekit.numbers.formats import format_day
from sharekit.numbers.results import Column, SourceInfo
from sharekit.project.load import load
from sharekit.project.manifest import Manifest, Source
from sharekit.project.read.did_you_mean import suggestion
from sharekit.terminal.screen import table


@command(example="sharekit sources\nsharekit sources flights --format json")
@click.argument("names", nargs=-1)
@format_option("table", "json")
@as_of_option
def sources(session: Session, names: tuple[str, ...], form: str, as_of: date | None) -> int:
    """Show where the rows come from, what they hold and how fresh they are.

    NAMES are sources; without any, all are shown. Exits with 1 if one cannot be read, 2 if one
    is declared with a mistake, 3 if one is out of reach."""
    manifest = load(session.project.root)
    mistakes = [
        problem
        for problem in errors_among(manifest.problems)
        if problem.code == "duplicate-source" or problem.place.path == manifest.config_path
    ]
    for name in names:
        if name not in manifest.sources:
            if mistakes:
                raise ProblemsError(mistakes)
            hint = suggestion(
                name, manifest.sources, are="There are", none="Put a file into metrics/data/."
            )
            raise SharekitError(f"there is no source {name}", hint=hint)
    day = session.as_of(as_of)
    with session.engine(manifest, day) as engine:
        infos = {
            name: info for name, info in engine.sources().items() if not names or name in names
        }
    if form == "json":
        documents = [_document(manifest.sources[name], info, day) for name, info in infos.items()]
        session.terminal.data(to_json(documents, indent=2) + "\n")
    elif infos:
        session.terminal.write("\n".join(_lines(manifest, infos, day)))
    elif not mistakes:
        session.terminal.say(
            "  There is no source yet: put a file into metrics/data/, or run sharekit new source."
        )
    if mistakes:  # an entry that is left out for one must not look as if it were not there
        session.terminal.say_problems(mistakes)
        return ProblemsError.exit_code
    return exit_code(infos.values())


def exit_code(infos: Iterable[SourceInfo]) -> int:
    """0 where all was read; 3 where something is out of reach, which may pass, else 1."""
    failed = [info for info in infos if info.error is not None or info.stale is not None]
    if any(info.outside or info.stale is not None for info in failed):
        return 3
    return 1 if failed else 0


def origin(source: Source) -> str:
    """Where the rows come from, as it is declared: a secret address by its variable."""
    config = source.config
    where = (
        (config.url or "").partition("?")[0] or config.path or ", ".join(source.paths) or "nowhere"
    )
    if config.path and len(source.paths) > 1:
        where += f" ({len(source.paths)} files)"
    parts = [
        f"table {config.table}" if config.table else "",
        f"sheet {config.sheet}" if config.sheet else "",
    ]
    parts.append(config.range or "")
    return ", ".join([where, *(part for part in parts if part)])


def _lines(manifest: Manifest, infos: Mapping[str, SourceInfo], day: date) -> Iterator[str]:
    for number, (name, info) in enumerate(infos.items()):
        source = manifest.sources[name]
        if number:
            yield ""
        yield f"{name}  from {origin(source)}"
        if source.config.description:
            yield f"  {source.config.description}"
        if info.error is not None:
            yield f"  [x] it cannot be read: {info.error}"
            if info.hint:
                yield f"      {info.hint}"
            continue
        yield f"  {info.rows:,} row{'' if info.rows == 1 else 's'}, {_freshness(info, day)}"
        if info.stale is not None:
            yield f"  [!] out of reach: {info.stale}"
        cells = [[column.name, column.type, _range(info, column)] for column in info.columns]
        yield from (
            f"    {line}".rstrip()
            for line in table(["column", "type", "dates"], cells, align=["left"] * 3)
        )
        for note in info.notes:
            if note.kind == "files":
                yield f"  [!] {note.message}. {note.hint}"
            elif note.kind != "count":
                yield f"  [!] {note.column} {note.message}. {note.hint}"


def _freshness(info: SourceInfo, day: date) -> str:
    if info.data_until is None:
        return "without dates"
    age = (day - info.data_until).days
    return (
        f"through {format_day(info.data_until, year=True)}, {age} day{'' if age == 1 else 's'} old"
    )


def _range(info: SourceInfo, column: Column) -> str:
    rhythm = info.rhythms.get(column.name)
    return f"{rhythm.first} to {rhythm.last}" if rhythm else ""


def _document(source: Source, info: SourceInfo, day: date) -> dict[str, object]:
    days = {
        name: {"first": str(rhythm.first), "last": str(rhythm.last)}
        for name, rhythm in info.rhythms.items()
    }
    return {
        "id": info.id,
        "from": origin(source),
        "description": source.config.description,
        "rows": info.rows if info.error is None else None,
        "data_until": str(info.data_until) if info.data_until else None,
        "age_days": (day - info.data_until).days if info.data_until else None,
        "columns": [
            {"name": column.name, "type": column.type, "dates": days.get(column.name)}
            for column in info.columns
        ],
        "notes": [
            {"column": note.column, "message": note.message, "hint": note.hint}
            for note in info.notes
        ],
        "error": info.error,
        "hint": info.hint,
        "stale": info.stale,
        "fingerprint": info.fingerprint or None,
    }
