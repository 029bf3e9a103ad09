"""Numbers as digits: exact rounding, grouping, and the format language of d3. Pure.

Decimals come from a float's shortest spelling (`decimal_of`) and round halves away from zero, as
people do with the number they see: 0.615 is 62%, though its binary value lies a hair below."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from msgspec import Struct

MINUS = "\N{MINUS SIGN}"
_D3 = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[+\-("
    r" ])?(?P<symbol>[$#])?(?P<zero>0)?(?P<width>\d{1,3})?"
    r"(?P<comma>,)?(?:\.(?P<precision>\d{1,2}))?(?P<trim>~)?(?P<type>[efgrspd%])?",
    re.DOTALL,
)
_SI = {
    -24: "y", -21: "z", -18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "",
    3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E", 21: "Z", 24: "Y",
}  # fmt: skip
_EXACT = Context(prec=700)
"""Enough for every digit of any float, so that no rounding happens but the one asked for."""


class D3Format(Struct, frozen=True):
    """A parsed d3 format: [[fill]align][sign][symbol][0][width][,][.precision][~][type]."""

    fill: str = " "
    align: str = ">"
    sign: str = "-"
    symbol: str = ""
    zero: bool = False
    width: int = 0
    comma: bool = False
    precision: int | None = None
    trim: bool = False
    type: str = ""


@lru_cache(maxsize=512)
def parse_d3(text: str) -> D3Format | None:
    """The d3 format that `text` is, of types e, f, g, r, s, p, d, % and none; None where it is not
    one.

    Grammar and meaning are those of https://d3js.org/d3-format (version 3), which draws the charts'
    axes."""
    match = _D3.fullmatch(text)
    if match is None:
        return None
    groups = match.groupdict()
    zero = bool(groups["zero"]) or (groups["fill"] == "0" and groups["align"] == "=")
    return D3Format(
        fill="0" if zero else groups["fill"] or " ",
        align="=" if zero else groups["align"] or ">",
        sign=groups["sign"] or "-",
        symbol=groups["symbol"] or "",
        zero=zero,
        width=int(groups["width"] or 0),
        comma=bool(groups["comma"]),
        precision=None if groups["precision"] is None else int(groups["precision"]),
        trim=bool(groups["trim"]),
        type=groups["type"] or "",
    )


def format_d3(number: Decimal, spec: D3Format, currency: str = "$") -> str:
    """d3-format's `format(specifier)(value)`, rounding as people do: 0.615 as ".0%" is 62%."""
    digits, letter = _d3_digits(abs(number), spec)
    negative = number < 0 and bool(digits.strip("0.e+-"))
    lead = {"-": "", "(": ""}.get(spec.sign, spec.sign)
    if negative:
        lead = "(" if spec.sign == "(" else MINUS
    prefix = lead + (currency if spec.symbol == "$" else "")
    suffix = (
        letter
        + ("%" if spec.type in ("%", "p") else "")
        + (")" if negative and spec.sign == "(" else "")
    )
    integer, decimals = _split(digits)
    room = spec.width - len(prefix) - len(suffix) - len(decimals)
    if spec.zero:
        integer = _zeros(integer, room, comma=spec.comma)
    elif spec.comma:
        integer = commas(integer)
    padding = spec.fill * (room - len(integer))
    text = integer + decimals + suffix
    if spec.align == "<":
        return prefix + text + padding
    if spec.align == "=":
        return prefix + padding + text
    if spec.align == "^":
        half = len(padding) // 2
        return padding[:half] + prefix + text + padding[half:]
    return padding + prefix + text


def _d3_digits(size: Decimal, spec: D3Format) -> tuple[str, str]:
    """The digits and, for type s, the SI letter."""
    kind, precision, trim = spec.type, spec.precision, spec.trim
    if not kind:
        kind, precision, trim = "g", 12 if precision is None else precision, True
    precision = 6 if precision is None else precision
    precision = max(1, min(21, precision)) if kind in "gprs" else min(20, precision)
    letter = ""
    if kind in "f%d":
        digits = fixed(size * 100 if kind == "%" else size, 0 if kind == "d" else precision)
    elif kind in "rp":
        digits = _rounded(size * 100 if kind == "p" else size, precision)
    elif kind == "s":
        exponent = min(24, max(-24, exponent_of(significant(size, precision)) // 3 * 3))
        digits, letter = _rounded(size.scaleb(-exponent), precision), _SI[exponent]
    elif kind == "g" and -7 < (exponent := exponent_of(significant(size, precision))) < precision:
        digits = _rounded(size, precision)
    else:
        digits = exponential(size, precision if kind == "e" else precision - 1)
    if trim:
        mantissa, mark, exponent_text = digits.partition("e")
        digits = (
            (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa)
            + mark
            + exponent_text
        )
    return digits, letter


def _rounded(size: Decimal, precision: int) -> str:
    rounded = significant(size, precision)
    return fixed(rounded, max(0, precision - 1 - exponent_of(rounded)))


def exponential(size: Decimal, decimals: int) -> str:
    """So many decimals and an exponent: "1.23e+4"."""
    rounded = significant(size, decimals + 1)
    exponent = exponent_of(rounded)
    return f"{fixed(rounded.scaleb(-exponent), decimals)}e{'-' if exponent < 0 else '+'}{abs(exponent)}"


def _split(digits: str) -> tuple[str, str]:
    match = re.match(r"\d+", digits)
    end = match.end() if match else 0
    return digits[:end], digits[end:]


def _zeros(integer: str, room: int, *, comma: bool) -> str:
    """Zeros in front up to the room; with commas among them, as d3 groups what it pads."""
    if not comma:
        return integer.rjust(room, "0")
    while len(commas("0" + integer)) <= room:
        integer = "0" + integer
    return commas(integer)


# -- digits ---------------------------------------------------------------------------------------


def fixed(size: Decimal, digits: int) -> str:
    """So many decimals, halves away from zero."""
    return format(size.quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP, _EXACT), "f")


def grouped(size: Decimal, digits: int) -> str:
    """`fixed`, with commas between thousands."""
    return commas(fixed(size, digits))


def significant(size: Decimal, digits: int) -> Decimal:
    """Rounded to so many significant digits, halves away from zero."""
    if not size:
        return size
    return size.quantize(Decimal((0, (1,), size.adjusted() - digits + 1)), ROUND_HALF_UP, _EXACT)


def decimals_for(size: Decimal, digits: int = 3) -> int:
    """Decimals that show so many significant digits, at most nine."""
    return min(9, max(0, digits - 1 - exponent_of(significant(size, digits))))


def exponent_of(size: Decimal) -> int:
    return size.adjusted() if size else 0


def commas(text: str) -> str:
    """Commas between thousands: "1234.5" becomes "1,234.5"."""
    integer, point, decimals = text.partition(".")
    head = len(integer) % 3
    groups = [integer[:head]] if head else []
    groups += [integer[at : at + 3] for at in range(head, len(integer), 3)]
    return ",".join(groups) + point + decimals
