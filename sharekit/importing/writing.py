"""The inner form -> files of a project, and what became of each definition."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct
from sqlglot import exp

from sharekit.importing.expressions import CannotCarryError
from sharekit.importing.model import Definitions, ForeignMetric
from sharekit.importing.naming import Names, Tables, as_words, title_of
from sharekit.importing.queries import MetricQuery, metric_query
from sharekit.importing.views import ViewDraft, described, front_matter, view_of
from sharekit.numbers.formats import is_format
from sharekit.project.shapes import Grain
from sharekit.sqldiff.parse import parse


class Outcome(Struct, frozen=True):
    """What became of one definition."""

    name: str
    kind: str
    place: str
    path: str | None = None
    """The file that carries it; None where it is left out."""
    why: tuple[str, ...] = ()
    """What was lost, or why it is left out; empty where all of it is carried."""


class TableToBring(Struct, frozen=True):
    """A table that views read, under its name here."""

    name: str
    there: str
    columns: tuple[str, ...] = ()
    """Those that are read, where they are known."""


class Written(Struct, frozen=True):
    """Files by path, and the report."""

    files: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    tables: tuple[TableToBring, ...]


def written_project(
    collected: Definitions,
    tag: str,
    functions: Collection[str],
    grain: Grain,
    paths_by_id: Mapping[str, str],
) -> Written:
    """Views and metrics of all that can be carried. `functions`: those that DuckDB knows; `paths_by_id`:
    ids of the project and their paths."""
    names, tables = Names.of(collected, paths_by_id), Tables()
    views: dict[str, ViewDraft] = {}
    why_not: dict[str, str] = {}
    for model in collected.models:
        try:
            views[model.name] = view_of(model, f"_{names.models[model.name]}", tables, functions)
        except CannotCarryError as error:
            why_not[model.name] = error.why
    files: dict[str, str] = {}
    outcomes: list[Outcome] = []
    for definition, id in zip(collected.definitions, names.definitions, strict=True):
        before = {name: dict(view.columns) for name, view in views.items()}
        try:
            if (reason := why_not.get(definition.model or "")) is not None:
                raise CannotCarryError(f"its model {definition.model} cannot be carried: {reason}")
            if id is None:
                raise CannotCarryError("other metrics have its name, with and without a prefix")
            query = metric_query(definition, views, collected.links, functions, grain)
            folder = names.models.get(definition.model or "") or _first_read(query.sql)
            path = f"metrics/{folder}/{id}.sql"
            files[path] = _metric_text(definition, id, query, tag)
            losses = (*definition.losses, *query.losses, *_unusable(definition))
            outcomes.append(Outcome(definition.name, "metric", definition.place, path, losses))
        except CannotCarryError as error:
            for name, columns in before.items():  # what is left out needs no column
                views[name].columns = columns
            outcomes.append(
                Outcome(definition.name, "metric", definition.place, None, (error.why,))
            )
    outcomes += _view_files(views, why_not, collected, files, tag)
    outcomes += [
        Outcome(left.name, left.kind, left.place, None, (left.why,)) for left in collected.left_out
    ]
    return Written(files, tuple(outcomes), _tables(tables, views))


def _view_files(
    views: Mapping[str, ViewDraft],
    why_not: Mapping[str, str],
    collected: Definitions,
    files: dict[str, str],
    tag: str,
) -> list[Outcome]:
    outcomes = []
    for model in collected.models:
        view = views.get(model.name)
        if view is None or not (view.columns or model.is_query):
            why = why_not.get(model.name, "no column of it is known, and no metric reads one")
            outcomes.append(Outcome(model.name, "model", model.place, None, (why,)))
            continue
        front = {
            "title": model.title or as_words(model.name),
            "description": described(model.description),
            "tags": (tag,),
        }
        files[view.path] = front_matter(front) + view.sql()
        broken = (f"its field {name}: {why}" for name, why in view.broken.items())
        losses = (*view.losses, *broken)
        outcomes.append(Outcome(model.name, "model", model.place, view.path, losses))
    return outcomes


def _first_read(sql: str) -> str:
    """The folder of the view that a query reads first."""
    return sql.partition("FROM metrics._")[2].split()[0]


def _metric_text(definition: ForeignMetric, id: str, query: MetricQuery, tag: str) -> str:
    title = title_of(definition)
    synonyms = tuple(
        dict.fromkeys(
            name
            for name in (definition.name, *definition.synonyms)
            if name.strip() and name not in (id, title)
        )
    )
    front = {
        "title": title,
        "synonyms": synonyms,
        "description": described(definition.description),
        "unit": definition.unit,
        "format": definition.format if is_format(definition.format or "") else None,
        "direction": definition.direction if definition.direction != "none" else None,
        "grain": query.grain,
        "dimensions": query.dimensions,
        "numerator": "numerator" if query.is_ratio else None,
        "denominator": "denominator" if query.is_ratio else None,
        "total": query.total,
        "missing": "zero" if definition.missing_is_zero and query.grain else None,
        "state": "deprecated" if definition.deprecated else None,
        "tags": (tag,),
    }
    return front_matter(front) + query.sql


def _unusable(definition: ForeignMetric) -> tuple[str, ...]:
    losses = []
    if definition.format and not is_format(definition.format):
        losses.append(f"its format `{definition.format[:40]}` is none of those that are read here")
    if definition.description and described(definition.description) is None:
        losses.append("its description is a template")
    return tuple(losses)


def _tables(tables: Tables, views: Mapping[str, ViewDraft]) -> tuple[TableToBring, ...]:
    read: dict[str, dict[str, None]] = {}
    for view in views.values():
        if view.table is not None and view.columns:
            columns = parse(view.sql()).find_all(exp.Column)
            read.setdefault(view.table, {}).update(
                {column.parts[0].name: None for column in columns}
            )
    return tuple(
        TableToBring(name, table, tuple(read.get(name, ()))) for name, table in tables.all().items()
    )
