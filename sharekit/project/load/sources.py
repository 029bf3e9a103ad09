"""Tables: every data file in metrics/data/ by its own name, and what [sources] declares. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sharekit.errors import Place, Problem
from sharekit.files.globs import glob_pattern
from sharekit.project.data_formats import format_of, table_path
from sharekit.project.load.folder import DATA
from sharekit.project.load.parse import IDENTIFIER
from sharekit.project.manifest import Source
from sharekit.project.shapes import Config, SourceConfig


def sources(
    config: Config,
    places: Mapping[str, Place],
    config_path: str,
    files: Sequence[str],
    digests: Mapping[str, str],
    same_as: Mapping[str, str],
) -> tuple[dict[str, Source], list[Problem]]:
    """All sources by name, and files whose names clash or are no names of tables."""
    sources_by_name: dict[str, Source] = {}
    for name, declared in config.sources.items():
        matching = _matching(declared, name, files)
        place = places.get(f"sources.{name}", Place(config_path, 1, 1))
        sources_by_name[name] = Source(
            name,
            matching,
            declared,
            place,
            _digests(matching, digests),
            _same_files(matching, same_as),
        )
    declared_paths = {path for source in sources_by_name.values() for path in source.paths}
    problems: list[Problem] = []
    for path in files:
        if path in declared_paths or PurePosixPath(path).parent.as_posix() != DATA:
            continue
        if format_of(path) is None:
            continue
        if path != _in_lower_case(path):
            message = "this file is not read as a table: its ending is not in lower case"
            hint = f"Rename it to {_in_lower_case(path)}, or name it in [sources]."
            problems.append(
                Problem("unread-file", message, Place(path), hint=hint, severity="warning")
            )
            continue
        name = PurePosixPath(table_path(path)).name
        if problem := _clash(path, name, sources_by_name):
            problems.append(problem)
        else:
            itself = (path,)
            config_of_it, hashes = SourceConfig(path=path), _digests(itself, digests)
            sources_by_name[name] = Source(
                name, itself, config_of_it, Place(path), hashes, _same_files(itself, same_as)
            )
    return dict(sorted(sources_by_name.items())), problems


def _matching(declared: SourceConfig, name: str, files: Sequence[str]) -> tuple[str, ...]:
    if declared.url is not None:
        return ()
    if declared.pattern is None:  # only options of a file that is there by its name
        return tuple(_by_name(name, files))
    pattern = glob_pattern(declared.pattern)
    return tuple(path for path in files if pattern.match(path))


def _by_name(name: str, files: Sequence[str]) -> Iterator[str]:
    for path in files:
        is_table = format_of(path) is not None and path == _in_lower_case(path)
        if is_table and table_path(path) == f"{DATA}/{name}":
            yield path


def _in_lower_case(path: str) -> str:
    """A path with its endings in lower case."""
    start = table_path(path)
    return start + path[len(start) :].lower()


def _clash(path: str, name: str, sources: Mapping[str, Source]) -> Problem | None:
    if not IDENTIFIER.match(name):
        hint = "Rename the file to lower snake case, or name it in [sources]."
        return Problem(
            "bad-name", f"`{name}` cannot be the name of a table", Place(path), hint=hint
        )
    if name in sources:
        other_place = sources[name].paths[0] if sources[name].paths else str(sources[name].place)
        hint = "Rename one file, or name both in [sources]."
        return Problem(
            "duplicate-source", f"the table `{name}` is also {other_place}", Place(path), hint=hint
        )
    return None


def _same_files(paths: tuple[str, ...], same_as: Mapping[str, str]) -> tuple[str, ...]:
    return (
        tuple(same_as.get(path, path) for path in paths)
        if any(path in same_as for path in paths)
        else ()
    )


def _digests(paths: tuple[str, ...], digests: Mapping[str, str]) -> tuple[str, ...]:
    return (
        tuple(digests[path] for path in paths)
        if paths and all(path in digests for path in paths)
        else ()
    )
