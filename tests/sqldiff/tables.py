"""The tables that the queries of these tests read, with NULLs in every column that may have
them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import duckdb

SCHEMA: Mapping[str, Mapping[str, str]] = {
    "flights": {
        "flight_date": "DATE",
        "carrier": "VARCHAR",
        "origin": "VARCHAR",
        "dest": "VARCHAR",
        "dep_delay": "DOUBLE",
        "arr_delay": "DOUBLE",
        "distance": "INTEGER",
        "cancelled": "BOOLEAN",
    },
    "carriers": {"code": "VARCHAR", "name": "VARCHAR", "country": "VARCHAR"},
    "orders": {
        "order_id": "INTEGER",
        "office_id": "INTEGER",
        "delivery_address_id": "INTEGER",
        "ordered_at": "TIMESTAMP",
        "status": "VARCHAR",
        "amount": "DOUBLE",
        "channel": "VARCHAR",
    },
    "offices": {"office_id": "INTEGER", "plan": "VARCHAR", "region": "VARCHAR", "opened": "DATE"},
    "refunds": {"order_id": "INTEGER", "refunded_at": "TIMESTAMP", "amount": "DOUBLE"},
    "events": {"user_id": "INTEGER", "ts": "TIMESTAMP", "kind": "VARCHAR", "value": "INTEGER"},
    "events_v2": {"user_id": "INTEGER", "ts": "TIMESTAMP", "kind": "VARCHAR", "value": "INTEGER"},
}

VALUES: Mapping[str, tuple[object, ...]] = {
    "carrier": ("AA", "UA", "B6", "9E", None),
    "code": ("AA", "UA", "B6", "DL", None),
    "name": ("American", "United", "JetBlue", "Delta", None),
    "country": ("US", "CA", None),
    "origin": ("JFK", "LGA", "EWR", None),
    "dest": ("BOS", "ORD", "JFK", None),
    "status": ("paid", "cancelled", "refunded", "open", None),
    "channel": ("web", "phone", "Web", None),
    "plan": ("trial", "basic", "pro", None),
    "region": ("DACH", "Benelux", "Nordics", None),
    "kind": ("view", "click", "buy", "pre_view", "preview", None),
}


def open_tables(seed: int, rows: int = 60) -> duckdb.DuckDBPyConnection:
    """A database with all tables, filled by chance; small domains, so that joins and groups have
    members."""
    chance = random.Random(seed)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for table, columns in SCHEMA.items():
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {table} ({declared})")
        records = [
            [_value(chance, name, kind) for name, kind in columns.items()] for _ in range(rows)
        ]
        marks = f"({', '.join('?' * len(columns))})"
        values = [value for record in records for value in record]
        connection.execute(f"INSERT INTO {table} VALUES {', '.join([marks] * rows)}", values)
    return connection


def _value(chance: random.Random, name: str, kind: str) -> object:
    if name in VALUES:
        return chance.choice(VALUES[name])
    if chance.random() < 0.12:
        return None
    if kind == "DATE":
        return f"2013-{chance.randint(9, 12):02}-{chance.randint(1, 28):02}"
    if kind == "TIMESTAMP":
        hour = chance.choice((0, 0, 9, 23))
        return f"2013-{chance.randint(10, 11):02}-{chance.randint(1, 28):02} {hour:02}:00:00"
    if kind == "BOOLEAN":
        return chance.random() < 0.5
    if kind == "DOUBLE":
        return float(chance.choice((-5, 0, 1.5, 10, 15, 16, 40)))
    return chance.randint(1, 9)


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Counter[tuple[object, ...]]:
    """The rows of a query, in any order; floats to nine digits."""
    return Counter(tuple(map(_plain, row)) for row in connection.execute(sql).fetchall())


def _plain(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.9g}") if value == value else "nan"
    return repr(value) if isinstance(value, list | dict) else value
