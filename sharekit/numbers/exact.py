"""Numbers of more digits than a float carries: ids, amounts of many digits, sums of them. Pure.

A query may return 9007199254740993 or 12345678901234567.89, of which a float keeps only the first
sixteen digits. Such a number is an ExactNumber: it is the nearest float in all arithmetic, and its digits
go into data files unchanged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Context, Decimal

_DIGITS = 15
"""Significant digits that every float carries as they were written."""
LARGEST_WHOLE = 2**53
"""From here on a float skips whole numbers."""
_UNROUNDED = Context(prec=400)
"""More digits than any column has, so that no sum or difference of columns is rounded."""


class ExactNumber(float):
    """The float nearest to a number, together with the number's own digits."""

    __slots__ = ("digits",)
    digits: Decimal

    def __new__(cls, digits: Decimal) -> ExactNumber:
        self = super().__new__(cls, digits)
        self.digits = digits
        return self


def as_number(cell: int | Decimal) -> float:
    """A whole or decimal number as a float; as an ExactNumber where the float would be
    another number."""
    number = float(cell)
    if isinstance(cell, int):
        return number if abs(cell) <= LARGEST_WHOLE else _float_or_exact(number, Decimal(cell))
    return _float_or_exact(number, cell)


def _float_or_exact(number: float, digits: Decimal) -> float:
    return (
        number
        if not math.isfinite(number) or Decimal(repr(number)) == digits
        else ExactNumber(digits)
    )


def decimal_of(value: float) -> Decimal:
    """A finite number as the decimal that it was written as: an ExactNumber's digits, else
    the float's shortest spelling."""
    return value.digits if isinstance(value, ExactNumber) else Decimal(repr(float(value)))


def exact_sum(values: Sequence[float]) -> float:
    """The sum, whatever the order of the parts, as if they were added up on paper: 0.1 and 0.2 are
    0.3. Exact to the last digit where parts have more than a float carries."""
    summed = math.fsum(values)
    is_large = not -LARGEST_WHOLE < summed < LARGEST_WHOLE
    if is_large and any(isinstance(value, ExactNumber) for value in values):
        return as_number(_on_paper(values))
    return summed if _is_short(summed) else float(_on_paper(values))


def difference(value: float, subtrahend: float) -> float:
    """`value` - `subtrahend` as on paper: 0.3 - 0.1 is 0.2."""
    change = value - subtrahend
    is_exact = isinstance(value, ExactNumber) or isinstance(subtrahend, ExactNumber)
    if not is_exact and _is_short(change):
        return change
    on_paper = _UNROUNDED.subtract(decimal_of(value), decimal_of(subtrahend))
    return as_number(on_paper) if is_exact else float(on_paper)


def change_between(value: float | None, subtrahend: float | None) -> float | None:
    """The same; None where one of the two is missing."""
    return None if value is None or subtrahend is None else difference(value, subtrahend)


def _on_paper(values: Sequence[float]) -> Decimal:
    sum_of_parts = Decimal(0)
    for value in values:
        sum_of_parts = _UNROUNDED.add(sum_of_parts, decimal_of(value))
    return sum_of_parts


def _is_short(number: float) -> bool:
    """Whether a number has no more digits than floats carry, so that none can be left over from
    parts which binary fractions cannot say; or is not finite."""
    return not math.isfinite(number) or float(f"{number:.{_DIGITS}g}") == number
