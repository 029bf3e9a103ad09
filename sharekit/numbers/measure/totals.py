"""How rows add up: totals and slices of each period, by the metric's rule. Pure, and the hot path
of a build.

Sums are exact (math.fsum), so that the order in which an engine returns rows changes no digit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import compress

from msgspec import Struct

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.additivity import Additivity
from sharekit.numbers.additivity.advice import three_fixes, why_not
from sharekit.numbers.additivity.member_names import EMPTY_MEMBER, NO_MEMBER
from sharekit.numbers.exact import exact_sum
from sharekit.numbers.measure.advised_sql import named_members
from sharekit.numbers.measure.columns import ColumnRoles, column_problem
from sharekit.numbers.results import Cell, TotalRule
from sharekit.project.manifest import Metric

Rule = TotalRule
Values = list[float | None]
"""One value for each slot of the timeline; None is a gap."""

_NOT_CODE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_GROUPS = re.compile(r"\b(?:GROUPING\s+SETS|ROLLUP|CUBE)\b", re.IGNORECASE)
_UNION = re.compile(r"\bUNION\b", re.IGNORECASE)


class MetricColumns(Struct, frozen=True):
    """The columns of a result that matter, as columns."""

    slots: Sequence[int]
    """Slot of each row."""
    dimensions: Sequence[tuple[str, Sequence[Cell]]]
    value: Sequence[float | None] | None
    numerator: Sequence[float | None] | None
    denominator: Sequence[float | None] | None

    def at(self, slots: Sequence[int]) -> MetricColumns:
        """The same rows in other slots."""
        return MetricColumns(slots, self.dimensions, self.value, self.numerator, self.denominator)

    def only(self, keep: Sequence[bool]) -> MetricColumns:
        """The rows for which `keep` is true."""

        def pick(column: Sequence[float | None] | None) -> Sequence[float | None] | None:
            return None if column is None else list(compress(column, keep))

        return MetricColumns(
            list(compress(self.slots, keep)),
            [(name, list(compress(column, keep))) for name, column in self.dimensions],
            pick(self.value),
            pick(self.numerator),
            pick(self.denominator),
        )


class Totals(Struct, frozen=True):
    """What the rows add up to, each with one value for each slot."""

    rule: Rule
    total: Values | None
    """None where there is no total."""
    slices: dict[str, dict[str, Values]]
    """Dimension -> member -> values."""

    def changed(self, change: Callable[[Values], Values]) -> Totals:
        """The same with each row of values changed."""
        slices = {
            dimension: {member: change(row) for member, row in members.items()}
            for dimension, members in self.slices.items()
        }
        return Totals(self.rule, None if self.total is None else change(self.total), slices)

    def at(self, slots: Sequence[int]) -> Totals:
        """The values of these slots only."""
        return self.changed(lambda values: [values[slot] for slot in slots])


def may_have_total_rows(sql: str, *, upstream: bool = False) -> bool:
    """Whether a query can make total rows of its own: GROUPING SETS, ROLLUP, CUBE or UNION, outside
    comments and texts. Without any of them a NULL member is a member that has no name.

    `upstream`: the query is one that the metric reads, where UNION joins sources rather than totals
    to their parts."""
    code = _NOT_CODE.sub(" ", sql)
    return _GROUPS.search(code) is not None or (not upstream and _UNION.search(code) is not None)


def additivity_rule(
    metric: Metric,
    roles: ColumnRoles,
    columns: Sequence[Sequence[Cell]],
    totals: bool,
    additivity: Additivity,
    time: str | None,
) -> Rule:
    """The rule by which this metric's rows add up. `totals`: rows whose members are NULL may be
    totals. `additivity`: how its value adds up, by its query. `time`: the name of its time column.

    Raises ProblemsError where it would be a guess.
    """
    front = metric.front
    if roles.numerator is not None and roles.denominator is not None:
        return "ratio"
    if front.total == "sum" or not columns:
        return "sum"
    if totals and (any(total_rows(columns)) or not _has_finest(columns)):
        return "given"
    if front.total == "none":
        return "none"
    if additivity.over(front.dimensions):
        return "sum"
    raise ProblemsError([missing_rule_problem(metric, additivity, time)])


def total_rows(columns: Sequence[Sequence[Cell]]) -> list[bool]:
    """For each row whether all its dimensions are NULL."""
    if not all(None in column for column in columns):
        return [False] * (len(columns[0]) if columns else 0)
    return [all(cell is None for cell in cells) for cells in zip(*columns, strict=True)]


def missing_rule_problem(metric: Metric, additivity: Additivity, time: str | None) -> Problem:
    """The error for a dimension whose slices cannot be added up and that does not say how."""
    dimensions = metric.front.dimensions
    hint = three_fixes(additivity, dimensions, time) + "."
    return column_problem(
        metric, "no-total-rule", why_not(additivity, dimensions), key="dimensions", hint=hint
    )


def add_up(
    metric: Metric, rule: Rule, table: MetricColumns, size: int, *, adds: bool = False
) -> Totals:
    """Totals and slices of every dimension. `size` is how many slots there are. `adds`: whether the
    value adds up by its query, whatever the rule. Raises ProblemsError."""
    if rule in ("sum", "ratio"):
        _refuse_doubled(metric, rule, table, size)
        return _added(rule, table, size)
    return _declared_totals(metric, rule, table, size, adds and metric.front.total is None)


# -- sums and ratios ------------------------------------------------------------------------------


def _added(rule: Rule, table: MetricColumns, size: int) -> Totals:
    if rule == "ratio":
        return _ratios(table, size)
    total, member_sums = _sums(table, table.value or (), size)
    return Totals(rule, total, member_sums)


def _ratios(table: MetricColumns, size: int) -> Totals:
    upper, uppers = _sums(table, table.numerator or (), size)
    lower, lowers = _sums(table, table.denominator or (), size)
    slices = {
        name: {member: _divided(uppers[name][member], values) for member, values in members.items()}
        for name, members in lowers.items()
    }
    return Totals("ratio", _divided(upper, lower), slices)


def _divided(uppers: Values, lowers: Values) -> Values:
    """upper / lower slot by slot; a gap where either is missing, or nothing was there to divide
    by."""
    values = [
        upper / lower if lower and upper is not None else None
        for upper, lower in zip(uppers, lowers, strict=True)
    ]
    if math.isfinite(sum(filter(None, values))):
        return values
    return [value if value is not None and math.isfinite(value) else None for value in values]


def _total(table: MetricColumns, values: Sequence[float | None], size: int) -> Values:
    return member_sums([""] * len(table.slots), table.slots, values, size)[0].get("", [None] * size)


def sums_by_member(
    table: MetricColumns, values: Sequence[float | None]
) -> dict[str, dict[str, float | None]]:
    """The sum of all rows of each member of each dimension."""
    here = [0] * len(table.slots)
    return {
        name: {
            member: row[0]
            for member, row in member_sums(_members(column), here, values, 1)[0].items()
        }
        for name, column in table.dimensions
    }


def _sums(
    table: MetricColumns, values: Sequence[float | None], size: int
) -> tuple[Values, dict[str, dict[str, Values]]]:
    """The sum of everything in each slot, and of each member of each dimension."""
    slices: dict[str, dict[str, Values]] = {}
    total: Values | None = None
    for name, column in table.dimensions:
        slices[name], alone = member_sums(_members(column), table.slots, values, size)
        if alone and total is None and slices[name]:
            total = list(map(_sum_of, zip(*slices[name].values(), strict=True)))
    return _total(table, values, size) if total is None else total, slices


def _sum_of(values: Sequence[float | None]) -> float | None:
    """The exact sum of what all members have in one slot; None where none has anything."""
    present = [value for value in values if value is not None]
    return exact_sum(present) if present else None


def member_sums(
    members: Sequence[str], slots: Sequence[int], values: Sequence[float | None], size: int
) -> tuple[dict[str, Values], bool]:
    """The sum of the values of each member in each slot, and whether each stood alone there (so is
    no sum at all)."""
    table: dict[str, list[float | list[float] | None]] = {}
    alone = True
    for member, slot, value in zip(members, slots, values, strict=True):
        row = table.get(member)
        if row is None:
            row = table[member] = [None] * size
        if value is None:
            continue
        cell = row[slot]
        if cell is None:
            row[slot] = value
        elif isinstance(cell, list):
            cell.append(value)
        else:
            row[slot] = [cell, value]
            alone = False
    if alone:
        return table, True  # type: ignore[return-value]
    return {
        member: [exact_sum(cell) if isinstance(cell, list) else cell for cell in row]
        for member, row in table.items()
    }, False


def _refuse_doubled(metric: Metric, rule: Rule, table: MetricColumns, size: int) -> None:
    """Refuse to add up rows whose dimensions are NULL and that equal all the others together: those
    are totals."""
    keep = total_rows([column for _, column in table.dimensions])
    if sum(keep) < 2:
        return
    counted = (table.value if rule == "sum" else table.denominator) or ()
    nulls = [value if is_total else None for value, is_total in zip(counted, keep, strict=True)]
    pairs = [
        (sum_of_all, null)
        for sum_of_all, null in zip(
            _total(table, counted, size), _total(table, nulls, size), strict=True
        )
        if sum_of_all is not None and null
    ]
    if len(pairs) >= 2 and all(math.isclose(sum_of_all, 2 * null) for sum_of_all, null in pairs):
        names = " and ".join(f"`{name}`" for name, _ in table.dimensions)
        problem = column_problem(
            metric,
            "total-counted-twice",
            f"the rows in which {names} is NULL equal the sum of all others, so they would count"
            " twice",
            key="total" if rule == "sum" else "numerator",
            hint=(
                "Leave the total rows (GROUPING SETS, ROLLUP, UNION) out of the query: parts add up"
                " by themselves."
            ),
        )
        raise ProblemsError([problem])


# -- totals that the query brings -----------------------------------------------------------------


def _declared_totals(
    metric: Metric, rule: Rule, table: MetricColumns, size: int, additive: bool
) -> Totals:
    columns = [column for _, column in table.dimensions]
    keep = total_rows(columns)
    totals = table.only(keep)
    total = _total(totals, totals.value or (), size) if rule == "given" and any(keep) else None
    rows = list(zip(*columns, strict=True))
    slices: dict[str, dict[str, Values]] = {}
    missing: list[str] = []
    for index, (name, column) in enumerate(table.dimensions):
        alone = [
            all((cell is not None) == (at == index) for at, cell in enumerate(cells))
            for cells in rows
        ]
        if rule == "none":
            _refuse_alike_names(metric, name, column)
            alone = [len(columns) == 1] * len(rows)
        elif not any(alone) and additive:
            alone = [None not in cells for cells in rows]
        if rows and not any(alone):
            missing.append(name)
        total_rows_of_member = table.only(alone)
        slices[name], _ = member_sums(
            _members(list(compress(column, alone))),
            total_rows_of_member.slots,
            total_rows_of_member.value or (),
            size,
        )
    if missing:
        raise ProblemsError([_no_slice_rows(metric, name) for name in missing])
    if total is not None:
        _refuse_null_members(metric, total, slices, additive=additive)
    return Totals(rule, total, slices)


def _refuse_alike_names(metric: Metric, name: str, column: Sequence[Cell]) -> None:
    """Refuse rows without a member beside a member whose text is what those are called: of values
    that do not add up there would be two of one name."""
    cells = set(column)
    alike = [cell for cell in (None, "") if cell in cells and member_name(cell) in cells]
    if alike:
        text = member_name(alike[0])
        problem = column_problem(
            metric,
            "members-alike",
            f"`{name}` has rows with {'NULL' if alike[0] is None else 'an empty text'} and rows with"
            f" the text '{text}', and both would be shown as {text}",
            key="dimensions",
            hint=f"Give those without one a name of their own in the query: COALESCE(NULLIF({name},"
            f" ''), 'unknown') AS {name}.",
        )
        raise ProblemsError([problem])


def _no_slice_rows(metric: Metric, name: str) -> Problem:
    others = [dimension for dimension in metric.front.dimensions if dimension != name]
    return column_problem(
        metric,
        "no-slice-rows",
        f"the query returns no rows for `{name}` alone, and parts of {' and '.join(others)} do not"
        " add up",
        key="dimensions",
        hint=(
            f"Add a grouping with `{name}` alone to GROUP BY GROUPING SETS, or declare one"
            " dimension only."
        ),
    )


def _refuse_null_members(
    metric: Metric, total: Values, slices: dict[str, dict[str, Values]], *, additive: bool
) -> None:
    """Refuse totals that cannot be any: a member without a name (NULL in the data) was taken for a
    total."""
    for name, members in slices.items():
        for slot, value in enumerate(total[:-1]):
            member_values = [
                member_value
                for values in members.values()
                if (member_value := values[slot]) is not None
            ]
            if not member_values:
                continue
            if value is None or (
                additive and min(member_values) >= 0 and value < max(member_values)
            ):
                raise ProblemsError([null_member(metric, name)])


def null_member(metric: Metric, name: str) -> Problem:
    """The error for a dimension that is NULL both in total rows and in the data."""
    return column_problem(
        metric,
        "null-member",
        f"`{name}` is NULL in rows that are not totals of the others",
        key="dimensions",
        hint=(
            "Name the member in a step before the grouping, where totals are not NULL yet:"
            f" {named_members(metric.dialect, name)}."
        ),
    )


def _has_finest(columns: Sequence[Sequence[Cell]]) -> bool:
    if len(columns) < 2 or not any(None in column for column in columns):
        return True
    return any(None not in cells for cells in zip(*columns, strict=True))


# -- members --------------------------------------------------------------------------------------


def _members(column: Sequence[Cell]) -> list[str]:
    names = {cell: member_name(cell) for cell in set(column)}
    return list(map(names.__getitem__, column))


def member_name(cell: Cell) -> str:
    """A member as text: NULL is "(none)", an empty text "(empty)"."""
    if cell is None:
        return NO_MEMBER
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return str(cell) or EMPTY_MEMBER
