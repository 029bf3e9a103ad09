"""Lightdash: dimensions and metrics in the `meta` of dbt models and their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sharekit.importing.expressions import CannotCarryError, filtered
from sharekit.importing.model import Collected, Definitions, ForeignMetric, Model, ModelField
from sharekit.importing.reading import Folder, mapping, named_entries, text

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_CALLS: Mapping[str, str] = {
    "count": "COUNT({0})",
    "count_distinct": "COUNT(DISTINCT {0})",
    "sum": "SUM({0})",
    "average": "AVG({0})",
    "min": "MIN({0})",
    "max": "MAX({0})",
    "median": "MEDIAN({0})",
}
_FORMATS: Mapping[str, tuple[str | None, str | None]] = {
    "usd": (None, "usd"),
    "eur": ("€", None),
    "gbp": ("£", None),
    "percent": ("%", None),
    "id": (None, None),
    "km": ("km", None),
    "mi": ("mi", None),
}
_PATTERN = re.compile(r"(\$|€|£)?(#,##0|0)(?:\.(0+))?(%)?")
_COMPARED = re.compile(r"\s*(>=|<=|!=|>|<)\s*(-?[\d.]+)\s*")
_MOST_TEXT = 20_000


def read_lightdash(folder: Folder, dialect: str) -> Definitions:
    """Every YAML file of the dbt project."""
    collected = Collected()
    for path in folder.paths(".yml", ".yaml"):
        document = folder.yaml(path)
        for declared in named_entries(document.get("models")):
            meta = _meta(declared)
            columns = list(named_entries(declared.get("columns")))
            if meta.get("metrics") or any(_meta(column).get("metrics") for column in columns):
                _LightdashTable(declared, meta, columns, path, dialect).read(collected)
    return collected.result(folder.unread)


def _meta(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**mapping(mapping(declared.get("config")).get("meta")), **mapping(declared.get("meta"))}


class _LightdashTable:
    """One dbt model with metrics."""

    def __init__(
        self,
        declared: Mapping[str, Any],
        meta: Mapping[str, Any],
        columns: list[Mapping[str, Any]],
        path: str,
        dialect: str,
    ) -> None:
        self.name = text(declared.get("name"))
        self.title = text(meta.get("label")) or None
        self.description = (
            text(declared.get("description")) or text(meta.get("description")) or None
        )
        self.meta, self.path, self.dialect = meta, path, dialect
        self.dimensions = {
            text(column.get("name")): mapping(_meta(column).get("dimension")) for column in columns
        }
        for column in columns:
            more = mapping(_meta(column).get("additional_dimensions"))
            self.dimensions |= {name: mapping(value) for name, value in more.items()}
        self.metrics: dict[str, tuple[Mapping[str, Any], str | None]] = {}
        for column in columns:
            for name, metric in mapping(_meta(column).get("metrics")).items():
                self.metrics[name] = (mapping(metric), text(column.get("name")))
        for name, metric in mapping(meta.get("metrics")).items():
            self.metrics[name] = (mapping(metric), None)

    def read(self, collected: Collected) -> None:
        if why := self._row_security():
            collected.leave(self.name, "model", self.path, why)
            for name in self.metrics:
                collected.leave(
                    name, "metric", self.path, f"its model {self.name} has row-level security"
                )
            return
        fields = self._fields(collected)
        times = [time_field for time_field in fields if time_field.role == "time"]
        default_time = text(mapping(self.meta.get("default_time_dimension")).get("field"))
        time = next(
            (time_field.name for time_field in times if time_field.name == default_time),
            times[0].name if times else None,
        )
        try:
            condition = self._condition()
        except CannotCarryError as error:
            collected.leave(self.name, "model", self.path, f"its `sql_filter`: {error.why}")
            condition = None
            self.metrics = {}
        table = text(self.meta.get("sql_from")) or self.name
        collected.models.append(
            Model(self.name, self.path, table, self.dialect, False, tuple(fields), time, condition,
                  self.title, self.description)
        )  # fmt: skip
        for name, (metric, _) in self.metrics.items():
            self._metric(name, metric, collected)

    def _row_security(self) -> str | None:
        """Why rows of it are not for everybody."""
        condition = text(self.meta.get("sql_filter")) or text(self.meta.get("sql_where"))
        if "attributes" in condition or "${ld.user" in condition or "${lightdash.user" in condition:
            return f"it has row-level security (sql_filter: `{condition[:60]}`)"
        if self.meta.get("required_attributes") or self.meta.get("any_attributes"):
            return "it is for users with certain attributes (required_attributes)"
        return None

    def _condition(self) -> str | None:
        condition = text(self.meta.get("sql_filter")) or text(self.meta.get("sql_where"))
        return self._columns(condition) if condition else None

    def _fields(self, collected: Collected) -> list[ModelField]:
        fields = []
        for name, dimension in self.dimensions.items():
            kind = text(dimension.get("type"))
            if dimension.get("required_attributes"):
                collected.leave(
                    f"{self.name}.{name}",
                    "dimension",
                    self.path,
                    "it is for users with certain attributes (required_attributes)",
                )
                continue
            sql = text(dimension.get("sql"))
            try:
                expression = self._columns(sql, name) if sql else None
            except CannotCarryError as error:
                collected.leave(f"{self.name}.{name}", "dimension", self.path, error.why)
                continue
            if kind in ("date", "timestamp"):
                fields.append(ModelField(name, expression, "time"))
            elif kind != "number" and dimension.get("hidden") is not True:
                fields.append(ModelField(name, expression, "dimension"))
            else:
                fields.append(ModelField(name, expression))
        return fields

    def _columns(self, sql: str, own_column: str | None = None) -> str:
        """SQL with names of columns in place of references. Raises CannotCarryError."""

        def name_of(reference: re.Match[str]) -> str:
            name = reference[1].strip()
            if name == "TABLE":
                return self.name
            table, _, column = name.rpartition(".")
            if table.startswith(("lightdash", "ld")) or name.startswith(("lightdash", "ld.")):
                raise CannotCarryError(
                    f"it depends on who looks, or on what they pick: `${{{name}}}`"
                )
            if table and table != self.name:
                raise CannotCarryError(f"it reads another model: `${{{name}}}`")
            if column not in self.dimensions and column != own_column:
                raise CannotCarryError(f"it reads `${{{name}}}`, which is not declared")
            return column

        return _REFERENCE.sub(name_of, sql)

    def _metric(self, name: str, metric: Mapping[str, Any], collected: Collected) -> None:
        try:
            expression = self._expression(name, ())
        except CannotCarryError as error:
            collected.leave(name, "metric", self.path, error.why)
            return
        unit, format, losses = _format(metric)
        collected.definitions.append(
            ForeignMetric(
                name,
                self.path,
                expression,
                self.dialect,
                self.name,
                text(metric.get("label")) or None,
                text(metric.get("description")) or None,
                unit=unit,
                format=format,
                losses=losses,
            )
        )

    def _expression(self, name: str, chain: tuple[str, ...]) -> str:
        """The aggregate of a metric, with those that it is made of in it. Raises
        CannotCarryError."""
        if name in chain:
            raise CannotCarryError(f"it reads itself by way of {name}")
        metric, column = self.metrics[name]
        kind, sql = text(metric.get("type")), text(metric.get("sql"))
        if metric.get("required_attributes"):
            raise CannotCarryError("it is for users with certain attributes (required_attributes)")
        if metric.get("distinct_keys"):
            raise CannotCarryError("it counts by distinct_keys")
        if kind in ("number", "boolean", "string", "date", "timestamp"):
            if kind != "number":
                raise CannotCarryError(f"it is not a number, but a {kind}")
            expression = self._composed_expression(sql, (*chain, name))
            if metric.get("filters"):
                raise CannotCarryError("it filters what is aggregated already")
            return expression
        of = self._columns(sql) if sql else column
        if not of:
            raise CannotCarryError("it has no `sql` and belongs to no column")
        if kind == "percentile":
            share = float(text(metric.get("percentile")) or 50) / 100
            call = f"PERCENTILE_CONT({share:g}) WITHIN GROUP (ORDER BY {of})"
        elif kind in _CALLS:
            call = _CALLS[kind].format(of)
        else:
            raise CannotCarryError(f"its type `{kind}` is not known here")
        return filtered(call, self._filters(metric.get("filters")))

    def _composed_expression(self, sql: str, chain: tuple[str, ...]) -> str:
        def value(reference: re.Match[str]) -> str:
            name = reference[1].strip().removeprefix(f"{self.name}.")
            if name in self.metrics:
                return f"({self._expression(name, chain)})"
            return self._columns(reference[0])

        expression = _REFERENCE.sub(value, sql)
        if len(expression) > _MOST_TEXT:
            raise CannotCarryError("it is made of too many others")
        return expression

    def _filters(self, filters: object) -> str:
        """Conditions as SQL, "" where there are none. Raises CannotCarryError."""
        conditions = []
        for entry in filters if isinstance(filters, list) else []:
            for name, filter_value in mapping(entry).items():
                if name not in self.dimensions:
                    raise CannotCarryError(f"its filter reads `{name}`, which is not declared here")
                values = filter_value if isinstance(filter_value, list) else [filter_value]
                joined = [_comparison(name, value) for value in values]
                apart = isinstance(filter_value, list) and all(
                    str(value).startswith("!") for value in values
                )
                conditions.append("(" + (" AND " if apart else " OR ").join(joined) + ")")
        return " AND ".join(conditions)


def _comparison(name: str, value: object) -> str:
    """One filter of Lightdash as SQL; one that excludes a value keeps the rows that have none, as
    Lightdash does. Raises CannotCarryError for those over periods."""
    if value is None or value == "null":
        return f"{name} IS NULL"
    if isinstance(value, bool):
        return f"{name} = {str(value).upper()}"
    if isinstance(value, int | float):
        return f"{name} = {value}"
    text = str(value)
    if text == "!null":
        return f"{name} IS NOT NULL"
    if match := _COMPARED.fullmatch(text):
        compared = f"{name} {match[1]} {match[2]}"
        return _or_none(name, compared) if match[1] == "!=" else compared
    if re.match(r"\s*(inThe|between|>|<)", text):
        raise CannotCarryError(f"its filter is over periods or ranges: `{text[:40]}`")
    negated, plain = text.startswith("!"), text.removeprefix("!").replace("'", "''")
    operator = "LIKE" if "%" in plain else "="
    if not negated:
        return f"{name} {operator} '{plain}'"
    return _or_none(name, f"{name} {'NOT LIKE' if '%' in plain else '<>'} '{plain}'")


def _or_none(name: str, condition: str) -> str:
    return f"({condition} OR {name} IS NULL)"


def _format(metric: Mapping[str, Any]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Unit, format, and what of it is lost."""
    format_name = text(metric.get("format"))
    digits = text(metric.get("round"))
    if format_name in _FORMATS:
        return (*_FORMATS[format_name], ())
    if match := _PATTERN.fullmatch(format_name):
        sign, integer, decimals, percent = match.groups()
        kind = "%" if percent else "f"
        return sign, f"{',' if ',' in integer else ''}.{len(decimals or '')}{kind}", ()
    if format_name:
        return None, None, (f"its format `{format_name[:40]}` is none of those that are read here",)
    return None, f",.{digits}f" if digits.isdigit() else None, ()
