"""Rules: the files behind sources are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from sharekit.checks.context import Project
from sharekit.errors import Problem
from sharekit.project.manifest import Source
from sharekit.project.read.did_you_mean import nearest

_SUFFIXES = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".duckdb")


def without_data(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What remains of these problems where no data are expected to be there, as in a job that only reads the files.

    A missing file is none then. A table that nobody declares may be such a file, or a slip: a warning, unless a name
    close to it is known.
    """
    found = []
    for problem in problems:
        if problem.code == "missing-source":
            continue
        if problem.code == "unknown-table" and not (problem.hint or "").startswith("Did you mean"):
            hint = "Name its file under [sources], and it is known where the file is not."
            problem = replace(problem, severity="warning", hint=hint)
        found.append(problem)
    return tuple(found)


def source_files(project: Project) -> Iterator[Problem]:
    """Declared sources have files below the project, of a kind that can be read."""
    for source in project.manifest.sources.values():
        if source.id in project.manifest.config.sources:
            yield from _files(project, source)


def _files(project: Project, source: Source) -> Iterator[Problem]:
    key, path = f"sources.{source.id}", source.config.path
    place = project.config_at(f"{key}.path" if path is not None else key)
    if path is not None and _leaves(path):
        hint = "Write the path from the project's folder on, such as metrics/data/flights.parquet."
        yield Problem("source-outside", f"`{path}` is not below the project", place, hint=hint)
    elif not source.paths:
        if not any(problem.code == "bad-link" for problem in project.manifest.problems):
            yield Problem(
                "missing-source", f"no file is there for the source `{source.id}`", place, hint=_near(project, source)
            )
    elif source.config.format is None:
        odd = next((each for each in source.paths if not each.endswith(_SUFFIXES)), None)
        if odd is not None:
            message = f"the format of {odd} cannot be told by its name"
            yield Problem("unknown-format", message, place, hint='Write format = "csv", or another that can be read.')
    duckdb = source.config.format == "duckdb" or all(each.endswith(".duckdb") for each in source.paths)
    if source.config.table is not None and source.paths and not duckdb:
        message = f"`table` is for .duckdb files, and {source.paths[0]} is none"
        yield Problem("table-of-file", message, project.config_at(f"{key}.table"), hint="Leave `table` out.")
    if source.config.audience is not None:
        known = dict.fromkeys(project.audiences)
        audience_place = project.config_at(f"{key}.audience")
        yield from project.unknown(
            "audience", source.config.audience, known, audience_place, none="None is declared yet."
        )


def _leaves(path: str) -> bool:
    return path.startswith(("/", "~")) or "://" in path or ".." in PurePosixPath(path).parts or "\\" in path


def _near(project: Project, source: Source) -> str | None:
    path = source.config.path
    if path is None:
        return f"Put {source.id}.parquet or {source.id}.csv into metrics/data/, or write `path`."
    files = {PurePosixPath(each).name: each for other in project.manifest.sources.values() for each in other.paths}
    if found := nearest(PurePosixPath(path).name, files, 1):
        return f"Did you mean {files[found[0]]}?"
    return "Paths begin at the project's folder. Is the file in git, or made by a step before?"
