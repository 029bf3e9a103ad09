"""JSON and CSV that carry every digit of a query's numbers. Pure."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime
from decimal import Decimal

from sharekit import escape
from sharekit.numbers.exact import LARGEST_WHOLE, ExactNumber
from sharekit.numbers.results import Cell

_MARK = "\udc00"
"""Before the digits of a decimal until it stands in the JSON. No text of ours has it: it cannot be
written as UTF-8."""
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def iso_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def number(value: float | None) -> float | int | Decimal | None:
    """A number as JSON writes it best: whole ones without a fraction, None for what is not
    finite."""
    if value is None or not math.isfinite(value):
        return None
    if isinstance(value, ExactNumber):
        return (
            int(value.digits) if value.digits == value.digits.to_integral_value() else value.digits
        )
    return int(value) if float(value).is_integer() and abs(value) < LARGEST_WHOLE else value


def digits(cell: int | float | Decimal) -> str:
    """A number's digits as the query returned them: "1.50" of a decimal, "2041" of a double that is
    whole."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, ExactNumber):
        return f"{cell.digits:f}"
    plain = number(cell) if isinstance(cell, float) else cell
    return str(cell) if plain is None else repr(plain)


def csv_cell(cell: Cell) -> str:
    """One cell as a CSV file carries it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float, Decimal)):
        return "" if cell != cell else digits(cell)
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return escape.csv(cell)


def json_cell(cell: Cell) -> object:
    """One cell as JSON carries it. What is no finite number is null: JSON has no word for it."""
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return number(cell) if isinstance(cell, float) else cell


def dumps(document: object, *, spaced: bool = False) -> str:
    """JSON in UTF-8, with no character that a terminal or an editor might obey as it is, compact
    unless `spaced`, without NaN. A Decimal is a number with all its digits."""
    between = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(
        document, ensure_ascii=False, allow_nan=False, separators=between, default=_marked_decimal
    )
    return escape.escaped_json(_MARKED.sub(r"\1", text) if _MARK in text else text)


def _marked_decimal(cell: object) -> str:
    if isinstance(cell, Decimal):
        return f"{_MARK}{cell:f}"
    raise TypeError(f"{type(cell).__name__} is not JSON")
