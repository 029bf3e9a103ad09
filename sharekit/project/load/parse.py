"""One declared file alone: its front matter as a shape, and the rest. Pure, so that results can be
cached by text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from sharekit.errors import Place, Problem
from sharekit.project.read.front_matter import SplitFile, later_front, split_markdown, split_sql
from sharekit.project.read.into_shapes import fit
from sharekit.project.read.values import ValueTree
from sharekit.project.read.yaml_text import read_yaml
from sharekit.project.shapes import (
    AskFront,
    DashboardFront,
    KeyResultFront,
    MetricFront,
    ObjectiveFront,
    Shape,
    ViewFront,
)

Kind = Literal["view", "metric", "key_result", "by_hand", "objective", "dashboard", "ask"]
OKR_KEYS = ("objective", "period", "baseline")
"""Any of these makes a metric a key result; so does an objective.md in its folder."""

IDENTIFIER = re.compile(r"_?[a-z][a-z0-9_]{0,79}\Z")
_NOT_IN_IDS = re.compile(r"[^a-z0-9_]+")
_SHAPES: Mapping[Kind, type[Shape]] = {
    "view": ViewFront,
    "metric": MetricFront,
    "key_result": KeyResultFront,
    "by_hand": KeyResultFront,
    "objective": ObjectiveFront,
    "dashboard": DashboardFront,
    "ask": AskFront,
}
_EXAMPLE = "/* ---\ntitle: What the number is\n--- */"


class ParsedFile(Struct, frozen=True):
    """What one file declares, before it is resolved against others."""

    path: str
    kind: Kind
    id: str
    """Explicit, or from the path."""
    front: Shape | None
    """None where the file has problems: it is then left out of the manifest."""
    rest: str
    """The query, or the prose."""
    rest_line: int
    keys: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    beside_objective: bool = False
    """Whether its folder holds an objective.md."""


def kind_of(path: str) -> Kind | None:
    """What a path declares, as far as the path tells; None where it is no declared file."""
    folder, _, name = path.rpartition("/")
    top = path.partition("/")[0]
    if top == "metrics" and folder and name.endswith(".sql"):
        return "view" if name.startswith("_") else "metric"
    if top == "metrics" and folder and name == "objective.md":
        return "objective"
    if (
        top == "metrics"
        and name.endswith(".md")
        and _may_hold_key_results(folder)
        and name.lower() != "readme.md"
    ):
        return "by_hand"
    if folder == "metrics/asks" and name.endswith((".yaml", ".yml")):
        return "ask"
    if top == "dashboards" and folder and name.endswith(".md") and name != "README.md":
        return "dashboard"
    return None


def _may_hold_key_results(folder: str) -> bool:
    return folder != "metrics" and not f"{folder}/".startswith(("metrics/data/", "metrics/asks/"))


def probable_path(path: str) -> str | None:
    """The path under which a file would be read, of one that is not and looks as if it should be;
    else None."""
    folder, _, name = path.rpartition("/")
    plain = name.lower().removesuffix(".txt")
    stem, _, ending = plain.rpartition(".")
    name = f"{stem}.md" if ending == "markdown" else plain
    if folder.startswith("metrics/asks/"):
        folder = "metrics/asks"
    better_path = f"{folder}/{name}"
    if kind_of(path) is not None or kind_of(better_path) is None or name == "readme.md":
        return None
    return better_path


def parse_file(path: str, text: str, *, key_result: bool = False) -> ParsedFile:
    """Read one file. `key_result` says that its folder holds an objective.md.

    All its problems are found at once, as far as they do not hide each other.
    """
    kind = kind_of(path) or "metric"
    sql = kind in ("view", "metric")
    cut = (
        split_sql(text, path)
        if sql
        else SplitFile(text, 1, "", 1)
        if kind == "ask"
        else split_markdown(text, path)
    )
    head = Place(path, max(1, cut.front_line - 1), 1, 3)
    values = read_yaml(cut.front or "", path, cut.front_line)
    declares = values.value if isinstance(values.value, dict) else {}
    if kind == "metric" and (key_result or any(declares.get(key) is not None for key in OKR_KEYS)):
        kind = "key_result"
    name = _name(declares, path, kind)
    problems = [*cut.problems, *values.problems, *_bad_name(name, declares, path, kind)]
    front: Shape | None = None
    if cut.front is None and kind != "view":
        problems += _no_front(cut, path, text, sql=sql)
    elif not values.problems:
        if values.value is None:
            values = ValueTree({}, values.places, values.names)
        front, shape_errors = fit(_SHAPES[kind], values, head)
        problems += shape_errors
    front = None if problems else front
    return ParsedFile(
        path, kind, name, front, cut.rest, cut.rest_line, values.places, tuple(problems), key_result
    )


def _name(declares: dict[str, object], path: str, kind: Kind) -> str:
    explicit = declares.get("id")
    folder, _, file = path.rpartition("/")
    if kind == "ask":
        return file.rpartition(".")[0]
    if isinstance(explicit, str) and explicit and kind != "dashboard":
        return explicit
    if kind == "dashboard":
        return path.removeprefix("dashboards/").removesuffix(".md")
    if kind == "objective":
        below = (
            folder.partition("/okrs/")[2]
            if "/okrs/" in f"{folder}/"
            else folder.removeprefix("metrics").strip("/")
        )
        return (
            "-".join(_NOT_IN_IDS.sub("-", part.lower()).strip("-") for part in below.split("/"))
            or "objective"
        )
    return file.removesuffix(".sql").removesuffix(".md")


def _bad_name(name: str, declares: dict[str, object], path: str, kind: Kind) -> list[Problem]:
    if (
        kind in ("objective", "dashboard", "ask")
        or declares.get("id") is not None
        or IDENTIFIER.match(name)
    ):
        return []
    better = _NOT_IN_IDS.sub("_", name.lower()).strip("_")
    better = f"_{better}" if kind == "view" else better
    ending = "md" if kind == "by_hand" else "sql"
    hint = (
        f"Rename it to {better}.{ending}, or give it an `id:`."
        if IDENTIFIER.match(better)
        else "Give it an `id:`."
    )
    return [
        Problem(
            "bad-name", "a file's name is lower snake case, as SQL uses it", Place(path), hint=hint
        )
    ]


def _no_front(cut: SplitFile, path: str, text: str, *, sql: bool) -> list[Problem]:
    if cut.problems:
        return []
    place, line = Place(path, 1, 1), later_front(text) if sql else None
    if line is not None:
        message = "the front matter is in a later comment, and only the first one is read"
        return [
            Problem(
                "no-front-matter",
                message,
                Place(path, line, 1, 2),
                hint="Move it to the top of the file.",
            )
        ]
    example = _EXAMPLE if sql else "---\ntitle: What the page is about\n---"
    return [
        Problem(
            "no-front-matter",
            "the file has no front matter",
            place,
            hint=f"Begin it with\n{example}",
        )
    ]
