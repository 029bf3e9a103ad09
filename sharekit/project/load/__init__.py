"""Files -> Manifest: everything that is declared, resolved, with a place for each value.

`load` reads a folder and `load_files` the texts of one commit; both find all that is wrong in
single files. Rules across files are the business of `checks`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from sharekit.errors import Place, Problem, ProblemsError, limited
from sharekit.project.load.folder import ProjectFiles, data_paths, read_folder, with_untracked
from sharekit.project.load.parse import ParsedFile, kind_of, parse_file
from sharekit.project.load.resolve import resolve
from sharekit.project.manifest import Manifest
from sharekit.project.read.config_text import PYPROJECT, SHAREKIT_TOML, config_values, fit_config
from sharekit.project.read.excerpt import with_excerpt
from sharekit.project.read.plain_text import clean_text
from sharekit.project.shapes import Config
from sharekit.records import replace

__all__ = [
    "ParsedFile",
    "TextReader",
    "data_paths",
    "is_declared",
    "load",
    "load_files",
    "parse_file",
]


class TextReader:
    """Reads declared texts, each once: from one commit to the next, and in the work tree, most
    files are the same."""

    def __init__(self) -> None:
        self.file = cache(parse_file)
        self.config = cache(config_values)
        self.fitted = cache(lambda text, path: fit_config(self.config(text, path), path))


def load(root: Path, *, commit: str | None = None, reader: TextReader | None = None) -> Manifest:
    """The project in a folder. Digests of its data files are left to the engine, which reads them
    anyway.

    `reader`: whoever loads a project more than once hands on the same one. Raises ProblemsError,
    with all that is wrong in any file, when there is no configuration that could be used."""
    files = read_folder(root)
    return _assemble(
        files, reader or TextReader(), digests={}, root=str(root.resolve()), commit=commit
    )


def load_files(
    files: Mapping[str, str],
    *,
    digests: Mapping[str, str] | None = None,
    untracked: Collection[str] = (),
    commit: str | None = None,
    reader: TextReader | None = None,
) -> Manifest:
    """The project in these texts by path, such as those of one commit.

    `digests` has a hash of every file below metrics/data, and of others that sources name: it tells
    which are there. `untracked`: data files that lie beside what git holds, and count as there in every commit
    that has no table of that name itself. `reader`: whoever loads many commits hands on the same one. Raises
    ProblemsError when there is no configuration that could be used."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path, text in files.items():
        if not is_declared(path):
            continue
        cleaned = clean_text(text, path)
        if isinstance(cleaned, Problem):
            problems.append(cleaned)
        texts[path] = text if isinstance(cleaned, Problem) else cleaned
    unreadable = frozenset(problem.place.path for problem in problems)
    project_files = ProjectFiles(
        texts, with_untracked(digests or {}, untracked), tuple(problems), unreadable
    )
    return _assemble(
        project_files, reader or TextReader(), digests=digests or {}, root="", commit=commit
    )


def is_declared(path: str) -> bool:
    """Whether a path is one of those that `load_files` reads: configuration, metrics, objectives,
    dashboards."""
    return path in (SHAREKIT_TOML, PYPROJECT) or kind_of(path) is not None


def _assemble(
    files: ProjectFiles,
    reader: TextReader,
    *,
    digests: Mapping[str, str],
    root: str,
    commit: str | None,
) -> Manifest:
    config_path, config, broken, config_problems = _config(files, reader)
    parsed = _parse_all(files, reader)
    problems = [
        *config_problems,
        *files.problems,
        *(problem for file in parsed for problem in file.problems),
    ]
    if config is None:
        raise ProblemsError(_ordered_with_excerpts(problems, files.texts))
    manifest = resolve(
        config=config,
        config_places=reader.config(files.texts[config_path], config_path).places,
        config_path=config_path,
        parsed=parsed,
        data_files=files.data_files,
        digests=digests,
        same_as=files.same_as,
        broken=frozenset(broken) | {file.id for file in parsed if file.front is None},
    )
    return replace(
        manifest,
        root=root,
        files=files.texts,
        commit=commit,
        problems=_ordered_with_excerpts([*problems, *manifest.problems], files.texts),
    )


def _config(
    files: ProjectFiles, reader: TextReader
) -> tuple[str, Config | None, Collection[str], tuple[Problem, ...]]:
    """Path, configuration (None where none can be used), entries that had to be left out,
    problems."""
    candidates = [path for path in (SHAREKIT_TOML, PYPROJECT) if path in files.texts]
    read = {path: reader.config(files.texts[path], path) for path in candidates}
    present = [
        path
        for path in candidates
        if path == SHAREKIT_TOML or path in files.unreadable or read[path].value
    ]
    unusable = [path for path in present if path in files.unreadable or read[path].problems]
    if unusable:
        return (
            unusable[0],
            None,
            (),
            read[unusable[0]].problems if unusable[0] not in files.unreadable else (),
        )
    if not present:
        hint = "Run `sharekit init` in an empty folder, or name the project's folder."
        return (
            SHAREKIT_TOML,
            None,
            (),
            (Problem("no-config", "no sharekit.toml here", Place(SHAREKIT_TOML), hint=hint),),
        )
    config, broken, problems = reader.fitted(files.texts[present[0]], present[0])
    if len(present) > 1:
        twice = Problem(
            "two-configs",
            "the project is configured twice, here and in sharekit.toml",
            read[PYPROJECT].places.get("", Place(PYPROJECT, 1, 1)),
            hint="Move everything to one of them.",
        )
        problems = (*problems, twice)
    return present[0], config, broken, problems


def _parse_all(files: ProjectFiles, reader: TextReader) -> list[ParsedFile]:
    objectives = {path.rpartition("/")[0] for path in files.texts if kind_of(path) == "objective"}
    return [
        reader.file(path, text, key_result=path.rpartition("/")[0] in objectives)
        for path, text in sorted(files.texts.items())
        if kind_of(path) is not None
        and path not in files.unreadable
        and not is_plain_page(path, text)
    ]


def is_plain_page(path: str, text: str) -> bool:
    """Whether a Markdown file below metrics/ is any other page than a key result that is kept by
    hand: it has no front matter."""
    return kind_of(path) == "by_hand" and not text.startswith("---")


def _ordered_with_excerpts(
    problems: list[Problem], texts: Mapping[str, str]
) -> tuple[Problem, ...]:
    """In the order of files and lines, with excerpts."""
    ordered = sorted(
        problems,
        key=lambda problem: (
            problem.place.path,
            problem.place.line or 0,
            problem.place.column or 0,
            problem.code,
        ),
    )
    return tuple(with_excerpt(problem, texts) for problem in limited(ordered))
