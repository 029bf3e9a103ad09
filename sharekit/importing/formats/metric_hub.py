"""Mozilla's metric-hub: metrics and data sources in TOML, a file a platform, with functions for
what many of them do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sharekit.importing.expressions import CannotCarryError, parsed, shape_of
from sharekit.importing.model import Collected, Definitions, ForeignMetric, Model, ModelField
from sharekit.importing.reading import Folder, mapping, text, texts

_CALL = re.compile(r"\{\{\s*(\w+)\(\s*(['\"])(.*?)\2\s*\)\s*\}\}", re.DOTALL)
_DATASET = "{dataset}"


def read_metric_hub(folder: Folder, dialect: str) -> Definitions:
    """Every file with `[metrics]` and `[data_sources]`: definitions, not the settings of one
    experiment, whose metrics are their own."""
    collected = Collected()
    documents = {path: folder.toml(path) for path in folder.paths(".toml")}
    definitions = {
        p: d for p, d in documents.items() if "definitions" in PurePosixPath(p).parts[:-1]
    }
    functions = {
        name: text(mapping(function).get("definition"))
        for document in documents.values()
        for name, function in mapping(document.get("functions")).items()
    }
    columns: dict[str, frozenset[str]] = {}
    for path, document in (definitions or documents).items():
        platform = PurePosixPath(path).stem
        sources = mapping(document.get("data_sources"))
        columns[platform] = columns.get(platform, frozenset()) | set(sources)
        for name, source in sources.items():
            _data_source(name, mapping(source), platform, path, dialect, document, collected)
    for path, document in (definitions or documents).items():
        platform = PurePosixPath(path).stem
        for name, metric in mapping(document.get("metrics")).items():
            is_setting = "statistics" in mapping(metric) and "select_expression" not in metric
            if isinstance(metric, Mapping) and (not is_setting or metric.get("depends_on")):
                sources_of = columns.get(platform, frozenset())
                _metric(name, metric, platform, path, dialect, functions, sources_of, collected)
    return collected.result(folder.unread)


def _data_source(
    name: str,
    source: Mapping[str, Any],
    platform: str,
    path: str,
    dialect: str,
    document: Mapping[str, Any],
    collected: Collected,
) -> None:
    relation = text(source.get("from_expression"))
    relation = relation.replace(_DATASET, text(source.get("default_dataset")) or platform)
    if not relation:
        collected.leave(f"{platform}.{name}", "model", path, "it has no `from_expression`")
        return
    inner = relation.strip()
    is_query = inner.startswith("(") or " " in inner
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    elif is_query:
        inner = f"SELECT * FROM {inner}"
    time = text(source.get("submission_date_column")) or "submission_date"
    dimensions = tuple(
        ModelField(key, text(mapping(value).get("select_expression")) or None, "dimension")
        for key, value in mapping(document.get("dimensions")).items()
        if mapping(value).get("data_source") == name
    )
    has_time = time.upper() != "NULL"
    times = (_time(time),) if has_time else ()
    collected.models.append(
        Model(
            f"{platform}.{name}",
            path,
            inner,
            dialect,
            is_query,
            times + dimensions,
            times[0].name if times else None,
            title=text(source.get("friendly_name")) or None,
            description=text(source.get("description")) or None,
        )
    )


def _time(expression: str) -> ModelField:
    plain = re.fullmatch(r"\w+", expression) is not None
    return ModelField(
        expression if plain else "submission_date", None if plain else expression, "time", "day"
    )


def _metric(
    name: str,
    metric: Mapping[str, Any],
    platform: str,
    path: str,
    dialect: str,
    functions: Mapping[str, str],
    sources: frozenset[str],
    collected: Collected,
) -> None:
    source = text(metric.get("data_source"))
    expression = text(metric.get("select_expression"))
    full_name = f"{platform}.{name}"
    if not expression:
        why = (
            "it is made of other metrics"
            if metric.get("depends_on")
            else "it has no `select_expression`"
        )
        collected.leave(full_name, "metric", path, why)
        return
    if source not in sources:
        collected.leave(
            full_name, "metric", path, f"its data source {source or '(none)'} is in another file"
        )
        return
    expression = _CALL.sub(
        lambda call: (
            functions[call[1]].replace("{select_expr}", call[3])
            if call[1] in functions
            else call[0]
        ),
        expression,
    ).strip()
    owners = texts(metric.get("owner"))
    better = metric.get("bigger_is_better")
    collected.definitions.append(
        ForeignMetric(
            name,
            path,
            expression,
            dialect,
            f"{platform}.{source}",
            text(metric.get("friendly_name")) or None,
            text(metric.get("description")) or None,
            direction="up" if better is True else "down" if better is False else "none",
            deprecated=metric.get("deprecated") is True,
            prefix=platform,
            losses=(
                *_per_client(expression, dialect),
                *(
                    (f"its owners ({', '.join(owners)}) are not keys of [people]",)
                    if owners
                    else ()
                ),
            ),
        )
    )


def _per_client(expression: str, dialect: str) -> tuple[str, ...]:
    """There each client has a value; a sum over all of them is the same thing, all else is not."""
    try:
        if shape_of(parsed(expression, dialect)).kind == "additive":
            return ()
    except CannotCarryError:
        return ()
    return ("there it is one value for each client, here one over all rows",)
