"""Whole numbers that an engine divides by whole numbers: in PostgreSQL and others 3 / 4 is 0, where
it is 0.75 here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from sharekit.engines import Extract
from sharekit.errors import Place, Problem, QueryError
from sharekit.numbers.additivity.expressions import text_of
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.sqldiff.parse import parse

_TRUNCATING = frozenset(("postgres", "redshift", "sqlite", "tsql", "trino"))
"""Dialects in which a whole number divided by another one is a whole number."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_MEANT = (exp.Cast, exp.Floor, exp.Ceil, exp.IntDiv, exp.Query)
"""Who writes these around a division wants a whole number, or another query divides."""


def whole_divisions(manifest: Manifest, extracts: Mapping[str, Extract]) -> Iterator[Problem]:
    """A warning for each column of an engine that is a ratio of counts, or a ratio that came back as
    a whole number."""
    for name, extract in extracts.items():
        item = manifest.sql_item(name)
        config = manifest.config.engines.get(item.front.engine or "") if item is not None else None
        if item is None or config is None or config.dialect not in _TRUNCATING:
            continue
        whole_columns = {
            column.name.lower() for column in extract.info.columns if column.type in _WHOLE
        }
        if "/" not in item.sql.text:
            continue
        for division in _divisions(item, config.dialect, whole_columns):
            yield _problem(item, item.front.engine or "", division)


def _divisions(item: Metric | View, dialect: str, whole_columns: set[str]) -> Iterator[exp.Div]:
    try:
        tree = parse(item.sql.text, dialect)
    except QueryError:
        return
    if not isinstance(tree, exp.Select):
        return
    for output in tree.expressions:
        name = output.alias_or_name.lower()
        is_value = isinstance(item, Metric) and name == (item.front.value or "value").lower()
        came_back_whole = name in whole_columns
        for division in output.find_all(exp.Div):
            sides = (division.this, division.expression)
            is_whole = all(map(_is_whole, sides)) or (
                came_back_whole and division.find_ancestor(exp.Round) is None
            )
            is_ratio = division.find(exp.AggFunc) or (is_value and division.find(exp.Column))
            if is_ratio and is_whole and division.find_ancestor(*_MEANT) is tree:
                yield division
                break


def _is_whole(node: exp.Expr) -> bool:
    """Whether an expression is a whole number whatever its columns hold."""
    inner = node.unnest()
    if isinstance(inner, exp.Count | exp.CountIf):
        return True
    if isinstance(inner, exp.Literal):
        return not inner.is_string and inner.is_int
    if isinstance(inner, exp.Cast):
        return inner.to.this in exp.DataType.INTEGER_TYPES
    if isinstance(inner, exp.Filter | exp.Neg):
        return _is_whole(inner.this)
    if isinstance(inner, exp.Nullif | exp.Add | exp.Sub | exp.Mul):
        return _is_whole(inner.this) and _is_whole(inner.expression)
    if isinstance(inner, exp.Coalesce):
        return all(map(_is_whole, [inner.this, *inner.expressions]))
    return False


def _problem(item: Metric | View, engine: str, division: exp.Div) -> Problem:
    identifier = next(
        (node for node in division.find_all(exp.Identifier) if "line" in node.meta), None
    )
    line = int(identifier.meta["line"]) if identifier is not None else 1
    return Problem(
        "whole-division",
        f"{engine} divides whole numbers and drops what follows the point, so that 3 / 4 is 0:"
        f" {text_of(division)} is made of whole numbers",
        Place(item.path, item.sql.first_line + line - 1),
        hint=f"Write 1.0 * {text_of(division)}; or floor(...) around it where that is meant.",
        severity="warning",
        phase="data",
    )
