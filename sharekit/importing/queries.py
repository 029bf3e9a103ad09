"""The query of one metric: its aggregate over a model, along time, by a few dimensions, with totals
that are right."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct
from sqlglot import exp

from sharekit.importing.expressions import (
    AggregateShape,
    CannotCarryError,
    parsed,
    shape_of,
    steady,
    written,
)
from sharekit.importing.model import ForeignMetric, ModelField, ModelLink
from sharekit.importing.views import ViewDraft, column_sql
from sharekit.project.shapes import Grain

MOST_DIMENSIONS = 3
"""A metric is sliced by the first of its model's dimensions; the others stay in the view."""
_KEYS = re.compile(
    r"(^|_)(id|key|sk|pk|fk|uuid|guid|hash|email|phone|url|address|latitude|longitude|lat|lon|day|"
    r"week|month|quarter|year|date|value|numerator|denominator|period_start)$"
)
"""Dimensions with a member a row, and those that are time once more."""
_FINER: Sequence[Grain] = ("day", "week", "month", "quarter", "year")


class MetricQuery(Struct, frozen=True):
    """What is written for one metric."""

    sql: str
    grain: Grain | None
    dimensions: tuple[str, ...]
    total: str | None
    is_ratio: bool
    losses: tuple[str, ...]


class JoinedModels(Struct, frozen=True):
    """Views that one metric reads: the first, and how the others belong to its rows."""

    base: ViewDraft
    links: tuple[ModelLink, ...] = ()

    def names(self) -> tuple[str, ...]:
        return (self.base.model.name, *(link.one for link in self.links))


def metric_query(
    definition: ForeignMetric,
    views: Mapping[str, ViewDraft],
    links: Sequence[ModelLink],
    functions: Collection[str],
    grain: Grain,
) -> MetricQuery:
    """Raises CannotCarryError."""
    tree, clock = steady(parsed(definition.expression, definition.dialect))
    tree = _with_model_names(tree, definition)
    read = _models_read(tree, definition, views)
    joined = _join_models(definition, read, views, links)
    time_view, time = _time(definition, joined, views, links)
    if time_view is not None and time_view.model.name not in joined.names():
        joined = _path(joined.base, (*joined.names()[1:], time_view.model.name), links)
    has_links = bool(joined.links)
    _require(tree, joined, views)
    if not definition.aggregated:
        return _as_is(definition, joined.base, time)
    shape = shape_of(tree)
    _refuse_repeated_rows(shape, joined)
    _qualify(shape.parts, joined, views, has_links)
    dimensions = _dimensions(joined.base) if time is not None else ()
    for name in dimensions:
        joined.base.need(name)
    rows = _JoinedRows(joined, views, time_view, time, _grain(time, grain), dimensions)
    sql = rows.sql(shape, functions)
    losses = clock + (
        ()
        if time is not None
        else ("its model has no time column: it is one number, without a history",)
    )
    total = "sum" if shape.kind == "additive" and dimensions else None
    period = _grain(time, grain) if time else None
    return MetricQuery(sql, period, dimensions, total, shape.kind == "ratio", losses)


def _with_model_names(tree: exp.Expr, definition: ForeignMetric) -> exp.Expr:
    """The expression with each model under its own name."""
    models = {name.casefold(): model for name, model in definition.scope}
    for column in list(tree.find_all(exp.Column)):
        first = column.parts[0]
        if len(column.parts) > 1 and (model := models.get(first.name.casefold())) is not None:
            first.replace(exp.to_identifier(model, quoted=True))
    return tree


def _grain(time: ModelField | None, asked_grain: Grain) -> Grain:
    """The grain that was asked for, or the time's own where that is coarser."""
    time_grain = time.grain if time is not None and time.grain is not None else "day"
    return max(asked_grain, time_grain, key=_FINER.index)


def _columns(tree: exp.Expr) -> Iterator[exp.Column]:
    yield from tree.find_all(exp.Column)


def _owner(
    column: exp.Column, views: Mapping[str, ViewDraft], base: str | None
) -> tuple[str | None, str]:
    """The model and column that a name means; a path into a struct is its first part."""
    names = [identifier.name for identifier in column.parts]
    if len(names) > 1 and (model := _view_of(names[0], views)) is not None:
        return model, names[1]
    return base, names[0]


def _view_of(name: str, views: Mapping[str, ViewDraft]) -> str | None:
    return next((model for model in views if model.casefold() == name.casefold()), None)


def _models_read(
    tree: exp.Expr, definition: ForeignMetric, views: Mapping[str, ViewDraft]
) -> list[str]:
    base = definition.model or (next(iter(views)) if len(views) == 1 else None)
    read = [base] if base is not None else []
    for column in _columns(tree):
        model, name = _owner(column, views, base)
        if model is None:
            raise CannotCarryError(f"it names no model for `{name}`")
        if model not in read:
            read.append(model)
    if not read:
        raise CannotCarryError("it names no model whose rows are counted")
    return read


def _join_models(
    definition: ForeignMetric,
    read: Sequence[str],
    views: Mapping[str, ViewDraft],
    links: Sequence[ModelLink],
) -> JoinedModels:
    """The model with a row for each thing that is counted, and the others joined to it."""
    starts = [definition.model] if definition.model is not None else read
    for start in starts:
        if start not in views:
            raise CannotCarryError(f"its model {start} cannot be carried")
        try:
            return _path(views[start], [name for name in read if name != start], links)
        except CannotCarryError:
            continue
    raise CannotCarryError(
        f"it reads {' and '.join(read)}, and no relationship leads from the rows of one to the others"
    )


def _path(base: ViewDraft, others: Sequence[str], links: Sequence[ModelLink]) -> JoinedModels:
    """The links that lead from many rows to one. Raises CannotCarryError where there are none."""
    came: dict[str, ModelLink] = {}
    waiting = [base.model.name]
    while waiting:
        here = waiting.pop(0)
        for link in links:
            if link.many == here and link.one != base.model.name and link.one not in came:
                came[link.one] = link
                waiting.append(link.one)
    links_between: dict[str, ModelLink] = {}
    for model_name in others:
        chain: list[ModelLink] = []
        name = model_name
        while name != base.model.name:
            if name not in came:
                raise CannotCarryError(f"nothing leads from {base.model.name} to {model_name}")
            chain.append(came[name])
            name = came[name].many
        links_between |= {
            link.one: link for link in reversed(chain) if link.one not in links_between
        }
    return JoinedModels(base, tuple(links_between.values()))


def _time(
    definition: ForeignMetric,
    joined: JoinedModels,
    views: Mapping[str, ViewDraft],
    links: Sequence[ModelLink],
) -> tuple[ViewDraft | None, ModelField | None]:
    """The time that a metric runs along: its own, its model's, or that of a model that its rows
    belong to."""
    base = joined.base
    name = definition.time or base.model.time
    if name is not None and name.casefold() not in base.broken:
        base.need(name)
        return base, base.model.field(name) or ModelField(name, role="time")
    waiting, visited = [base.model.name], {base.model.name}
    while waiting:
        here = waiting.pop(0)
        view = views.get(here)
        if view is not None and here != base.model.name and view.model.time is not None:
            view.need(view.model.time)
            return view, view.model.field(view.model.time) or ModelField(
                view.model.time, role="time"
            )
        for link in links:
            if link.many == here and link.one not in visited and link.one in views:
                visited.add(link.one)
                waiting.append(link.one)
    return None, None


def _require(tree: exp.Expr, joined: JoinedModels, views: Mapping[str, ViewDraft]) -> None:
    """Have every view give the columns that are read."""
    for column in _columns(tree):
        model, name = _owner(column, views, joined.base.model.name)
        if model not in joined.names():
            raise CannotCarryError(f"its model {model} cannot be carried")
        views[str(model)].need(name)
    for link in joined.links:
        for foreign, here in link.columns:
            if link.many not in views or link.one not in views:
                raise CannotCarryError(f"its model {link.one} cannot be carried")
            views[link.many].need(foreign)
            views[link.one].need(here)


def _refuse_repeated_rows(shape: AggregateShape, joined: JoinedModels) -> None:
    """A row of the one side comes once for each row of the many: adding it up counts it again."""
    ones = {link.one.casefold() for link in joined.links}
    for expression in shape.parts:
        for aggregate in expression.find_all(exp.AggFunc):
            unharmed = isinstance(aggregate, exp.Min | exp.Max) or aggregate.find(exp.Distinct)
            for column in aggregate.find_all(exp.Column):
                if not unharmed and column.parts[0].name.casefold() in ones:
                    raise CannotCarryError(
                        f"it adds up `{column.sql()}` once for each row of {joined.base.model.name}"
                    )


def _qualify(
    expressions: Sequence[exp.Expr],
    joined: JoinedModels,
    views: Mapping[str, ViewDraft],
    has_links: bool,
) -> None:
    """Write the views' names before columns where there are several, and nothing where there is
    one."""
    for expression in expressions:
        for column in list(_columns(expression)):
            model, _ = _owner(column, views, joined.base.model.name)
            has_view = len(column.parts) > 1 and _view_of(column.parts[0].name, views) is not None
            identifiers = [
                piece.copy() for piece in (column.parts[1:] if has_view else column.parts)
            ]
            if has_links:
                identifiers.insert(0, exp.to_identifier(_alias(views[str(model)])))
            new: exp.Expr = exp.Column(
                **dict(
                    zip(("this", "table", "db", "catalog"), reversed(identifiers[:4]), strict=False)
                )
            )
            column.replace(new)


def _alias(view: ViewDraft) -> str:
    return view.id[1:]


def _dimensions(base: ViewDraft) -> tuple[str, ...]:
    names = [
        declared.name
        for declared in base.model.fields
        if declared.role == "dimension"
        and declared.name.casefold() not in base.broken
        and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", declared.name)
        and not _KEYS.search(declared.name.casefold())
    ]
    return tuple(names[:MOST_DIMENSIONS])


class _JoinedRows(Struct, frozen=True):
    """The parts of the query that its aggregate does not decide."""

    joined: JoinedModels
    views: Mapping[str, ViewDraft]
    time_view: ViewDraft | None
    time: ModelField | None
    grain: Grain
    dimensions: tuple[str, ...]

    def sql(self, shape: AggregateShape, functions: Collection[str]) -> str:
        columns = [written(expression, functions) for expression in shape.parts]
        values = (
            [f"{columns[0]} AS numerator", f"{columns[1]} AS denominator",
             "numerator / nullif(denominator, 0) AS value"]
            if shape.kind == "ratio"
            else [f"{columns[0]} AS value"]
        )  # fmt: skip
        totals = shape.kind == "other" and bool(self.dimensions)
        keys = self._keys()
        groups = [key for key, _ in keys]
        selected = [sql for _, sql in keys[: 1 if self.time else 0]]
        selected += [
            f"CASE WHEN grouping({key}) = 0 THEN coalesce({key}::VARCHAR, 'none') END AS {column_sql(name)}"
            if totals
            else f"coalesce({key}::VARCHAR, 'none') AS {column_sql(name)}"
            for (key, _), name in zip(keys[1:], self.dimensions, strict=True)
        ]
        lines = ",\n  ".join([*selected, *values])
        text = f"SELECT\n  {lines}\nFROM {self._from()}\n"
        if not groups:
            return text
        if not totals:
            return f"{text}GROUP BY {', '.join(groups)}\n"
        time, *slices = groups
        sets = [f"({time}, {key})" for key in slices]
        return f"{text}GROUP BY GROUPING SETS ({', '.join([*sets, f'({time})'])})\n"

    def _keys(self) -> list[tuple[str, str]]:
        """What is grouped by, time first, each with how it is selected."""
        if self.time is None or self.time_view is None:
            return []
        columns = {name for model in self.joined.names() for name in self.views[model].columns}
        label: str = self.grain if self.grain not in columns else "period_start"
        time = self._qualified_column(self.time_view, self.time.name)
        keys = [(label, f"date_trunc('{self.grain}', {time})::DATE AS {label}")]
        for name in self.dimensions:
            column = f"{_alias(self.joined.base)}.{column_sql(name)}"
            keys.append((column, column))
        return keys

    def _qualified_column(self, view: ViewDraft, name: str) -> str:
        column = column_sql(name)
        return f"{_alias(view)}.{column}" if self.joined.links else column

    def _from(self) -> str:
        base = self.joined.base
        text = f"metrics.{base.id} AS {_alias(base)}"
        for link in self.joined.links:
            many, one = self.views[link.many], self.views[link.one]
            pairs = " AND ".join(
                f"{_alias(many)}.{column_sql(foreign)} = {_alias(one)}.{column_sql(here)}"
                for foreign, here in link.columns
            )
            text += f"\nLEFT JOIN metrics.{one.id} AS {_alias(one)} ON {pairs}"
        return text


def _as_is(definition: ForeignMetric, view: ViewDraft, time: ModelField | None) -> MetricQuery:
    """Rows that are values already: a column of a query, along its time."""
    value = column_sql(definition.expression)
    if time is None:
        sql = f"SELECT {value} AS value\nFROM metrics.{view.id}\nLIMIT 1\n"
        return MetricQuery(sql, None, (), None, False, ())
    sql = f"SELECT {column_sql(time.name)}::DATE AS day, {value} AS value\nFROM metrics.{view.id}\n"
    return MetricQuery(sql, time.grain, (), None, False, ())
