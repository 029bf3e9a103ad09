"""Random queries about truth values, types, steps and counts, with NULLs everywhere."""

from __future__ import annotations

from random import Random

import duckdb

SCHEMA = {
    "t": {
        "n": "INTEGER",
        "m": "SMALLINT",
        "f": "DOUBLE",
        "c": "DECIMAL(9,2)",
        "d": "DATE",
        "ts": "TIMESTAMP",
        "s": "VARCHAR",
        "ok": "BOOLEAN",
        "no": "BOOLEAN",
    },
    "u": {"n": "INTEGER", "s": "VARCHAR", "ok": "BOOLEAN"},
}
VALUES = {
    "INTEGER": ("NULL", "-1", "0", "1", "2", "3"),
    "SMALLINT": ("NULL", "0", "1", "4"),
    "DOUBLE": ("NULL", "0", "1.5", "2", "'nan'"),
    "DECIMAL(9,2)": ("NULL", "0", "1.50", "2"),
    "DATE": ("NULL", "'2013-01-31'", "'2013-02-01'", "'2013-02-28'", "'2013-03-01'"),
    "TIMESTAMP": ("NULL", "'2013-01-31 00:00:00'", "'2013-01-31 12:00:00'", "'2013-03-01'"),
    "VARCHAR": ("NULL", "''", "'a'", "'ab'", "'A'", "'b%'", "'true'"),
    "BOOLEAN": ("NULL", "true", "false"),
}
DAYS = ("DATE '2013-01-31'", "'2013-02-01'", "DATE '2013-02-28'", "TIMESTAMP '2013-01-31 00:00:00'")
COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")
PATTERNS = ("'a%'", "'%b'", "'%a%'", "'a_'", "'a'", "'%'", "'b!%' ESCAPE '!'")


def open_small(seed: int, rows: int) -> duckdb.DuckDBPyConnection:
    """A database with both tables; few values, so that there are duplicates."""
    chance = Random(seed)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for table, columns in SCHEMA.items():
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {table} ({declared})")
        for _ in range(rows):
            values = ", ".join(chance.choice(VALUES[kind]) for kind in columns.values())
            connection.execute(f"INSERT INTO {table} VALUES ({values})")
    return connection


class Writer:
    """Writes one query; `at` is the alias of the table whose columns are named."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.at = ""

    def column(self, *names: str) -> str:
        return self.at + self.chance.choice(names)

    def one_of(self, *texts: str) -> str:
        return self.chance.choice(texts)

    def whole(self) -> str:
        return str(self.chance.choice((-1, 0, 1, 2, 3)))

    def number(self, depth: int) -> str:
        if depth == 0:
            return self.one_of(self.column("n", "m", "f", "c"), self.column("n"), self.whole())
        one, two = self.number(depth - 1), self.number(depth - 1)
        return self.one_of(
            one,
            f"coalesce({one}, {two})",
            f"nullif({one}, {two})",
            f"CASE WHEN {one} IS NULL THEN {two} ELSE {one} END",
            f"CASE WHEN {one} IS NOT NULL THEN {one} ELSE {two} END",
            f"CASE WHEN {one} = {two} THEN NULL ELSE {one} END",
            f"CASE WHEN {self.truth(depth - 1)} THEN {one} ELSE {two} END",
            f"CASE WHEN {self.truth(depth - 1)} THEN NULL ELSE {two} END",
            f"CASE WHEN {self.truth(depth - 1)} IS NOT TRUE THEN {one} END",
            f"if({self.truth(depth - 1)}, {one}, {two})",
            f"({one} + {two})",
            f"{self.column('n')}::INTEGER",
            f"try_cast({self.column('m')} AS SMALLINT)",
            f"CAST({self.column('c')} AS {self.one_of('DECIMAL(9,2)', 'DOUBLE', 'INTEGER')})",
            f"({self.whole()} {self.one_of('+', '-', '*')} {self.whole()})",
            f"{self.column('ok', 'no')}::INTEGER",
        )

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self.one_of(
                self.column("ok", "no"),
                self.column("ok"),
                self.compared(0),
                "TRUE",
                "FALSE",
                "NULL",
            )
        one, two = self.truth(depth - 1), self.truth(depth - 1)
        joint = self.one_of("AND", "OR")
        return self.one_of(
            f"({one} {joint} {two})",
            f"({one} {joint} {two} {joint} {one})",
            f"({one} AND ({one} OR {two}))",
            f"(({one} AND {two}) OR ({one} AND {self.truth(depth - 1)}))",
            f"(({one} OR {two}) AND ({self.truth(depth - 1)} OR {one}))",
            f"({one} {joint} {self.one_of('TRUE', 'FALSE', 'NULL', '1 = 1')})",
            f"({self.column('n', 'm')} {joint} {self.one_of('TRUE', 'FALSE')})",
            f"({self.column('n')} AND {self.column('n')})",
            f"(NOT {one})",
            f"(NOT (NOT {one}))",
            f"({one} IS {self.one_of('', 'NOT ')}{self.one_of('TRUE', 'FALSE', 'NULL')})",
            f"({one} {self.one_of('=', '<>')} {self.one_of('TRUE', 'FALSE')})",
            f"({self.column('n')} = {self.one_of('TRUE', 'FALSE')})",
            f"({self.column('n')} IS {self.one_of('TRUE', 'FALSE')})",
            f"coalesce({one}, {self.one_of('FALSE', 'TRUE', two)})",
            f"CASE WHEN {one} THEN {self.one_of('TRUE', two)}"
            f" {self.one_of('', 'ELSE FALSE', 'ELSE NULL')} END",
            f"CASE WHEN {one} THEN FALSE ELSE TRUE END",
            f"({one})::BOOLEAN",
            self.compared(depth - 1),
            self.compared(depth - 1),
        )

    def compared(self, depth: int) -> str:
        number, other = self.number(depth), self.number(depth)
        sign = self.one_of(*COMPARISONS)
        text = self.one_of("'a'", "'ab'", "''")
        return self.one_of(
            f"({number} {sign} {other})",
            f"({self.column('n', 'm', 'f')} {sign} {self.whole()})",
            f"({self.whole()} {sign} {self.column('n', 'm', 'f', 'c')})",
            f"(NOT {self.column('n', 'm')} {sign} {self.whole()})",
            f"({self.column('n', 'f')} {self.one_of('', 'NOT ')}BETWEEN {self.whole()} AND"
            f" {self.whole()})",
            f"({self.column('d', 'ts')} {sign} {self.one_of(*DAYS)})",
            f"({self.column('d', 'ts')} BETWEEN {self.one_of(*DAYS)} AND {self.one_of(*DAYS)})",
            f"({self.column('d')} {sign} DATE '2013-02-01' - INTERVAL 1 DAY)",
            f"({self.column('s')} {self.one_of('', 'NOT ')}LIKE {self.one_of(*PATTERNS)})",
            f"starts_with({self.column('s')}, {text})",
            f"({self.column('s')} {self.one_of('=', '<>')} {text})",
            f"({self.column('s')} {self.one_of('', 'NOT ')}IN ('a', {self.one_of('NULL', text)}))",
            f"({self.column('s')}::VARCHAR IS {self.one_of('', 'NOT ')}DISTINCT FROM"
            f" {self.one_of(text, 'NULL')})",
            f"({self.column('s')} = 'a' || {self.one_of(text, 'upper(' + text + ')')})",
            f"({number} IS {self.one_of('', 'NOT ')}DISTINCT FROM {other})",
        )

    def counted(self, depth: int) -> str:
        number = self.number(depth)
        base = self.one_of(
            "count(*)",
            "count(1)",
            f"count({number})",
            f"sum({number})",
            f"avg({self.column('n')})",
            f"max({number})",
            f"count(DISTINCT {number})",
            f"count(CASE WHEN {self.truth(depth)} THEN {self.one_of('1', number)} END)",
            f"sum(CASE WHEN {self.truth(depth)} THEN {number} {self.one_of('', 'ELSE 0')} END)",
        )
        test = self.one_of(
            self.truth(depth), f"{number} IS NOT NULL", f"{number} IS NOT NULL AND {self.truth(0)}"
        )
        return self.one_of(
            base, f"{base} FILTER (WHERE {test})", f"count(*) FILTER (WHERE {test})::BIGINT"
        )

    # -- queries
    # --------------------------------------------------------------------------------------------

    def query(self) -> str:
        kind = self.chance.randrange(8)
        if kind < 2:
            return f"SELECT {self.shown()} FROM t WHERE {self.truth(2)}"
        if kind < 4:
            return self.grouped("t", f"WHERE {self.truth(1)}" if self.chance.random() < 0.6 else "")
        if kind == 4:
            return self.joined()
        return self.stepped()

    def shown(self) -> str:
        return f"{self.one_of(self.truth(2), self.number(2))} AS v, {self.column('n')} AS w"

    def grouped(self, source: str, where: str) -> str:
        key = self.one_of(
            self.column("s"), self.truth(1), self.number(1), f"{self.column('d')}::DATE"
        )
        label = self.one_of("", "'x' AS label, ", "TRUE AS label, ", "NULL AS label, ")
        value = self.counted(1)
        by = self.one_of("ALL", "k", key, f"{key}, 'x'", f"{key}, {key}")
        having = self.one_of(
            "", "", f" HAVING {self.counted(0)} {self.one_of(*COMPARISONS)} {self.whole()}"
        )
        if self.chance.random() < 0.3:
            by = self.one_of("", " GROUP BY ALL") if label else ""
            return f"SELECT {label}{value} AS v FROM {source} {where}{by}"
        return f"SELECT {label}{key} AS k, {value} AS v FROM {source} {where} GROUP BY {by}{having}"

    def joined(self) -> str:
        self.at = "t."
        on = f"t.n = u.n AND {self.truth(1)}"
        where = self.truth(1)
        right = self.one_of(
            "u", f"(SELECT * FROM u WHERE {self.one_of('ok', 'n > 1', 'ok IS TRUE')}) u"
        )
        kind = self.one_of("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN")
        shown = f"{self.truth(1)} AS v" + (
            "" if kind in ("SEMI JOIN", "ANTI JOIN") else ", u.s AS w"
        )
        return f"SELECT {shown} FROM t {kind} {right} ON {on} WHERE {where}"

    def stepped(self) -> str:
        inner = f"SELECT * FROM t WHERE {self.truth(1)}"
        if self.chance.random() < 0.3:
            inner = f"SELECT * FROM ({inner}) i WHERE {self.truth(1)}"
        where = f"WHERE {self.truth(1)}" if self.chance.random() < 0.5 else ""
        kind = self.chance.randrange(4)
        if kind == 0:
            outer = f"SELECT * FROM q {where}"
        elif kind == 1:
            outer = self.grouped("q", where)
        elif kind == 2:
            computed = f"SELECT {self.truth(1)} AS ok, {self.number(1)} AS n, s FROM q"
            test = self.one_of("ok", "ok = true", "n < 2", "ok IS NOT TRUE")
            outer = (
                f"SELECT ok, sum(n) AS v, count(s) AS w FROM ({computed}) r WHERE {test} GROUP"
                " BY ok"
            )
        else:
            outer = f"SELECT {self.shown()} FROM q {where}"
        return f"WITH q AS ({inner}) {outer}"


def random_truths(chance: Random) -> str:
    """One query."""
    return Writer(chance).query()
