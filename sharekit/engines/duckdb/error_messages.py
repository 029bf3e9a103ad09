"""DuckDB's errors in our words: what kind of fault, where, and the way out. Its wording is good, so
most is quoted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from sharekit.engines.duckdb.guard import ITEMS_SCHEMA, GuardRefusal
from sharekit.errors import QueryError, QueryFault
from sharekit.read_json import read_json
from sharekit.records import replace

_FAULTS: Mapping[str, QueryFault] = {
    "Parser": "syntax",
    "Syntax": "syntax",
    "Out of Memory": "memory",
    "INTERRUPT": "timeout",
    "Interrupt": "timeout",
    "Permission": "refused",
}
_BROKEN = ("FATAL", "Fatal", "INTERNAL", "Internal")
"""After these DuckDB refuses all further work: the process must be started again."""


class RawError(Struct, frozen=True):
    """An error on its way from the worker, before line and column are counted."""

    fault: QueryFault
    message: str
    hint: str | None = None
    offset: int | None = None
    """Byte of the query's text, from 0."""
    length: int = 1
    fatal: bool = False
    """Whether the process that had it must end."""

    def to_json(self) -> dict[str, Any]:
        return structs.asdict(self)


def raw_error(
    error: Exception, columns: Callable[[], str | None], shift: int = 0, sql: str = ""
) -> RawError:
    """What to say about an exception raised while a query was parsed or run.

    `columns` tells the columns of the tables that the query reads, for the hint under an unknown
    one; `shift` is how many bytes were put in front of the query's own text, `sql`."""
    if isinstance(error, GuardRefusal):
        return RawError(error.fault, error.message, error.hint, error.offset, error.length)
    if isinstance(error, MemoryError):
        return RawError("memory", "the result does not fit into the memory limit", _LESS)
    if isinstance(error, RecursionError):
        return RawError("syntax", "the query is nested too deeply", "Split it into views.")
    reported_error = _from_duckdb(str(error), columns, shift)
    if written := _written_there(sql, reported_error):
        return replace(reported_error, hint=written)
    if reported_error.fault == "unknown-column" and (quotes := _quotes(sql, reported_error.offset)):
        near = (reported_error.hint or "").startswith("Did you mean")
        return (
            reported_error
            if near
            else replace(
                reported_error,
                hint=f"{quotes} {reported_error.hint}" if reported_error.hint else quotes,
            )
        )
    return reported_error


_CURLY = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e]")


def _quotes(sql: str, offset: int | None) -> str | None:
    """What to say about a text that was put in the wrong quotes and so became a column's name."""
    word = _from_offset(sql, offset)
    if _CURLY.match(word):
        return "Curly quotes are part of a name in SQL; write text in straight single quotes."
    return "If it is text, put it in single quotes." if word.startswith('"') else None


def _from_offset(sql: str, offset: int | None) -> str:
    """The query's text from a byte on; empty where there is no place."""
    if offset is None:
        return ""
    return sql.encode("utf-8", "replace")[offset:].decode("utf-8", "ignore")


def _written_there(sql: str, error: RawError) -> str | None:
    """What to write where a text in the query itself stands beside a column of dates or numbers: no
    row can be left out for it."""
    text = _quoted_value(error.message)
    if text is None or not _from_offset(sql, error.offset).startswith("'"):
        return None
    if not text.strip():
        return (
            "The column holds no text, and empty cells are NULL in it: write IS NULL instead of"
            " = '', IS NOT NULL instead of <> '', and NULL instead of '' elsewhere."
        )
    if re.search(r"\b(date|timestamp|time)\b", error.message, re.IGNORECASE):
        return "The column holds dates: write this one as '2026-12-31'."
    return "The column holds numbers: write one without quotes."


_LESS = "Aggregate earlier."


def _from_duckdb(text: str, columns: Callable[[], str | None], shift: int) -> RawError:
    details = _details(text)
    kind, full_message = split_error(text)
    message, hint = _split(full_message)
    offset = _offset(details, shift)
    length = len(str(details.get("name", " ")))
    subtype = details.get("error_subtype")
    fault: QueryFault = _FAULTS.get(kind, "failed")
    if kind == "IO":
        return RawError(
            "failed", "a file of the database could not be read", "Delete the cache and run again."
        )
    if kind in _BROKEN:
        return RawError("failed", f"DuckDB stopped: {message}", None, offset, fatal=True)
    if fault == "memory":
        return RawError("memory", "the query needs more memory than the limit", _LESS)
    if fault == "timeout":
        return RawError("timeout", "the query was stopped")
    if subtype == "COLUMN_NOT_FOUND" or "does not have a column named" in message:
        return _unknown_column(message, details, columns, offset, length)
    if subtype == "MISSING_ENTRY" and "Function" in str(details.get("type", "")):
        name = str(details.get("name"))
        return RawError(
            "unknown-function",
            f"there is no function {name}",
            _did_you_mean(details),
            offset,
            length,
        )
    if subtype == "NO_MATCHING_FUNCTION":
        call = _LITERAL.sub(r"\1", str(details.get("call") or details.get("name")))
        call = call.replace("STRING", "VARCHAR")
        takes = _takes(details)
        hint = f"It takes {' or '.join(takes)}; add a cast." if takes else _other_types(call)
        return RawError("failed", f"no function {call} takes these types", hint, offset, length)
    if subtype == "MISSING_ENTRY" and details.get("type") == "Table":
        return RawError(
            "unknown-table", f"there is no table `{details.get('name')}`", None, offset, length
        )
    if kind == "Conversion" and hint is None:
        about_time = re.search(r"\b(date|timestamp|time)\b", message, re.IGNORECASE)
        hint = _as_date(message) if about_time else _left_out(message)
    if (
        match := re.match(r"Unimplemented type for cast \((\w+) -> (DATE|TIMESTAMP)", message)
    ) and "INT" in match[1]:
        hint = _NUMBER_AS_DATE
    return RawError(fault, message, hint, offset, length)


_NUMBER_AS_DATE = (
    "A number is not a date: make_date(column, 1, 1) for a year, DATE '1899-12-30' + column::INTEGER"
    " for a day of Excel, epoch_ms(column * 1000)::DATE for seconds."
)
_MONTH, _LONG_MONTH = r"[A-Z][a-z]{2}", r"[A-Z][a-z]{3,8}"
_WRITTEN: Mapping[str, str] = {
    rf"{_MONTH} \d{{1,2}}, \d{{4}}": "%b %d, %Y",
    rf"{_LONG_MONTH} \d{{1,2}}, \d{{4}}": "%B %d, %Y",
    rf"\d{{1,2}} {_MONTH} \d{{4}}": "%d %b %Y",
    rf"\d{{1,2}} {_LONG_MONTH} \d{{4}}": "%d %B %Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{4}}": "%d-%b-%Y",
    rf"{_MONTH} \d{{4}}": "%b %Y",
    rf"{_LONG_MONTH} \d{{4}}": "%B %Y",
    r"\d{4}-\d{2}": "%Y-%m",
    r"\d{2}/\d{4}": "%m/%Y",
    r"(19|20)\d{6}": "%Y%m%d",
}
"""How dates are written, and how strptime says it. Python's own strptime would be imported when
first used, and by then the query process can read no file."""


def _as_date(message: str) -> str:
    """How to read the text that was to be a date: every way in which it may be written."""
    text = _quoted_value(message)
    if text is None:
        return "Say how it is written: strptime(column, '%d.%m.%Y')::DATE."
    formats = [written for shape, written in _WRITTEN.items() if re.fullmatch(shape, text.strip())]
    if order := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2\d{4}", text.strip()):
        first, mark, second = int(order[1]), order[2], int(order[3])
        formats += [f"%d{mark}%m{mark}%Y"] if second <= 12 else []
        formats += [f"%m{mark}%d{mark}%Y"] if first <= 12 else []
    if not formats:
        return _left_out(message)
    ways = " or ".join(f"strptime(column, '{written}')::DATE" for written in formats)
    return f"Say how it is written: {ways}{', as the data mean it' if len(formats) > 1 else ''}."


def _quoted_value(message: str) -> str | None:
    match = re.search(r"(?:string|format:) ['\"](.*?)['\"](?: to |,|$)", message)
    return match[1] if match else None


def _left_out(message: str) -> str:
    text = _quoted_value(message)
    if text is None:
        return "Correct the text before the cast."
    value = text.replace("'", "''")
    return f"Correct the data, or leave such rows out before the cast: WHERE column <> '{value}'."


def split_error(text: str) -> tuple[str, str]:
    """Kind and message of a DuckDB error's text, which is JSON or plain words: "INTERRUPT Error:
    Interrupted"."""
    details = _details(text)
    prefix, _, message = text.partition(" Error: ")
    kind = details.get("exception_type", prefix if message else "")
    return str(kind), str(details.get("exception_message", message or text))


def reader_message(item: str, message: str) -> str:
    """What a reader of a broken item is told; where that one only read another, the other's name is
    enough."""
    return (
        message
        if message.startswith(f"{ITEMS_SCHEMA}.")
        else f"{ITEMS_SCHEMA}.{item} has an error: {message}"
    )


def _details(text: str) -> Mapping[str, Any]:
    """The JSON that DuckDB wrote (errors_as_json); an empty mapping for plain words."""
    start = text.find("{")
    if start < 0:
        return {}
    try:
        details = read_json(text[start:])
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _split(message: str) -> tuple[str, str | None]:
    """First sentence and the rest, as message and hint, without DuckDB's advice to change
    settings."""
    head, _, tail = message.strip().partition("\n")
    head = re.sub(r",? or SET \w+ ?=.*$", "", head).rstrip(".!")
    tail = "\n".join(line for line in tail.splitlines() if line.strip() and "SET " not in line)
    return head, tail or None


def _offset(details: Mapping[str, Any], shift: int) -> int | None:
    position = details.get("position")
    if not isinstance(position, str) or not position.isdigit():
        return None
    return int(position) - shift if int(position) >= shift else None


def _unknown_column(
    message: str,
    details: Mapping[str, Any],
    columns: Callable[[], str | None],
    offset: int | None,
    length: int,
) -> RawError:
    quoted = re.findall(r'"([^"]+)"', message)
    name = str(
        details.get("name") or (quoted[1] if len(quoted) > 1 else quoted[0] if quoted else "?")
    )
    if "FROM clause is missing" in message:
        return RawError(
            "unknown-column",
            f"there is no column `{name}`: the query has no FROM",
            None,
            offset,
            length,
        )
    choices = columns()
    candidates = str(details.get("candidates") or "").split(",") + re.findall(
        r'"([^"]+)"', message.partition("\n")[2]
    )
    spaced = re.findall(r'"([^"]+)"', choices or "")
    nearby = {**dict.fromkeys(candidates), **dict.fromkeys(spaced)}
    close = (
        difflib.get_close_matches(name, nearby, 1, 0.6)
        or [entry for entry in spaced if entry.split()[0] == name][:1]
    )
    near = f"Did you mean {_as_written(close[0])}?" if close else None
    hint = " ".join(part for part in (near, choices) if part)
    return RawError("unknown-column", f"there is no column `{name}`", hint or None, offset, length)


def _as_written(name: str) -> str:
    """A column as SQL writes it; what is more than a word stands in double quotes."""
    return f"`{name}`" if re.fullmatch(r"[^\W\d]\w*", name) else f'"{name}", in double quotes'


def _did_you_mean(details: Mapping[str, Any]) -> str | None:
    candidates = [
        candidate for candidate in str(details.get("candidates") or "").split(",") if candidate
    ]
    return f"Did you mean {' or '.join(candidates[:3])}?" if candidates else None


def _takes(details: Mapping[str, Any]) -> Sequence[str]:
    """Signatures of a function, without names and results."""
    signatures = re.findall(
        r"\w+\(([^()]*(?:\([^()]*\)[^()]*)*)\)", str(details.get("candidates") or "")
    )
    return list(dict.fromkeys(_only_types(signature) for signature in signatures))[:4]


_LITERAL = re.compile(r"\b(STRING|INTEGER)_LITERAL\b")


def _other_types(call: str) -> str:
    """What to write, where DuckDB does not tell which types it takes."""
    days_to_time = re.fullmatch(r"([+-])\(TIMESTAMP[\w ]*, \w*INT\w*\)", call)
    if days_to_time:
        return (
            f"Add or take away an interval: {days_to_time[1]} INTERVAL 7 DAY. date_trunc returns a"
            " timestamp; cast it to DATE to count in days."
        )
    return "Cast one of the values to the type of the other."


def _only_types(signature: str) -> str:
    """2.0 names the parameters, (arg DECIMAL, /); 1.5 gives the types alone."""
    return re.sub(r'"?\b[a-z_]\w*"? (?=[A-Z])', "", signature).replace(", /", "")


def to_error(
    sql: str,
    message: str,
    *,
    fault: QueryFault = "failed",
    hint: str | None = None,
    offset: int | None = None,
    length: int = 1,
) -> QueryError:
    """The QueryError for a complaint about `sql`: its byte offset becomes line and column."""
    if offset is None:
        return QueryError(message, fault=fault, hint=hint)
    before = sql.encode("utf-8", "replace")[: max(0, offset)].decode("utf-8", "ignore")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return QueryError(
        message, fault=fault, hint=hint, line=line, column=column, length=max(1, length)
    )
