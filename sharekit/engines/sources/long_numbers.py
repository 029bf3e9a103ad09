"""Numbers that are written with more digits than a double keeps. Runs in the loader's process."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

WIDEST = 38
"""Digits of the widest DECIMAL."""
_ALWAYS_KEPT = 15
"""Digits of a decimal number that every double gives back."""


class LongNumbers(Struct, frozen=True):
    """What the numbers of a column need that a double would change."""

    example: str
    """The first of them, as it is written."""
    count: int
    scale: int | None
    """Digits after the point that keep all of the column; None where no DECIMAL holds them."""

    @property
    def type(self) -> str | None:
        """The DECIMAL that holds every number of the column."""
        return None if self.scale is None else f"DECIMAL({WIDEST},{self.scale})"


def long_numbers(connection: Any, raw: str, number: str) -> LongNumbers | None:
    """What to do about a column of numbers, `number` in SQL over the table `raw`; None where
    doubles keep all of its digits.

    A double is written in its shortest way or with 17 digits: numbers that a program with doubles
    wrote so come back as they were, and stay doubles."""
    double = f"CAST({number} AS DOUBLE)"
    written = _digits(number)
    shortest = _digits(f"CAST({double} AS VARCHAR)")
    long = _digits("format('{:.16e}', " + double + ")")
    loses_digits = f"length({written}) > {_ALWAYS_KEPT} AND {written} NOT IN ({shortest}, {long})"
    fraction = f"regexp_extract({number}, '\\.(\\d*)', 1)"
    integer_digits = f"length(ltrim(regexp_extract({number}, '^[+-]?(\\d*)', 1), '0'))"
    plain = f"regexp_full_match({number}, '[+-]?[0-9.]+')"
    count, most_whole, most_fraction, others = connection.execute(
        f"SELECT count(*) FILTER ({loses_digits}), max({integer_digits}),"
        f" max(length({fraction})), count(*) FILTER (NOT ({plain}))"
        f" FROM {raw} WHERE {number} IS NOT NULL"
    ).fetchone()
    if not count:
        return None
    # The first in the file's order; not by rowid, which may be a column of the file.
    (example,) = connection.execute(
        f"SELECT {number} FROM {raw} WHERE {loses_digits} LIMIT 1"
    ).fetchone()
    fits = others == 0 and most_whole + most_fraction <= WIDEST
    return LongNumbers(str(example), int(count), int(most_fraction) if fits else None)


def _digits(number: str) -> str:
    """SQL: a number's digits from the first to the last that is not 0, without sign, point and
    exponent."""
    bare = f"regexp_replace({number}, '[eE].*|[+.-]', '', 'g')"
    return f"rtrim(ltrim({bare}, '0'), '0')"
