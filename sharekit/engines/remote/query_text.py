"""The text that an engine gets: what the guard read, and nothing besides.

Between two tokens the owner's text has only blanks and comments, and all of it is sent as blanks:
what the parser took for a comment cannot be run by a server that reads it otherwise (`/*! ... */`,
`--1`). `as_of()` becomes a date."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import sqlglot
from msgspec import Struct
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from sharekit.errors import QueryError

AS_OF = "as_of"
_RUN_BY_SERVER = re.compile(r"/\*[Mm]?!")


class SentQuery(Struct, frozen=True):
    """A query as it is sent, and how its places are found again in the owner's text."""

    text: str
    original: str
    shifts: tuple[tuple[int, int], ...] = ()
    """Where a piece of another length was put in: its end in `text`, and how much longer the text
    is up to there."""

    def offset(self, sent: int) -> int:
        """The owner's character for a character of the text that was sent."""
        shift = 0
        for end, longer in self.shifts:
            if sent < end:
                break
            shift = longer
        return max(0, min(sent - shift, len(self.original)))

    def place(self, sent: int) -> tuple[int, int]:
        """Line and column in the owner's text, from 1."""
        at = self.offset(sent)
        return self.original.count("\n", 0, at) + 1, at - self.original.rfind("\n", 0, at)

    def at_line(self, line: int, column: int | None) -> int:
        """The character of the sent text at this line and column, both from 1."""
        start = 0
        for _ in range(line - 1):
            start = self.text.find("\n", start) + 1
        return min(len(self.text), start + (column or 1) - 1)

    def find(self, word: str) -> int | None:
        """The character at which a word stands that the server quotes."""
        at = self.text.find(word)
        return at if word and at >= 0 else None


def tokens_of(sql: str, dialect: str) -> list[Token]:
    """The tokens of a text. Raises QueryError where it cannot be cut into tokens."""
    try:
        return sqlglot.tokenize(sql, read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        message = "a quotation mark or a comment is opened and not closed"
        raise QueryError(message, fault="syntax") from None


def prepared(sql: str, dialect: str, as_of: date) -> SentQuery:
    """The owner's query as it will be sent. Raises QueryError."""
    tokens = tokens_of(sql, dialect)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    day = _date(dialect, as_of)
    pieces: list[str] = []
    shifts: list[tuple[int, int]] = []
    end, size, longer, skip = 0, 0, 0, 0
    for index, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if dialect == "mysql":
            _require_plain_comments(sql, end, token.start)
        gap = blank(sql[end : token.start])
        piece, end = sql[token.start : token.end + 1], token.end + 1
        if _is_as_of(tokens, index):
            skip, end = 2, tokens[index + 2].end + 1
            longer += len(day) - (end - token.start)
            piece = day
            shifts.append((size + len(gap) + len(piece), longer))
        pieces += (gap, piece)
        size += len(gap) + len(piece)
    if dialect == "mysql":
        _require_plain_comments(sql, end, len(sql))
    return SentQuery("".join(pieces), sql, tuple(shifts))


def _require_plain_comments(sql: str, start: int, stop: int) -> None:
    """A server of MySQL's family runs `/*! ... */`. It would not be sent; but who reviews the file
    should not have to know that."""
    if (comment := _RUN_BY_SERVER.search(sql, start, stop)) is None:
        return
    at = comment.start()
    raise QueryError(
        f"`{comment[0]}` is not a comment here: the server would run what follows",
        fault="refused",
        line=sql.count("\n", 0, at) + 1,
        column=at - sql.rfind("\n", 0, at),
        length=len(comment[0]),
        hint="Write it as SQL, or remove it.",
    )


def blank(gap: str) -> str:
    """Blanks and comments as blanks: as long, and with the same ends of lines."""
    return "".join(letter if letter in "\n\t " else " " for letter in gap)


def _is_as_of(tokens: list[Token], index: int) -> bool:
    kinds = [token.token_type for token in tokens[index + 1 : index + 3]]
    after_dot = index > 0 and tokens[index - 1].token_type == TokenType.DOT
    is_name = tokens[index].token_type == TokenType.VAR and tokens[index].text.lower() == AS_OF
    return is_name and not after_dot and kinds == [TokenType.L_PAREN, TokenType.R_PAREN]


def _date(dialect: str, day: date) -> str:
    if dialect == "sqlite":
        return f"'{day.isoformat()}'"
    return (
        f"CAST('{day.isoformat()}' AS DATE)" if dialect == "tsql" else f"DATE '{day.isoformat()}'"
    )


def one_statement(tokens: list[Token]) -> bool:
    """Whether no semicolon stands between tokens."""
    return not any(first.token_type == TokenType.SEMICOLON for first, _ in pairwise(tokens))
