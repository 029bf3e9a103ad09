"""How a column that stayed text could be read: by an option of its source, or by a cast in the
query. What a note under `check` tells its owner to write."""

from __future__ import annotations

from sharekit.engines.duckdb.values import literal
from sharekit.engines.sources.notation import (
    ISO_DAY,
    OTHER_NUMBERS,
    PLAIN,
    Notation,
    by_format,
    shaped,
)

_FORMATS = (
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d. %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%d %b %y", "%a, %d %b %Y", "%A, %B %d, %Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %y", "%Y-%m", "%Y/%m",
    "%Y.%m", "%m/%Y", "%m.%Y", "%m-%Y", "%Y.%m.%d", "%Y %b", "%Y %B", "%Y-%b", "%Y%m%d",
)  # fmt: skip
"""How dates are written where neither the standard nor numbers in some order say it."""
IN_QUERY = " in the query."
_POINT = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""A number with a decimal point, and maybe thousands commas."""
_COMMA = r"(?:\d{1,3}(?:[. ]\d{3})+|\d+)(?:,\d+)?"
"""A number with a decimal comma, and maybe thousands points or blanks."""
_UNIT = r"(?:[$€£¥]|[A-Z]{3})"


def _marked(number: str) -> str:
    """A pattern of amounts with a unit before or behind, or in the brackets that mean minus."""
    return rf"[+-]?{_UNIT}? ?[+-]?{number}|[+-]?{number} ?{_UNIT}|\({_UNIT}? ?{number} ?{_UNIT}?\)"


_MARKED: tuple[tuple[str, str], ...] = (
    ("CAST(rtrim(replace({column}, '%', '')) AS DOUBLE) / 100", r"[+-]?\d+(\.\d+)? ?%"),
    (
        "CAST(rtrim(replace(replace({column}, '%', ''), ',', '.')) AS DOUBLE) / 100",
        r"[+-]?\d+(,\d+)? ?%",
    ),
    (
        "CAST(regexp_replace(replace({column}, '(', '-'), '[^0-9.-]', '', 'g') AS DOUBLE)",
        _marked(_POINT),
    ),
    (
        "CAST(replace(regexp_replace(replace({column}, '(', '-'), '[^0-9,-]', '', 'g'), ',', '.')"
        " AS DOUBLE)",
        _marked(_COMMA),
    ),
    (
        "CAST(CASE WHEN {column} LIKE '%-' THEN '-' ELSE '' END || rtrim({column}, '- ') AS DOUBLE)",
        r"\d+(\.\d+)? ?-?",
    ),
    (
        "CAST(replace({column}, '\N{MINUS SIGN}', '-') AS DOUBLE)",
        "[\N{MINUS SIGN}+-]?\\d+(\\.\\d+)?",
    ),
    ("CAST(rtrim({column}, 'kK ') AS DOUBLE) * 1000", r"[+-]?\d+(\.\d+)? ?[kK]"),
)
"""How numbers are written that no setting reads: SQL for them, and their pattern."""


def other_readings(text: str, notation: Notation) -> list[tuple[str, str]]:
    """What to write, and the SQL that says for which values it is right, in the order of
    preference."""
    entry = notation.entry
    readings = [("Cast it in the query: CAST({column} AS DOUBLE).", PLAIN.fits(text))]
    readings += [
        (f"Write {numbers.settings} under {entry}.", numbers.fits(text))
        for numbers in OTHER_NUMBERS
        if numbers.settings
    ]
    readings += [("Cast it in the query: CAST({column} AS DATE).", shaped(text, ISO_DAY, "DATE"))]
    formats = [*_FORMATS, *(f"%d{mark}%m{mark}%{year}" for mark in "./-" for year in "Yy")]
    formats += [f"%m{mark}%d{mark}%{year}" for mark in "/-" for year in "Yy"]
    readings += [
        (f'Write date_format = "{form}" under {entry}.', by_format(text, form).fits)
        for form in formats
    ]
    return [
        *readings,
        *(
            (f"Write {sql}{IN_QUERY}", f"regexp_full_match({text}, {literal(pattern)})")
            for sql, pattern in _MARKED
        ),
    ]


def quarters_and_weeks(text: str) -> list[tuple[str, str]]:
    """Quarters and weeks, which no format can read."""
    return [
        (
            (
                "Write make_date(left({column}, 4)::INTEGER, right({column}, 1)::INTEGER * 3 - 2,"
                " 1) in the query."
            ),
            f"regexp_full_match({text}, '\\d{{4}}[- ]?Q[1-4]')",
        ),
        (
            (
                "Write make_date(right({column}, 4)::INTEGER, {column}[2]::INTEGER * 3 - 2, 1) in"
                " the query."
            ),
            f"regexp_full_match({text}, 'Q[1-4][- /]?\\d{{4}}')",
        ),
        (
            "Write strptime({column} || '-1', '%G-W%V-%u')::DATE in the query.",
            f"regexp_full_match({text}, '\\d{{4}}-W\\d{{2}}')",
        ),
    ]
