"""Apache Ossie (formerly Open Semantic Interchange): semantic models with datasets, relationships
and metrics, each expression in one or several dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sharekit.importing.model import (
    Collected,
    Definitions,
    ForeignMetric,
    Model,
    ModelField,
    ModelLink,
    Role,
)
from sharekit.importing.reading import Folder, entries, mapping, named_entries, text, texts

_DIALECTS: Mapping[str, str] = {
    "ANSI_SQL": "",
    "SNOWFLAKE": "snowflake",
    "DATABRICKS": "databricks",
    "BIGQUERY": "bigquery",
}
"""Dialects that are SQL, in the order in which they are taken."""
_TEMPORAL = frozenset(("Date", "Time", "DateTime", "DateTimeTz"))


def read_ossie(folder: Folder, dialect: str) -> Definitions:
    """Every document with a `semantic_model`."""
    collected = Collected()
    for path in folder.paths(".yaml", ".yml", ".json"):
        document = folder.yaml(path)
        for semantic_model in named_entries(document.get("semantic_model")):
            _semantic_model(semantic_model, path, dialect, collected)
    return collected.result(folder.unread)


def _semantic_model(
    declared: Mapping[str, Any], path: str, dialect: str, collected: Collected
) -> None:
    name = text(declared.get("name"))
    scope: dict[str, str] = {}
    for dataset in named_entries(declared.get("datasets")):
        dataset_name = text(dataset.get("name"))
        if not (source := text(dataset.get("source"))):
            collected.leave(dataset_name, "model", path, "it names no `source`")
            continue
        is_taken = any(model.name == dataset_name for model in collected.models)
        scope[dataset_name] = f"{name}.{dataset_name}" if is_taken else dataset_name
        collected.models.append(
            _dataset(dataset, source, scope[dataset_name], path, dialect, collected)
        )
    for link in entries(declared.get("relationships")):
        many, one = scope.get(text(link.get("from"))), scope.get(text(link.get("to")))
        pairs = tuple(
            zip(texts(link.get("from_columns")), texts(link.get("to_columns")), strict=False)
        )
        if many is None or one is None or not pairs:
            collected.leave(
                text(link.get("name")),
                "relationship",
                path,
                "it does not name two datasets and their columns",
            )
        else:
            collected.links.append(ModelLink(many, one, pairs))
    for metric in named_entries(declared.get("metrics")):
        _metric(metric, name, scope, path, dialect, collected)
    for extension in entries(declared.get("custom_extensions")):
        vendor = text(extension.get("vendor_name"))
        collected.leave(vendor, "extension", path, f"only {vendor} knows what it means")


def _dataset(
    declared: Mapping[str, Any],
    source: str,
    name: str,
    path: str,
    dialect: str,
    collected: Collected,
) -> Model:
    fields = []
    for entry in named_entries(declared.get("fields")):
        expression = _expression(entry, dialect)
        if isinstance(expression, str):
            collected.leave(f"{name}.{text(entry.get('name'))}", "field", path, expression)
            continue
        fields.append(
            ModelField(text(entry.get("name")), expression[0], _role(entry), dialect=expression[1])
        )
    times = [field for field in fields if field.role == "time"]
    dates = {
        text(entry.get("name"))
        for entry in named_entries(declared.get("fields"))
        if entry.get("datatype") in _TEMPORAL
    }
    time = next((field for field in times if field.name in dates), None) or _likely_date(times)
    is_query = " " in source.strip()
    return Model(
        name,
        path,
        source,
        dialect,
        is_query,
        tuple(fields),
        time.name if time else None,
        title=text(declared.get("label")) or None,
        description=text(declared.get("description")) or None,
    )


def _likely_date(times: list[ModelField]) -> ModelField | None:
    """The first time that is called a date: years and names of quarters may be times, too."""
    return next(
        (field for field in times if "date" in field.name.casefold() or field.name.endswith("_at")),
        None,
    ) or (times[0] if len(times) == 1 else None)


def _role(entry: Mapping[str, Any]) -> Role:
    dimension = entry.get("dimension")
    temporal = mapping(dimension).get("is_time", entry.get("datatype") in _TEMPORAL)
    if temporal is True:
        return "time"
    return "dimension" if dimension is not None else "value"


def _metric(
    metric: Mapping[str, Any],
    semantic_model: str,
    scope: Mapping[str, str],
    path: str,
    dialect: str,
    collected: Collected,
) -> None:
    name = text(metric.get("name"))
    expression = _expression(metric, dialect)
    if isinstance(expression, str):
        collected.leave(name, "metric", path, expression)
        return
    collected.definitions.append(
        ForeignMetric(
            name,
            path,
            expression[0],
            expression[1],
            model=next(iter(scope.values())) if len(scope) == 1 else None,
            title=text(metric.get("label")) or None,
            description=text(metric.get("description")) or None,
            synonyms=texts(mapping(metric.get("ai_context")).get("synonyms")),
            prefix=semantic_model,
            scope=tuple(scope.items()),
        )
    )


def _expression(entry: Mapping[str, Any], wanted_dialect: str) -> tuple[str, str] | str:
    """The expression and its dialect: the one that was asked for, else the first that is SQL; or
    why there is none."""
    by_dialect = {
        text(entry_expression.get("dialect")): text(entry_expression.get("expression"))
        for entry_expression in entries(mapping(entry.get("expression")).get("dialects"))
        if text(entry_expression.get("expression"))
    }
    order = sorted(_DIALECTS, key=lambda name: _DIALECTS[name] != wanted_dialect)
    for name in order:
        if name in by_dialect:
            return by_dialect[name], _DIALECTS[name]
    if not by_dialect:
        return "it has no expression"
    return f"its expression is in {', '.join(by_dialect)}, which is not SQL"
