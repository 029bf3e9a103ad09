"""The rows of one metric as columns of numbers and members, and what must hold of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.exact import as_number
from sharekit.numbers.measure.columns import ColumnRoles, column_problem, column_roles
from sharekit.numbers.measure.over_time import over_time_rule
from sharekit.numbers.measure.totals import (
    MetricColumns,
    Rule,
    additivity_rule,
    null_member,
    total_rows,
)
from sharekit.numbers.results import Cell, Rows
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain, OverTime

LARGEST = 1e300
"""Numbers beyond are taken for infinite, so that no sum or difference of them overflows."""


class MetricRows(Struct, frozen=True):
    """One metric's rows, their columns in their roles. Its functions raise ProblemsError."""

    metric: Metric
    brings_totals: bool
    """Whether NULL members may be totals."""
    names: tuple[str, ...]
    roles: ColumnRoles
    additivity: Additivity
    """How the value column adds up, by the query."""
    of_parts: frozenset[int]
    """Places of the columns that are sums or differences of several sums or counts."""
    columns: Sequence[Sequence[Cell]]
    numbers: Mapping[int, Sequence[float | None]]
    """Place of a column in a role of a number -> its cells as floats, None where there is none."""

    def rule(self) -> Rule:
        """How the rows add up."""
        columns = [self.columns[at] for _, at in self.roles.dimensions]
        return additivity_rule(
            self.metric, self.roles, columns, self.brings_totals, self.additivity, self.time
        )

    @property
    def time(self) -> str | None:
        """The name of the time column."""
        return None if self.roles.time is None else self.names[self.roles.time]

    @property
    def adds(self) -> bool:
        """Whether values add up over the slices, by the query."""
        return self.additivity.over(self.metric.front.dimensions)

    def over_time(self, rule: Rule) -> OverTime:
        """How the values of one period become one."""
        return over_time_rule(self.metric, rule, self.additivity, self.time or "")

    def table(self, slots: Sequence[int]) -> MetricColumns:
        """The rows with their slots."""
        roles = self.roles
        table = MetricColumns(
            slots,
            [(name, self.columns[at]) for name, at in roles.dimensions],
            self._in_role(roles.value),
            self._in_role(roles.numerator),
            self._in_role(roles.denominator),
        )
        if (
            table.value is not None
            and table.numerator is not None
            and table.denominator is not None
        ):
            self._refuse_disagreement(table.value, table.numerator, table.denominator)
        return table

    def targets(self) -> Sequence[float | None] | None:
        """The column of targets, where `target` names one."""
        return self._in_role(self.roles.target)

    def member_targets(self) -> Sequence[float | None] | None:
        """The column of the members' targets, where `targets` names one."""
        return self._in_role(self.roles.targets)

    def counted(self, table: MetricColumns) -> Sequence[float | None] | None:
        """The cases behind each value: the lower part of a ratio, or the value itself where it
        counts."""
        if table.denominator is not None:
            return table.denominator
        return table.value if self.additivity.natural and self.adds else None

    def refuse_unsummed(self, over_time: OverTime, grain: Grain) -> None:
        """Rows finer than the grain become one value only where the query or the metric says
        how."""
        if over_time != "none":
            return
        problem = column_problem(
            self.metric,
            "several-rows-a-period",
            f"the query returns several dates for one {grain}, and nothing tells how they become"
            " one value",
            key="grain",
            hint=(
                f"Group by {grain} in the query (date_trunc('{grain}', ...)); or write `over_time:"
                " sum` where they add up, `over_time: last` for a level such as a balance or a"
                " headcount, or mean, max or min."
            ),
        )
        raise ProblemsError([problem])

    def _in_role(self, at: int | None) -> Sequence[float | None] | None:
        return None if at is None else self.numbers[at]

    def _refuse_disagreement(
        self,
        values: Sequence[float | None],
        uppers: Sequence[float | None],
        lowers: Sequence[float | None],
    ) -> None:
        """A value that is not its numerator by its denominator: a percentage, or the wrong
        columns."""
        for value, upper, lower in zip(values, uppers, lowers, strict=True):
            if value is None or upper is None or not lower:
                continue
            if abs(value * lower - upper) > 1e-6 * abs(upper) and not rounded_alike(
                value, upper / lower
            ):
                front = self.metric.front
                problem = column_problem(
                    self.metric,
                    "value-disagrees",
                    f"the value is {value:.6g} where {front.numerator} / {front.denominator} is"
                    f" {upper / lower:.6g}",
                    key="numerator",
                    hint=(
                        "Shares are 0 to 1, not 0 to 100; else name the columns that the value is"
                        " made of."
                    ),
                )
                raise ProblemsError([problem])

    def lacking_parts(self, rule: Rule, *, finer: bool) -> Iterator[Problem]:
        """A warning for each column that is added up though a part of it may be missing in some rows.
        `finer`: whether several rows become one value of a period, too."""
        roles = self.roles
        summed = (roles.numerator, roles.denominator) if rule == "ratio" else (roles.value,)
        if rule not in ("sum", "ratio") or not (roles.dimensions or finer):
            return
        for at in summed:
            count = sum(number is None for number in self.numbers[at]) if at in self.of_parts else 0
            if at is not None and count:
                yield _lacking_part(self.metric, self.names[at], count)

    def refuse_repeats(self) -> None:
        """Two rows with the same time and members: a missing GROUP BY, or a join that multiplies
        rows."""
        roles = self.roles
        keyed = [at for at in (roles.time, *(at for _, at in roles.dimensions)) if at is not None]
        if not keyed:
            return
        columns = [_moments(self.columns[at]) for at in keyed]
        keys: Sequence[object] = (
            columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        )
        if len(set(keys)) == len(keys):
            return
        members = [self.columns[at] for _, at in roles.dimensions]
        totals = [key for key, is_total in zip(keys, total_rows(members), strict=False) if is_total]
        if self.brings_totals and len(set(totals)) < len(totals):
            raise ProblemsError([null_member(self.metric, roles.dimensions[0][0])])
        earlier_keys: set[object] = set()
        at = 0
        while keys[at] not in earlier_keys:
            earlier_keys.add(keys[at])
            at += 1
        which = ", ".join(
            f"{self.names[place]} {_cell_text(self.columns[place][at])}" for place in keyed
        )
        names = ", ".join(self.names[place] for place in keyed)
        problem = column_problem(
            self.metric,
            "repeated-rows",
            f"the query returns more than one row for {which}",
            hint=self._also_grouped({self.names[place] for place in keyed})
            or f"GROUP BY {names}; or declare in `dimensions` what tells the rows apart.",
        )
        raise ProblemsError([problem])

    def _also_grouped(self, keys: Set[str]) -> str:
        if self.metric.front.engine is not None:
            return ""
        from sharekit.numbers.additivity.columns_in_sql import also_grouped

        return also_grouped(self.metric.definition, keys)


def metric_rows(
    metric: Metric, rows: Rows, brings_totals: bool, outputs: Outputs
) -> tuple[MetricRows, tuple[Problem, ...]]:
    """A metric's rows, and warnings of infinite numbers. Raises ProblemsError where the columns
    have no roles."""
    names = tuple(column.name for column in rows.columns)
    roles = column_roles(metric, rows)
    columns: Sequence[Sequence[Cell]] = list(zip(*rows.rows, strict=True)) or [() for _ in names]
    in_roles = (roles.value, roles.numerator, roles.denominator, roles.target, roles.targets)
    floats = {at: as_floats(columns[at]) for at in in_roles if at is not None}
    problems = tuple(
        _infinite(metric, names[at], count)
        for at, numbers in floats.items()
        if (count := numbers.count(math.inf))
    )
    finite = {at: _without_infinity(numbers) for at, numbers in floats.items()}
    additivity = _value_of(outputs, roles.value, names)
    of_parts = frozenset(at for at in finite if _value_of(outputs, at, names).of_parts)
    data = MetricRows(metric, brings_totals, names, roles, additivity, of_parts, columns, finite)
    return data, problems


def _without_infinity(numbers: Sequence[float | None]) -> Sequence[float | None]:
    """Infinity is a gap, as NaN and NULL are."""
    if math.inf not in numbers:
        return numbers
    return [None if number == math.inf else number for number in numbers]


def _infinite(metric: Metric, column: str, count: int) -> Problem:
    message = (
        f"`{column}` is infinite in {count:,} row{'' if count == 1 else 's'}, shown as no data"
    )
    hint = "Divide by NULLIF(..., 0)."
    return column_problem(metric, "not-a-number", message, hint=hint, severity="warning")


def _lacking_part(metric: Metric, column: str, count: int) -> Problem:
    message = (
        f"`{column}` adds or subtracts several values, and is NULL in {count:,}"
        f" row{'' if count == 1 else 's'} because one of them is: the others are missing from the"
        " total"
    )
    hint = "Give each of them a value where it has no rows: coalesce(sum(...), 0)."
    return column_problem(metric, "part-missing", message, hint=hint, severity="warning")


def _value_of(outputs: Outputs, at: int | None, names: Sequence[str]) -> Additivity:
    """How the value column adds up: by its name, else by its place, since engines make up names."""
    if at is None:
        return Additivity("not")
    additivities = list(outputs.columns.values())
    if (
        names[at].lower() not in outputs.columns
        and outputs.rest is None
        and len(additivities) == len(names)
    ):
        return additivities[at]
    return outputs.of(names[at])


def _moments(cells: Sequence[Cell]) -> Sequence[object]:
    """Cells so that the two hours of one name, on the day on which clocks are put back, are not
    taken for one."""
    if not any(isinstance(cell, datetime) and cell.fold for cell in cells):
        return cells
    return [(cell, cell.fold) if isinstance(cell, datetime) else cell for cell in cells]


def as_floats(cells: Sequence[Cell]) -> Sequence[float | None]:
    """Cells as floats; None for NULL, NaN and what is no number, inf for what is too large either
    way."""
    kinds = set(map(type, cells))
    if kinds in ({float}, {int}):
        numbers: Sequence[float] = cells  # type: ignore[assignment]
        if min(numbers) > -LARGEST and max(numbers) < LARGEST and not math.isnan(sum(numbers)):
            return numbers if float in kinds else list(map(as_number, numbers))  # type: ignore[arg-type]
    return [_float(cell) for cell in cells]


def _float(cell: Cell) -> float | None:
    if not isinstance(cell, int | float | Decimal) or isinstance(cell, bool) or cell != cell:
        return None
    if not -LARGEST < cell < LARGEST:
        return math.inf
    return cell if isinstance(cell, float) else as_number(cell)


def rounded_alike(value: float, exact: float) -> bool:
    """Whether `value` is `exact`, rounded to the decimals that `value` shows."""
    _, _, decimals = repr(value).partition(".")
    return "e" not in decimals and abs(value - exact) <= 0.5 * 10.0 ** -len(decimals) * 1.01


def _cell_text(cell: Cell) -> str:
    return "NULL" if cell is None else str(cell)
