"""dbt: semantic models and metrics, as MetricFlow reads them: those with measures of their own, and
those inside `models:` of the specification of 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlglot import exp

from sharekit.importing.expressions import CannotCarryError, filtered, parsed
from sharekit.importing.model import (
    Collected,
    Definitions,
    ForeignMetric,
    Model,
    ModelField,
    ModelLink,
    Role,
)
from sharekit.importing.reading import Folder, mapping, named_entries, text, texts
from sharekit.project.shapes import Grain

_REF = re.compile(r"(?:ref|source)\s*\(\s*(?:['\"]\w+['\"]\s*,\s*)?['\"](\w+)['\"]")
_IN_FILTER = re.compile(
    r"\{\{\s*(\w+)\(\s*['\"]([\w.]+)['\"]\s*(?:,[^)]*)?\)(?:\.grain\([^)]*\))?\s*\}\}"
)
_GRAINS: Mapping[str, Grain] = {g: g for g in ("day", "week", "month", "quarter", "year")}
_CALLS: Mapping[str, str] = {
    "sum": "SUM({0})",
    "count": "COUNT({0})",
    "count_distinct": "COUNT(DISTINCT {0})",
    "average": "AVG({0})",
    "avg": "AVG({0})",
    "min": "MIN({0})",
    "max": "MAX({0})",
    "median": "MEDIAN({0})",
    "sum_boolean": "SUM(CASE WHEN {0} THEN 1 ELSE 0 END)",
}
_DEEPEST = 20
"""Metrics made of metrics made of metrics."""


class _Measure(Struct, frozen=True):
    """One aggregate over a semantic model, as both specifications mean it."""

    model: str
    call: str
    missing_is_zero: bool = False
    time: str | None = None
    losses: tuple[str, ...] = ()


class _Value(Struct, frozen=True):
    """What a metric is in the end."""

    expression: str
    model: str
    time: str | None = None
    missing_is_zero: bool = False
    losses: tuple[str, ...] = ()


class _DbtMetric(Struct, frozen=True):
    """A metric as it is declared, with where."""

    raw: Mapping[str, Any]
    place: str
    model: str | None = None
    """The semantic model inside which it stands."""


class _Project(Struct):
    """All that a dbt project declares."""

    collected: Collected
    dialect: str
    measures: dict[str, _Measure | str]
    """By name; text is why one cannot be carried."""
    metrics: dict[str, _DbtMetric]
    entities: dict[str, str]
    """Entity -> the semantic model with one row for each."""
    keys: dict[str, str]
    """Entity -> the column of that model that holds it."""
    foreign_keys: list[tuple[str, str, str]]
    """Semantic models that hold an entity of another: model, entity, column."""
    entity_columns: dict[tuple[str, str], str]
    """Semantic model and entity -> the SQL that gives it there."""


def read_dbt(folder: Folder, dialect: str) -> Definitions:
    """Every YAML file of the project."""
    collected = Collected()
    project = _Project(collected, dialect, {}, {}, {}, {}, [], {})
    for path in folder.paths(".yml", ".yaml"):
        document = folder.yaml(path)
        for declared in named_entries(document.get("semantic_models")):
            _semantic_model(declared, path, project)
        for declared in named_entries(document.get("models")):
            if declared.get("semantic_model") not in (None, False):
                _model(declared, path, project)
        for metric in named_entries(document.get("metrics")):
            _declare(_DbtMetric(metric, path), project)
        for query in named_entries(document.get("saved_queries")):
            collected.leave(
                text(query.get("name")),
                "saved query",
                path,
                "sharekit has no saved queries: its metrics are carried",
            )
    for model, entity, column in project.foreign_keys:
        entity_model = project.entities.get(entity)
        if entity_model is None or entity_model == model:
            continue
        key = project.keys[entity]
        if column.isidentifier() and key.isidentifier():  # views are joined by columns alone
            collected.links.append(ModelLink(model, entity_model, ((column, key),)))
    for name, declared_metric in project.metrics.items():
        _carry(name, declared_metric, project)
    return collected.result(folder.unread)


def _declare(metric: _DbtMetric, project: _Project) -> None:
    name = text(metric.raw.get("name"))
    if name in project.metrics:
        project.collected.leave(name, "metric", metric.place, "another metric has this name")
    else:
        project.metrics[name] = metric


def _semantic_model(declared: Mapping[str, Any], path: str, project: _Project) -> None:
    """A semantic model with measures of its own."""
    name = text(declared.get("name"))
    reference = _REF.search(text(declared.get("model")))
    if reference is None:
        project.collected.leave(name, "model", path, "its `model` is not a ref() or source()")
        return
    time = text(mapping(declared.get("defaults")).get("agg_time_dimension")) or None
    fields = tuple(_field(entry) for entry in named_entries(declared.get("dimensions")))
    _add_model(name, reference[1], declared, fields, time, path, project)
    _add_entities(name, declared.get("entities"), project)
    for measure in named_entries(declared.get("measures")):
        measure_name = text(measure.get("name"))
        project.measures[measure_name] = _measure(
            measure, name, text(measure.get("expr")) or measure_name
        )
        if measure.get("create_metric") is True:
            metric = {
                "name": measure_name,
                "description": measure.get("description"),
                "type": "simple",
                "type_params": {"measure": measure_name},
            }
            _declare(_DbtMetric(metric, path), project)


def _model(declared: Mapping[str, Any], path: str, project: _Project) -> None:
    """A model that is a semantic model: dimensions and entities stand with its columns."""
    settings = mapping(declared.get("semantic_model"))
    if settings.get("enabled") is False:
        return
    table = text(declared.get("name"))
    name = text(settings.get("name")) or table
    fields = []
    for column in named_entries(declared.get("columns")):
        physical = text(column.get("name"))
        if (dimension := column.get("dimension")) is not None:
            details = mapping(dimension)
            dimension_name = text(details.get("name")) or physical
            kind = text(details.get("type")) or text(dimension)
            params = {"time_granularity": column.get("granularity")}
            fields.append(
                _field(
                    {"name": dimension_name, "expr": physical, "type": kind, "type_params": params}
                )
            )
        if (entity := column.get("entity")) is not None:
            details = mapping(entity)
            entity_name = text(details.get("name")) or physical
            kind = text(details.get("type")) or text(entity)
            _add_entity(name, entity_name, kind, physical, project)
    derived = mapping(declared.get("derived_semantics"))
    for entry in named_entries(derived.get("dimensions")):
        params = {"time_granularity": entry.get("granularity")}
        fields.append(_field({**entry, "type_params": params}))
    _add_entities(name, derived.get("entities"), project)
    if primary := text(declared.get("primary_entity")):
        project.entities.setdefault(primary, name)
    time = text(declared.get("agg_time_dimension")) or None
    _add_model(name, table, declared, tuple(fields), time, path, project)
    for metric in named_entries(declared.get("metrics")):
        _declare(_DbtMetric(metric, path, name), project)


def _add_model(
    name: str,
    table: str,
    declared: Mapping[str, Any],
    fields: tuple[ModelField, ...],
    time: str | None,
    path: str,
    project: _Project,
) -> None:
    if any(model.name == name for model in project.collected.models):
        project.collected.leave(name, "model", path, "another semantic model has this name")
        return
    description = text(declared.get("description")) or None
    project.collected.models.append(
        Model(name, path, table, project.dialect, fields=fields, time=time, description=description)
    )


def _add_entities(model: str, declared: object, project: _Project) -> None:
    for entity in named_entries(declared):
        name = text(entity.get("name"))
        column = text(entity.get("expr")) or name
        _add_entity(model, name, text(entity.get("type")), column, project)


def _add_entity(model: str, entity: str, kind: str, column: str, project: _Project) -> None:
    project.entity_columns[model, entity] = column
    if kind in ("primary", "unique", "natural"):
        if kind == "primary" or entity not in project.entities:
            project.entities[entity] = model
            project.keys[entity] = column
    else:
        project.foreign_keys.append((model, entity, column))


def _field(entry: Mapping[str, Any]) -> ModelField:
    name, expression = text(entry.get("name")), text(entry.get("expr"))
    grain = _GRAINS.get(text(mapping(entry.get("type_params")).get("time_granularity")))
    role: Role = "time" if text(entry.get("type")) == "time" else "dimension"
    return ModelField(name, expression if expression not in ("", name) else None, role, grain)


def _measure(raw: Mapping[str, Any], model: str, expression: str) -> _Measure | str:
    """The aggregate of a measure, or why it cannot be carried."""
    agg = text(raw.get("agg")).casefold()
    params = mapping(raw.get("agg_params"))
    if raw.get("non_additive_dimension"):
        return "it is a level (non_additive_dimension): write it with `over_time: last`"
    if agg == "percentile":
        share = text(params.get("percentile")) or text(raw.get("percentile")) or "0.5"
        exact = (
            "DISC"
            if params.get("use_discrete_percentile") or raw.get("percentile_type") == "discrete"
            else "CONT"
        )
        call = f"PERCENTILE_{exact}({share}) WITHIN GROUP (ORDER BY {expression})"
        losses = (
            ("it was an estimate there, and is exact here",)
            if params.get("use_approximate_percentile")
            else ()
        )
    elif agg in _CALLS:
        call, losses = _CALLS[agg].format(expression), ()
    else:
        return f"its aggregation `{agg or '(none)'}` is not known here"
    zero = raw.get("fill_nulls_with") == 0
    time = text(raw.get("agg_time_dimension")) or None
    return _Measure(model, call, zero, time, losses)


def _carry(name: str, metric: _DbtMetric, project: _Project) -> None:
    try:
        value = _value(name, project, ())
    except CannotCarryError as error:
        project.collected.leave(name, "metric", metric.place, error.why)
        return
    raw = metric.raw
    project.collected.definitions.append(
        ForeignMetric(
            name,
            metric.place,
            value.expression,
            project.dialect,
            value.model,
            text(raw.get("label")) or None,
            text(raw.get("description")) or None,
            missing_is_zero=value.missing_is_zero,
            time=value.time,
            losses=value.losses,
        )
    )


def _value(name: str, project: _Project, chain: tuple[str, ...]) -> _Value:
    """What a metric is, with the metrics that it is made of in it. Raises CannotCarryError."""
    metric = project.metrics.get(name)
    if metric is None:
        raise CannotCarryError(f"it reads the metric {name}, which is not declared")
    if name in chain or len(chain) > _DEEPEST:
        raise CannotCarryError(f"it reads itself by way of {name}")
    raw, params = metric.raw, mapping(metric.raw.get("type_params"))
    kind = text(raw.get("type")) or "simple"
    chain = (*chain, name)
    if kind == "simple":
        value = _simple(metric, params, project)
    elif kind == "ratio":
        value = _ratio({**params, **raw}, project, chain)
    elif kind == "derived":
        value = _derived_value({**params, **raw}, project, chain)
    elif kind == "cumulative":
        raise CannotCarryError(
            "it is a running total (cumulative): write it with a window over `days`"
        )
    else:
        raise CannotCarryError(f"it is a {kind} metric, which sharekit does not have")
    return _with_filter(value, raw.get("filter"), project)


def _simple(metric: _DbtMetric, params: Mapping[str, Any], project: _Project) -> _Value:
    raw = metric.raw
    declared = params.get("measure")
    inside = mapping(params.get("metric_aggregation_params"))
    model = metric.model or text(inside.get("semantic_model"))
    condition: object = None
    if declared is not None:
        name = text(declared) or text(mapping(declared).get("name"))
        measure = project.measures.get(name, f"it reads the measure {name}, which is not declared")
        condition = mapping(declared).get("filter")
        zero = mapping(declared).get("fill_nulls_with") == 0
    elif model:
        source = {**inside, **raw}
        measure = _measure(source, model, text(source.get("expr")) or text(raw.get("name")))
        zero = source.get("fill_nulls_with") == 0
    else:
        raise CannotCarryError("it names neither a measure nor an aggregation")
    if isinstance(measure, str):
        raise CannotCarryError(measure)
    zero = zero or measure.missing_is_zero
    value = _Value(measure.call, measure.model, measure.time, zero, measure.losses)
    return _with_filter(value, condition, project)


def _input_value(input_metric: object, project: _Project, chain: tuple[str, ...]) -> _Value:
    """One metric that another is made of."""
    details = mapping(input_metric)
    for key in ("offset_window", "offset_to_grain"):
        if details.get(key):
            raise CannotCarryError(
                f"it compares with another period ({key}): the page of its metric does, by `compare`"
            )
    value = _value(text(input_metric) or text(details.get("name")), project, chain)
    return _with_filter(value, details.get("filter"), project)


def _ratio(params: Mapping[str, Any], project: _Project, chain: tuple[str, ...]) -> _Value:
    upper, lower = (
        _input_value(params.get(key), project, chain) for key in ("numerator", "denominator")
    )
    return _joined_value(f"({upper.expression}) / NULLIF({lower.expression}, 0)", [upper, lower])


def _derived_value(params: Mapping[str, Any], project: _Project, chain: tuple[str, ...]) -> _Value:
    inputs: dict[str, _Value] = {}
    input_metrics = params.get("input_metrics") or params.get("metrics")
    for entry in input_metrics if isinstance(input_metrics, list) else []:
        details = mapping(entry)
        input_name = text(details.get("alias")) or text(details.get("name")) or text(entry)
        inputs[input_name.casefold()] = _input_value(entry, project, chain)
    tree = exp.Paren(this=parsed(text(params.get("expr")) or "?", project.dialect))
    for column in list(tree.find_all(exp.Column)):
        value = inputs.get(column.name.casefold())
        if value is None:
            raise CannotCarryError(f"it reads {column.name}, which is none of its metrics")
        column.replace(exp.Paren(this=parsed(value.expression, project.dialect)))
    return _joined_value(tree.this.sql(project.dialect), list(inputs.values()))


def _joined_value(expression: str, values: Sequence[_Value]) -> _Value:
    models = dict.fromkeys(value.model for value in values)
    if len(models) != 1:
        raise CannotCarryError(
            f"it counts rows of {' and of '.join(models) or 'nothing'}: write it over two metrics"
        )
    times = {value.time for value in values}
    if len(times) > 1:
        raise CannotCarryError("its parts use different time columns")
    losses = tuple(dict.fromkeys(loss for value in values for loss in value.losses))
    return _Value(expression, values[0].model, values[0].time, False, losses)


def _with_filter(value: _Value, filters: object, project: _Project) -> _Value:
    """The value over rows alone that meet a filter."""
    conditions = [
        _condition(condition_text, value.model, project) for condition_text in _filters(filters)
    ]
    if not conditions:
        return value
    condition = " AND ".join(f"({sql})" for sql in conditions)
    tree = exp.Paren(this=parsed(value.expression, project.dialect))
    for aggregate in list(tree.find_all(exp.AggFunc)):
        outer: exp.Expr = aggregate
        while isinstance(outer.parent, exp.WithinGroup | exp.Filter):
            outer = outer.parent
        if outer is aggregate and aggregate.find_ancestor(exp.AggFunc) is not None:
            continue
        if isinstance(outer, exp.Filter):
            joined = f"({outer.expression.this.sql(project.dialect)}) AND {condition}"
            new = filtered(outer.this.sql(project.dialect), joined)
        else:
            new = filtered(outer.sql(project.dialect), condition)
        outer.replace(parsed(new, project.dialect))
    expression = tree.this.sql(project.dialect)
    return _Value(expression, value.model, value.time, value.missing_is_zero, value.losses)


def _filters(filters: object) -> Iterator[str]:
    if isinstance(filters, Mapping):
        filters = [text(filters.get("where_sql_template")) or text(filters.get("where"))]
    yield from (entry for entry in texts(filters) if entry.strip())


def _entity_column(model: str, entity: str, project: _Project) -> str:
    """The SQL of a model that gives an entity. Raises CannotCarryError."""
    column = project.entity_columns.get((model, entity))
    if column is None:
        raise CannotCarryError(f"its filter reads the entity {entity}, which {model} does not have")
    return column if column.isidentifier() else f"({column})"


def _condition(condition: str, model: str, project: _Project) -> str:
    """A filter as SQL over fields. Raises CannotCarryError."""

    def column(match: re.Match[str]) -> str:
        kind, path = match[1], match[2]
        if kind not in ("Dimension", "TimeDimension", "Entity"):
            raise CannotCarryError(f"its filter reads {kind}('{path}')")
        entity, _, name = path.rpartition("__")
        if "__" in entity:
            raise CannotCarryError(f"its filter goes over several models: {path}")
        owner = project.entities.get(entity) if entity else model
        if owner is None:
            raise CannotCarryError(f"its filter reads {path}, and no model has the entity {entity}")
        if kind == "Entity":
            name = _entity_column(owner, name, project)
        if owner == model:
            return name
        if not name.isidentifier():
            raise CannotCarryError(f"its filter reads {path}, which is `{name}` of another model")
        return f"{owner}.{name}"

    return _IN_FILTER.sub(column, condition).strip()
