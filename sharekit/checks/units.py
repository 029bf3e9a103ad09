"""Which values add up over slices without being asked. Pure.

The rule: a value is a count when its metric has no unit, or a unit that is a plain noun for things ("flights",
"support tickets"). Anything else is measured: a share, money, time, a length, "€ per order". What a query returns in
such a unit is as often a mean as a sum, so slices are not added up before somebody says `total: sum`.
"""

from __future__ import annotations

import re

from sharekit.numbers.formats import is_additive

_WORDS = re.compile(r"[^\W\d_]{3,}(?:[ -][^\W\d_]{3,})*\Z")
"""Words of three letters and more: shorter ones are abbreviations of units."""
_MEASURES = frozenset(
    (
        "per", "percent", "percentage", "pct", "point", "points", "share", "ratio", "rate", "index", "score", "grade",
        "rank", "stars", "average", "avg", "mean", "median", "percentile", "quantile", "factor", "times",
        "second", "seconds", "sec", "secs", "minute", "minutes", "min", "mins", "hour", "hours", "hrs", "day", "days",
        "week", "weeks", "month", "months", "quarter", "quarters", "year", "years",
        "euro", "euros", "eur", "dollar", "dollars", "usd", "pound", "pounds", "gbp", "yen", "jpy", "chf", "sek",
        "nok", "dkk", "pln", "inr", "cny", "cad", "aud", "cent", "cents",
        "metre", "metres", "meter", "meters", "kilometre", "kilometres", "kilometer", "kilometers", "mile", "miles",
        "feet", "foot", "inch", "inches", "gram", "grams", "kilogram", "kilograms", "tonne", "tonnes", "ton", "tons",
        "litre", "litres", "liter", "liters", "gallons", "degrees", "celsius", "fahrenheit",
        "byte", "bytes", "bit", "bits", "watt", "watts", "kwh", "mwh", "gwh", "volt", "volts", "hertz", "decibels",
    )
)  # fmt: skip


def is_count(unit: str | None, format: str | None = None) -> bool:
    """Whether values in this unit, shown in this format, are counts of things, so that slices add up by a sum."""
    if not is_additive(unit, format):
        return False
    if unit is None or not unit.strip():
        return True
    name = unit.strip()
    return _WORDS.match(name) is not None and _MEASURES.isdisjoint(re.split(r"[ -]", name.lower()))
