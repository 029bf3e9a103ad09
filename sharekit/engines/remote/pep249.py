"""What plain PEP 249 drivers have in common: execute, description, fetchmany, and a cursor to
cancel by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sharekit.engines.remote.adapter import (
    Adapter,
    DriverError,
    EngineUrl,
    Field,
    Reply,
    batches,
    execute,
    one_value,
)
from sharekit.errors import QueryFault

ROWS_OF = "SELECT * FROM (\n{sql}\n) AS sharekit_rows"


class DriverLink:
    """A driver's connection, and the cursor that runs on it now."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.running: Any = None

    def cursor(self) -> Any:
        self.running = self.raw.cursor()
        return self.running

    def close(self) -> None:
        self.raw.close()


def make(
    connect: Callable[[EngineUrl, float], Any],
    type_of: Callable[[Sequence[Any]], str | None],
    fault: Callable[[Exception], DriverError],
    *,
    version: str,
    session: Callable[[EngineUrl, float], Iterable[str]] = lambda address, seconds: (),
    begin: tuple[str, ...] = (),
    cap: Callable[[int], str] | None = None,
    cancel: Callable[[DriverLink], None] = lambda link: link.running.cancel(),
    nothing: str = f"{ROWS_OF} LIMIT 0",
) -> Adapter:
    """An adapter around one driver. `session`: statements after connecting to an address, for a
    limit in seconds.
    `cap`: the statement that limits rows; without one, a LIMIT stands around queries whose order
    does not matter."""

    def opened(address: EngineUrl, seconds: float) -> DriverLink:
        link = DriverLink(connect(address, seconds))
        execute(link, session(address, seconds))
        return link

    def read(link: DriverLink, sql: str, size: int) -> Reply:
        cursor = link.cursor()
        cursor.execute(sql)
        return Reply(_fields(cursor), batches(cursor, size))

    def describe(link: DriverLink, sql: str) -> Sequence[Field]:
        cursor = link.cursor()
        cursor.execute(nothing.format(sql=sql))
        return _fields(cursor)

    def _fields(cursor: Any) -> list[Field]:
        return [Field(str(column[0]), type_of(column)) for column in cursor.description]

    return Adapter(
        connect=opened,
        read=read,
        describe=describe,
        cancel=cancel,
        fault=fault,
        version=lambda link: str(one_value(link, version)),
        begin=begin,
        cap=None if cap is None else lambda link, rows: execute(link, (cap(rows),)),
        wrap=cap is None,
    )


def named_type(types: Mapping[str, str]) -> Callable[[Sequence[Any]], str | None]:
    """Types that a driver tells by name, such as "decimal(10,2)"."""

    def type_of(column: Sequence[Any]) -> str | None:
        name = str(column[1]).lower()
        if name.startswith(("decimal", "numeric")):
            digits = re.search(r"\((\d+)\s*,\s*(\d+)\)", name)
            precision, scale = (
                (int(digits[1]), int(digits[2])) if digits else (_int(column, 4), _int(column, 5))
            )
            if precision is None or scale is None or precision > 38:
                return None
            return f"DECIMAL({precision},{scale})"
        return types.get(re.sub(r"\(\d+\)", "", name), "VARCHAR")

    return type_of


def _int(column: Sequence[Any], index: int) -> int | None:
    return column[index] if len(column) > index and isinstance(column[index], int) else None


def fault_reader(
    kinds: Sequence[tuple[str, QueryFault]],
    outside: Sequence[str],
    place: str = r"line:? (?P<line>\d+)[:,]? ?(?:(?:pos|col(?:umn)?|at position):? ?)?(?P<column>\d+)?",
    *,
    first_column: int = 1,
) -> Callable[[Exception], DriverError]:
    """How a driver's messages are read: a word in them tells the kind, a pattern the place.
    `first_column`: how the server counts the first character of a line."""
    spot = re.compile(place, re.IGNORECASE)

    def fault(error: Exception) -> DriverError:
        message = str(getattr(error, "message", None) or getattr(error, "msg", None) or error)
        lower = message.lower()
        match = spot.search(message)
        groups = match.groupdict() if match else {}
        column = groups.get("column")
        return DriverError(
            message,
            next((kind for word, kind in kinds if word in lower), "failed"),
            near=groups.get("near"),
            line=int(groups["line"]) if groups.get("line") else None,
            column=int(column) - first_column + 1 if column else None,
            outside=any(word in lower for word in outside),
        )

    return fault
