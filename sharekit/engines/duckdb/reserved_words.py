"""Columns that are called like a word of SQL's grammar: `at`, `order`, `end`."""

from __future__ import annotations

import re
from collections.abc import Callable

from sharekit.engines.duckdb.error_messages import RawError
from sharekit.records import replace

MOST_WORDS = 8
"""Words that are put into quotes before a text is given up."""
_STRUCTURE = frozenset(
    {
        "select", "from", "where", "and", "or", "not", "null", "in", "as",
        "on", "using", "union", "intersect", "except", "having", "limit", "with", "by",
        "is", "like", "between", "join", "true", "false", "case", "when", "then",
        "else",
    }
)  # fmt: skip
"""Words that hardly anybody calls a column: where they are wrong, something else is missing."""
_LAST_WORD = re.compile(r"([A-Za-z_]+)\W*$")
_WORD = re.compile(r"[A-Za-z_]+")


def quotes_for_reserved_words(
    error: RawError, sql: str, wrong_at: Callable[[str], int | None]
) -> RawError:
    """The error with a hint to put names into double quotes, if the query can be parsed with them.

    `wrong_at` says at which byte a text cannot be parsed, -1 for no known place; None where it
    can."""
    if error.fault != "syntax" or error.hint is not None or error.offset is None:
        return error
    reserved_words = _words_to_quote(sql, error.offset, wrong_at)
    if not reserved_words:
        return error
    names = " and ".join(f'"{word}"' for word in reserved_words)
    what = "is a word of SQL" if len(reserved_words) == 1 else "are words of SQL"
    words_as_code = " and ".join(f"`{word}`" for word in reserved_words)
    hint = f"{words_as_code} {what}: as the name of a column, write it in double quotes: {names}."
    return replace(error, hint=hint)


def _words_to_quote(
    sql: str, offset: int, wrong_at: Callable[[str], int | None]
) -> tuple[str, ...] | None:
    """Words that must stand in quotes so that the text can be parsed; None where quotes do not
    help."""
    words: dict[str, None] = {}
    place: int | None = offset
    for _ in range(MOST_WORDS):
        if place is None:
            return tuple(words)
        for start, end in _candidates(sql, place):
            tried = f'{sql[:start]}"{sql[start:end]}"{sql[end:]}'
            further = wrong_at(tried)
            if further is None or further > place + 2:
                words[sql[start:end]] = None
                sql, place = tried, further
                break
        else:
            return None
    return None


def _candidates(sql: str, place: int) -> list[tuple[int, int]]:
    """The word at a byte of the text and the one before it, each as start and end."""
    at = len(sql.encode()[:place].decode("utf-8", "ignore"))
    matches = [_WORD.match(sql, at), _LAST_WORD.search(sql[:at])]
    return [
        match.span(match.re.groups)
        for match in matches
        if match and match[match.re.groups].lower() not in _STRUCTURE
    ]
