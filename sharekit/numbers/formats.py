"""Numbers, changes and dates as people read them. Pure, and total: no float makes any of this fail.

Three ways to say how a value reads, in this order: a declared `format` (a name of FORMAT_NAMES or a
d3 format such as ",.1%"), else the unit, else the magnitude alone. Values of unit "%" are shares:
0.8 reads 80%. Minus is U+2212, thousands are parted by commas, a value that rounds to nothing
carries no sign, and None (also NaN and the infinities) reads "no data"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from sharekit.numbers.d3format import (
    MINUS,
    D3Format,
    decimals_for,
    exponential,
    fixed,
    format_d3,
    grouped,
    parse_d3,
    significant,
)
from sharekit.numbers.exact import decimal_of
from sharekit.project.days import MONTHS
from sharekit.project.shapes import ChangeKind, ChangeWay, FiscalYear, Grain
from sharekit.records import replace

NO_DATA = "no data"
NO_TOTAL = "no total"
NO_CHANGE = "no change"
FEW = 20
"""Whole numbers below this change by so many, not by percent."""

FORMAT_NAMES: Mapping[str, str] = {
    "number": "By magnitude: 2,041, 14.2, 1.94m",
    "integer": "Whole numbers: 2,041",
    "decimal1": "One decimal: 14.2",
    "decimal2": "Two decimals: 14.21",
    "compact": "Three digits and k, m, bn: 2.04k, 1.94m",
    "percent": "Share as whole percent: 96%",
    "percent1": "Share with one decimal: 96.4%",
    "percent2": "Share with two decimals: 96.38%",
    "usd": "Dollars by magnitude: $184.20, $1,310, $1.94m",
    "usd_k": "Thousands of dollars: $1,940k",
    "usd_m": "Millions of dollars: $1.94m",
    "eur": "Euros by magnitude: €184.20, €1,310, €1.94m",
    "eur_k": "Thousands of euros: €1,940k",
    "eur_m": "Millions of euros: €1.94m",
    "gbp": "Pounds by magnitude: £184.20, £1,310, £1.94m",
    "gbp_k": "Thousands of pounds: £1,940k",
    "gbp_m": "Millions of pounds: £1.94m",
    "duration_ms": "Milliseconds: 740 ms, 1.2 s",
    "duration_s": "Seconds: 42 s, 3 min 20 s",
    "duration_min": "Minutes: 12.6 min, 1 h 35 min",
    "duration_h": "Hours: 23 h, 2 d 4 h",
    "duration_days": "Days: 4.5 d",
}
"""Names that `format:` takes, each with what it does to a value."""

CURRENCIES: Mapping[str, str] = {
    "€": "€", "EUR": "€", "$": "$", "USD": "$", "£": "£", "GBP": "£", "¥": "¥", "JPY": "¥", "₹": "₹", "INR": "₹",
}  # fmt: skip
"""Units that are written before the number."""
SHARE_UNITS = frozenset({"%", "percent"})
LEVEL_UNITS = frozenset({"°C", "°F", "°", "score", "index", "points", "pt", "stars", "rank"})
"""Units of scales, of which a share says nothing: 20 °C is not twice 10 °C."""
TIME_UNITS = frozenset({
    "ms", "s", "sec", "seconds", "min", "minutes", "h", "hours", "d", "days", "weeks", "months", "years",
})  # fmt: skip
_SI_UNITS = frozenset(
    {"s", "m", "g", "l", "L", "W", "V", "A", "J", "Pa", "F", "Ω", "T", "K", "mol"}
)
_SMALL = {0: "", -3: "m", -6: "µ", -9: "n", -12: "p"}
"""Prefixes of small SI units by their power of ten."""
_NO_PLURALS = ("ss", "us", "is", "as", "series", "species")
_UNSPEAKABLE = Decimal("1e18")
_SCALES: tuple[tuple[int, str], ...] = ((12, "tn"), (9, "bn"), (6, "m"), (3, "k"))
_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3600),
    "days": Decimal(86400),
}


class _Step(Struct, frozen=True):
    """One unit of the ladder of durations, and what it is told in when the metric's own unit is
    shorter."""

    unit: str
    seconds: int
    below: int = 0
    """Used below so many; 0: always."""
    parts: int = 0
    part: str = ""


_STEPS = (
    _Step("s", 1, 60),
    _Step("min", 60, 60, 60, "s"),
    _Step("h", 3600, 48, 60, "min"),
    _Step("d", 86400, 0, 24, "h"),
)


class Formatted(Struct, frozen=True):
    """A value as text: the number with what is written against it, and a unit that stands apart."""

    number: str
    """"2,041", "€1.94m", "96.4%", "no data"."""
    unit: str = ""
    """"ms" or "flights"; empty where the number says it all."""

    def __str__(self) -> str:
        return f"{self.number} {self.unit}" if self.unit else self.number


def is_format(text: str) -> bool:
    """Whether `format:` may say this: a name of FORMAT_NAMES or a d3 format."""
    return text in FORMAT_NAMES or (bool(text) and parse_d3(text) is not None)


def is_share(unit: str | None, format: str | None = None) -> bool:
    """Whether values are shares (0.8 reads 80%), so that changes are told in points."""
    if (
        format
        and format not in FORMAT_NAMES
        and (spec := parse_d3(format)) is not None
        and spec.type in ("%", "p")
    ):
        return True
    return unit in SHARE_UNITS or (format or "").startswith("percent")


def change_way(unit: str | None, format: str | None, declared: ChangeKind | None) -> ChangeWay:
    """How a change of such a value is told: as declared, else shares in points, scales in their
    unit, times in their unit with the relative change beside it, everything else relative."""
    if declared is not None:
        return declared
    if is_share(unit, format):
        return "points"
    if unit in LEVEL_UNITS:
        return "absolute"
    return "both" if unit in TIME_UNITS or (format or "").startswith("duration_") else "relative"


def format_value(
    value: float | None, unit: str | None = None, format: str | None = None
) -> Formatted:
    """A value as text. An unknown `format` is passed over, as a check reports it."""
    if value is None or not math.isfinite(value):
        return Formatted(NO_DATA)
    number = decimal_of(value)
    spec = parse_d3(format) if format and format not in FORMAT_NAMES else None
    if spec is not None:
        formatted = _by_d3(number, unit, spec)
        return Formatted(formatted.number, _counted_noun(formatted))
    size = _size(abs(number), unit, format)
    return Formatted(_sign(number, size.number) + size.number, _counted_noun(size))


def format_change(
    change: float | None,
    change_pct: float | None = None,
    unit: str | None = None,
    format: str | None = None,
    way: ChangeWay | None = None,
) -> str:
    """A change as text with its sign: "+2.1%", for shares "+0.3 pt", and where `change_pct` is None
    the change itself in the unit: "+0.4 months", "+€45". Exactly nothing reads "no change".

    `change` is in the metric's unit, `change_pct` a share of the value compared with, as in
    results.Comparison. `way` is how it is told (change_way); default: shares in points, everything
    else relative."""
    if change is None or not math.isfinite(change):
        return NO_DATA
    if change == 0:
        return NO_CHANGE
    way = way or change_way(unit, format, "points" if is_share(unit, format) else "relative")
    has_percent = change_pct is not None and math.isfinite(change_pct)
    if way == "relative" and has_percent:
        return _signed_percent(decimal_of(change_pct or 0.0) * 100)
    if way == "points" and not is_share(unit, format):
        return _signed_points(decimal_of(change), None)
    signed = _signed_change(decimal_of(change), unit, format)
    return (
        f"{signed} ({_signed_percent(decimal_of(change_pct or 0.0) * 100)})"
        if way == "both" and has_percent
        else signed
    )


_LEAST = Decimal("0.000001")
"""Percent, or points: what is smaller is how a computer rounds."""


def _signed_percent(number: Decimal) -> str:
    size = abs(number)
    digits = 0 if size >= 100 else 1
    if _LEAST <= size < Decimal("0.05"):
        digits = decimals_for(size, 1)
    text = grouped(size, digits) + "%"
    return _sign(number, text, "+") + text


def _signed_change(number: Decimal, unit: str | None, format: str | None) -> str:
    """A change in the value's own unit."""
    if is_share(unit, format):
        return _signed_points(number * 100, format)
    spec = parse_d3(format) if format and format not in FORMAT_NAMES else None
    if spec is not None:
        size = _by_d3(abs(number), unit, replace(spec, sign="-", width=0))
    else:
        size = _size(abs(number), unit, format)
    return str(Formatted(_sign(number, size.number, "+") + size.number, _counted_noun(size)))


def format_score(score: float) -> str:
    """A score, with two decimals. One that falls short of a twentieth, as the thresholds of a status
    are, is not rounded up to it: 0.996 reads "0.99", since 1.00 is met."""
    hundredths = round(score * 100)
    if hundredths % 5 == 0 and hundredths - score * 100 > 1e-7:
        hundredths -= 1
    return f"{hundredths / 100:.2f}"


def is_few(change: float, change_pct: float) -> bool:
    """Whether a handful of things became another handful: from 1 to 3 is two more, and "+200%"
    would shout."""
    base = change / change_pct if change_pct else math.inf
    now = base + change
    return max(abs(base), abs(now)) < FEW and all(
        abs(value - round(value)) < 1e-6 for value in (base, now)
    )


def format_distance(
    size: float | None, unit: str | None = None, format: str | None = None, *, signed: bool = False
) -> str:
    """A difference or a rate in the unit: "0.9 shops", "2.2 pt", "$156tn"; with `signed` also "−0.2
    bugs".

    Below ten it is finer than whole values and coarser than exact ones, because a distance of a few
    things that reads "0 carriers" says nothing, and one that reads "2.86 bugs" says more than is
    known."""
    if size == 0:
        return str(format_value(0, unit, format))
    if size is None or not math.isfinite(size) or _keeps_own(unit, format) or abs(size) >= 10:
        distance = format_change(size, None, unit, format)
        return distance if signed else distance.lstrip(f"+{MINUS}")
    number = decimal_of(size)
    text = fixed(abs(number), max(1, decimals_for(abs(number), 1))).rstrip("0").rstrip(".")
    sign = _sign(number, text, "+") if signed else ""
    return str(Formatted(sign + text, _counted_noun(Formatted(text, unit or ""))))


def _keeps_own(unit: str | None, format: str | None) -> bool:
    """Whether a small value has its own way to be told: shares in points, money in cents, durations
    in shorter units, and a declared format that has decimals."""
    if is_share(unit, format) or unit in CURRENCIES:
        return True
    if not format or format in ("number", "integer"):
        return False
    spec = parse_d3(format) if format not in FORMAT_NAMES else None
    return spec is None or spec.type != "f" or spec.precision != 0 or bool(spec.symbol)


def singular(unit: str | None) -> str:
    """The unit of one thing: "flight" of "flights"."""
    return _counted_noun(Formatted("1", unit or ""))


def format_day(day: date, *, year: bool = False) -> str:
    """ "22 Nov", or "22 Nov 2013"."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}" + (f" {day.year}" if year else "")


def format_period(
    start: date, grain: Grain | None, *, year: bool = False, fiscal: FiscalYear
) -> str:
    """The period that begins on `start`: "22 Nov", "week of 11 Nov", "November 2013", "Q4 2013",
    "2013".

    `year` adds the year to days and weeks. In a project with a fiscal year of its own, quarters and
    years read "Q2 FY2027 (Jul to Sep 2026)". What begins elsewhere than that is said by its months:
    "Nov 2013 to Jan 2014"."""
    if grain == "month":
        return f"{MONTHS[start.month - 1]} {start.year}"
    if grain in ("quarter", "year"):
        return span_name(start, 3 if grain == "quarter" else 12, fiscal)
    return ("week of " if grain == "week" else "") + format_day(start, year=year)


def span_name(start: date, months: int, fiscal: FiscalYear) -> str:
    """The name of a quarter, half or whole year: "Q4 2013", "2013", "Q2 FY2027 (Jul to Sep
    2026)"."""
    short = short_span_name(start, months, fiscal)
    return (
        short
        if fiscal.is_calendar or " to " in short
        else f"{short} ({_by_months(start, months, brief=True)})"
    )


def short_span_name(start: date, months: int, fiscal: FiscalYear) -> str:
    """The same where room is short: "Q2 FY2027"."""
    past = (start.month - fiscal.start) % 12
    if past % months:
        return _by_months(start, months)
    letter = {3: "Q", 6: "H"}.get(months)
    number = fiscal.number(start)
    year = str(number) if fiscal.is_calendar else f"FY{number}"
    return f"{letter}{past // months + 1} {year}" if letter else year


def _by_months(start: date, months: int, *, brief: bool = False) -> str:
    """ "Nov 2013 to Jan 2014"; `brief` says the year once where both months have it."""
    end = start.month + months - 2
    last = start.year + end // 12
    first = f" {start.year}" if not brief or last != start.year else ""
    return f"{MONTHS[start.month - 1][:3]}{first} to {MONTHS[end % 12][:3]} {last}"


# -- sizes: what stands behind the sign -----------------------------------------------------------


def _size(size: Decimal, unit: str | None, format: str | None) -> Formatted:
    name = format if format in FORMAT_NAMES else None
    kind, _, detail = (name or "").partition("_")
    if kind == "duration":
        return _duration(size, detail)
    if kind in ("usd", "eur", "gbp"):
        return Formatted(CURRENCIES[kind.upper()] + _money(size, detail))
    if kind.startswith("percent"):
        return Formatted(grouped(size * 100, int(kind.removeprefix("percent") or 0)) + "%")
    if is_share(unit):
        size *= 100
        return Formatted((_share(size) if name is None else _number(size, name)) + "%")
    if unit in CURRENCIES:
        return Formatted(
            CURRENCIES[unit or ""] + (_money(size) if name is None else _number(size, name))
        )
    if name is None and (small := _small(size, unit or "")):
        return Formatted(small)
    return Formatted(_number(size, name or "number"), unit or "")


def _small(size: Decimal, unit: str) -> str:
    """A small value in a smaller SI unit: "420 µs" of 0.00042 s; "" where the unit is none or the
    value not small."""
    prefixed = next((power for power, letter in _SMALL.items() if power and unit[:1] == letter), 0)
    power, base = (prefixed, unit[1:]) if prefixed and unit[1:] in _SI_UNITS else (0, unit)
    if base not in _SI_UNITS or not 0 < size < Decimal("0.001"):
        return ""
    scaled = size.scaleb(power)
    fits = [count for count in _SMALL if count <= scaled.adjusted() and count < power]
    if not fits:
        return ""
    return f"{_number(scaled.scaleb(-max(fits)), 'number')} {_SMALL[max(fits)]}{base}"


def _counted_noun(size: Formatted) -> str:
    """The unit of one thing: 1 flight, 1 query. Only for plurals in s that no other word looks
    like."""
    unit = size.unit
    if (
        size.number.lstrip(MINUS) != "1"
        or len(unit) < 4
        or not unit.endswith("s")
        or unit.endswith(_NO_PLURALS)
    ):
        return unit
    return f"{unit[:-3]}y" if unit.endswith("ies") and len(unit) > 4 else unit[:-1]


def _number(size: Decimal, name: str) -> str:
    """By one of the names number, integer, decimal1, decimal2, compact."""
    if name == "compact":
        return _compact(size)
    if name != "number":
        return grouped(size, {"integer": 0, "decimal1": 1, "decimal2": 2}[name])
    if size >= Decimal("999999.5"):
        return _compact(size)
    if size >= 100 or size == size.to_integral_value():
        return grouped(size, 0)
    text = fixed(size, decimals_for(size)).rstrip("0").rstrip(".")
    return text if text.strip("0.") else exponential(size, 2)


def _share(points: Decimal) -> str:
    """One decimal; two below 1 and close under 100, where the first says too little: 0.31,
    99.96."""
    if points in (0, 100):
        return str(int(points))
    if points < Decimal("0.095"):
        return fixed(points, decimals_for(points, 2))
    return grouped(points, 2 if points < 1 or Decimal("99.9") < points < 100 else 1)


def _money(size: Decimal, scale: str = "") -> str:
    """Cents below 1,000 unless whole, whole below 100,000, three digits and k, m, bn, tn above."""
    if scale:
        size = size.scaleb(-3 if scale == "k" else -6)
        return grouped(size, 2 if scale == "m" and size < 100 else 0) + scale
    if size >= Decimal("99999.5"):
        return _compact(size)
    if size >= Decimal("999.995") or size == size.to_integral_value():
        return grouped(size, 0)
    return fixed(size, 2 if size >= Decimal("0.095") else decimals_for(size, 2))


def _compact(size: Decimal) -> str:
    """Three significant digits and k, m, bn or tn; below 1,000 whole where it is."""
    rounded = significant(size, 3)
    if rounded >= _UNSPEAKABLE:
        return exponential(rounded, 2)
    for exponent, letter in _SCALES:
        if rounded and rounded.adjusted() >= exponent:
            scaled = rounded.scaleb(-exponent)
            return grouped(scaled, max(0, 2 - scaled.adjusted())) + letter
    return fixed(size, 0 if size == size.to_integral_value() else decimals_for(size))


def _duration(size: Decimal, unit: str) -> Formatted:
    """In the metric's own unit as long as that is short, then in the two next longer ones: "12.6
    min", "1 h 35 min"."""
    seconds = size * _SECONDS[unit]
    if seconds < 1 and unit in ("ms", "s"):
        milliseconds = seconds * 1000
        return Formatted(
            fixed(milliseconds, 0 if milliseconds >= 10 else decimals_for(milliseconds, 2)), "ms"
        )
    for step in _STEPS:
        in_unit = seconds / step.seconds
        if step.seconds < _SECONDS[unit] or (step.below and significant(in_unit, 3) >= step.below):
            continue
        if step.seconds == _SECONDS[unit] or not step.parts:
            digits = 0 if in_unit == in_unit.to_integral_value() else min(1, decimals_for(in_unit))
            if in_unit and not fixed(in_unit, digits).strip("0."):
                digits = decimals_for(in_unit, 1)  # a small difference is not none
            return Formatted(grouped(in_unit, digits), step.unit)
        longer, shorter = divmod(int(fixed(in_unit * step.parts, 0)), step.parts)
        return Formatted(f"{longer:,} {step.unit}" + (f" {shorter} {step.part}" if shorter else ""))
    return Formatted(grouped(size, 0), unit)


def _signed_points(points: Decimal, format: str | None) -> str:
    """A change of a share: "+0.3 pt". As many decimals as the share has, and enough to show a small
    change."""
    spec = parse_d3(format) if format and format not in FORMAT_NAMES else None
    digits = spec.precision if spec is not None and spec.type == "%" else None
    if format in ("percent", "percent1", "percent2"):
        digits = int(format.removeprefix("percent") or 0)
    size = abs(points)
    if digits is None or not fixed(size, digits).strip("0."):
        digits = 1 if size >= Decimal("0.095") else 2
        if _LEAST <= size < Decimal("0.005"):
            digits = decimals_for(size, 1)
    text = grouped(size, digits)
    integer, _, decimals = text.partition(".")
    return _sign(points, text, "+") + (text if decimals.strip("0") else integer) + " pt"


def _by_d3(number: Decimal, unit: str | None, spec: D3Format) -> Formatted:
    if unit in CURRENCIES:
        return Formatted(format_d3(number, replace(spec, symbol="$"), CURRENCIES[unit or ""]))
    if spec.type in ("%", "p"):
        return Formatted(format_d3(number, spec, "$"))
    if is_share(unit):
        return Formatted(format_d3(number * 100, spec, "$") + "%")
    return Formatted(format_d3(number, spec, "$"), unit or "")


def _sign(number: Decimal, text: str, plus: str = "") -> str:
    """The sign before a text of the number's size: none where the text shows nothing but zeros."""
    if (not plus and number >= 0) or not any(digit in text for digit in "123456789"):
        return ""
    return MINUS if number < 0 else plus
