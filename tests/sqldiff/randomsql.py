"""Random queries over the tables of tables.py: nested, grouped, joined. DuckDB accepts nearly all
of them."""

from __future__ import annotations

from random import Random
from typing import TypeAlias

TEXTS = {
    "flights": ("carrier", "origin", "dest"),
    "carriers": ("code", "name", "country"),
    "orders": ("status", "channel"),
    "offices": ("plan", "region"),
    "events": ("kind",),
}
NUMBERS = {
    "flights": ("dep_delay", "arr_delay", "distance"),
    "carriers": (),
    "orders": ("order_id", "office_id", "amount"),
    "offices": ("office_id",),
    "events": ("user_id", "value"),
}
WORDS = ("JFK", "LGA", "AA", "UA", "paid", "open", "web", "pro", "DACH", "buy", "US")
AGGREGATES = ("count", "sum", "avg", "min", "max", "median")


class Scope:
    """What can be named: (text of the column, whether it is a number)."""

    def __init__(self, columns: list[tuple[str, bool]]) -> None:
        self.columns = columns

    def number(self, chance: Random) -> str:
        numbers = [name for name, is_number in self.columns if is_number]
        return chance.choice(numbers) if numbers else str(chance.randint(0, 9))

    def text(self, chance: Random) -> str:
        texts = [name for name, is_number in self.columns if not is_number]
        return chance.choice(texts) if texts else f"'{chance.choice(WORDS)}'"


def random_query(chance: Random) -> str:
    """A whole query, at times with CTEs or as a set operation."""
    ctes: Ctes = []
    written = []
    for place in range(chance.choice((0, 0, 1, 2))):
        sql, columns = select(chance, 1, ctes)
        ctes.append((f"step{place}", columns))
        written.append(f"step{place} AS ({sql})")
    sql, columns = select(chance, 2, ctes)
    if chance.random() < 0.15:
        name, kind = columns[0][0], chance.choice(SETS)
        sql = (
            f"SELECT {name} FROM ({sql}) s1 {kind} SELECT {name} FROM ({sql}) s2 WHERE {name} IS"
            " NOT NULL"
        )
    return (f"WITH {', '.join(written)} " if written else "") + sql


Ctes: TypeAlias = list[tuple[str, list[tuple[str, bool]]]]
JOINS = (
    "JOIN",
    "JOIN",
    "INNER JOIN",
    "LEFT JOIN",
    "LEFT OUTER JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    ",",
)
SETS = ("UNION ALL", "UNION", "EXCEPT", "INTERSECT")


def select(
    chance: Random, depth: int, ctes: list[tuple[str, list[tuple[str, bool]]]]
) -> tuple[str, list[tuple[str, bool]]]:
    """One SELECT and the columns it returns."""
    source, scope = _from(chance, depth, ctes)
    where = f" WHERE {predicate(chance, scope, 2, depth, ctes)}" if chance.random() < 0.7 else ""
    style = chance.random()
    if style < 0.35:
        return _grouped(chance, source, scope, where)
    if style < 0.45:
        return _windowed(chance, source, scope, where)
    columns = []
    parts = []
    for place in range(chance.randint(1, 3)):
        is_number = chance.random() < 0.6
        expression = value(chance, scope) if is_number else scope.text(chance)
        parts.append(f"{expression} AS c{place}")
        columns.append((f"c{place}", is_number))
    distinct = "DISTINCT " if chance.random() < 0.2 else ""
    return f"SELECT {distinct}{', '.join(parts)} FROM {source}{where}", columns


def _from(chance: Random, depth: int, ctes: Ctes) -> tuple[str, Scope]:
    text, columns = _source(chance, "t0", depth, ctes)
    for place in range(1, chance.choice((1, 1, 1, 2, 3))):
        alias = f"t{place}"
        other, more = _source(chance, alias, depth, ctes)
        kind = chance.choice(
            (
                "JOIN",
                "JOIN",
                "INNER JOIN",
                "LEFT JOIN",
                "LEFT OUTER JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                ",",
            )
        )
        left, right = Scope(columns), Scope(more)
        columns = columns + more
        if kind == ",":
            text += f" CROSS JOIN {other}"
        else:
            use_number = any(flag for _, flag in more) and chance.random() < 0.6
            pair = (
                (left.number(chance), right.number(chance))
                if use_number
                else (left.text(chance), right.text(chance))
            )
            extra = (
                f" AND {comparison(chance, right)}"
                if chance.random() < 0.3 and "FULL" not in kind
                else ""
            )
            text += f" {kind} {other} ON {pair[0]} = {pair[1]}{extra}"
    return text, Scope(columns)


def _source(
    chance: Random, alias: str, depth: int, ctes: list[tuple[str, list[tuple[str, bool]]]]
) -> tuple[str, list[tuple[str, bool]]]:
    if ctes and chance.random() < 0.4:
        name, columns = chance.choice(ctes)
        return f"{name} {alias}", [(f"{alias}.{column}", flag) for column, flag in columns]
    if depth > 0 and chance.random() < 0.35:
        sql, columns = select(chance, depth - 1, ctes)
        return f"({sql}) AS {alias}", [(f"{alias}.{column}", flag) for column, flag in columns]
    table = chance.choice(tuple(TEXTS))
    found = [(f"{alias}.{column}", False) for column in TEXTS[table]]
    return f"{table} {alias}", found + [(f"{alias}.{column}", True) for column in NUMBERS[table]]


def _grouped(
    chance: Random, source: str, scope: Scope, where: str
) -> tuple[str, list[tuple[str, bool]]]:
    keys = [scope.text(chance) for _ in range(chance.randint(0, 2))]
    parts = [f"{key} AS k{place}" for place, key in enumerate(keys)]
    columns = [(f"k{place}", False) for place in range(len(keys))]
    for place in range(chance.randint(1, 2)):
        parts.append(f"{aggregate(chance, scope)} AS a{place}")
        columns.append((f"a{place}", True))
    by = chance.choice(
        (
            ", ".join(keys),
            ", ".join(f"{n + 1}" for n in range(len(keys))),
            ", ".join(f"k{n}" for n in range(len(keys))),
        )
    )
    group = f" GROUP BY {by}" if keys else ""
    having = (
        f" HAVING {aggregate(chance, scope)} {chance.choice(('>', '<=', '<>'))}"
        f" {chance.randint(0, 9)}"
        if chance.random() < 0.3
        else ""
    )
    if keys and chance.random() < 0.2:
        having = f" HAVING {keys[0]} <> '{chance.choice(WORDS)}'"
    return f"SELECT {', '.join(parts)} FROM {source}{where}{group}{having}", columns


def _windowed(
    chance: Random, source: str, scope: Scope, where: str
) -> tuple[str, list[tuple[str, bool]]]:
    partition = f"PARTITION BY {scope.text(chance)}" if chance.random() < 0.7 else ""
    order = f"ORDER BY {scope.number(chance)}{chance.choice(('', ' DESC', ' NULLS FIRST'))}"
    function = chance.choice(
        ("rank()", "dense_rank()", f"sum({scope.number(chance)})", f"count({scope.text(chance)})")
    )
    qualify = (
        f" QUALIFY {function} OVER ({partition} {order}) <= 3" if chance.random() < 0.4 else ""
    )
    text = (
        f"SELECT {scope.text(chance)} AS c0, {function} OVER ({partition} {order}) AS w FROM"
        f" {source}{where}{qualify}"
    )
    return text, [("c0", False), ("w", True)]


def aggregate(chance: Random, scope: Scope) -> str:
    kind = chance.choice(AGGREGATES)
    argument = scope.number(chance)
    roll = chance.random()
    if kind == "count" and roll < 0.4:
        base = chance.choice(("count(*)", "count(1)", "count()"))
    elif roll < 0.2:
        base = f"{kind}(CASE WHEN {comparison(chance, scope)} THEN {argument} END)"
    elif roll < 0.3:
        base = f"{kind}(DISTINCT {argument})"
    else:
        base = f"{kind}({argument})"
    return f"{base} FILTER (WHERE {comparison(chance, scope)})" if chance.random() < 0.2 else base


def value(chance: Random, scope: Scope) -> str:
    roll = chance.random()
    if roll < 0.4:
        return scope.number(chance)
    if roll < 0.6:
        other = chance.choice((scope.number(chance), str(chance.randint(0, 5))))
        return f"({scope.number(chance)} {chance.choice('+-*')} {other})"
    if roll < 0.7:
        return f"coalesce({scope.number(chance)}, {chance.randint(0, 3)})"
    if roll < 0.85:
        other = chance.choice(("", f" ELSE {scope.number(chance)}", " ELSE NULL"))
        return f"CASE WHEN {comparison(chance, scope)} THEN {scope.number(chance)}{other} END"
    if roll < 0.93:
        one, other = chance.choice(WORDS), chance.choice(WORDS)
        return f"CASE {scope.text(chance)} WHEN '{one}' THEN 1 WHEN '{other}' THEN 2 ELSE 3 END"
    return f"if({comparison(chance, scope)}, {scope.number(chance)}, {chance.randint(0, 3)})"


def comparison(chance: Random, scope: Scope) -> str:
    roll = chance.random()
    operator = chance.choice(("=", "<>", "<", "<=", ">", ">="))
    if roll < 0.35:
        other = chance.choice((value(chance, scope), str(chance.randint(0, 9)), "1.50"))
        return f"{value(chance, scope)} {operator} {other}"
    if roll < 0.55:
        return f"{scope.text(chance)} {chance.choice(('=', '<>'))} '{chance.choice(WORDS)}'"
    if roll < 0.7:
        words = ", ".join(f"'{word}'" for word in chance.sample(WORDS, chance.randint(1, 3)))
        return f"{scope.text(chance)} {chance.choice(('IN', 'NOT IN'))} ({words})"
    if roll < 0.8:
        between = chance.choice(("BETWEEN", "NOT BETWEEN"))
        return f"{scope.number(chance)} {between} {chance.randint(0, 4)} AND {chance.randint(3, 9)}"
    if roll < 0.9:
        return f"{scope.text(chance)} {chance.choice(('IS NULL', 'IS NOT NULL'))}"
    if roll < 0.95:
        return (
            f"{scope.text(chance)} IS {chance.choice(('', 'NOT '))}DISTINCT FROM"
            f" {scope.text(chance)}"
        )
    return f"{scope.text(chance)} {chance.choice(('LIKE', 'NOT LIKE'))} '%{chance.choice('AJp')}%'"


def predicate(
    chance: Random,
    scope: Scope,
    size: int,
    depth: int,
    ctes: list[tuple[str, list[tuple[str, bool]]]],
) -> str:
    roll = chance.random()
    if size == 0 or roll < 0.35:
        return comparison(chance, scope)
    if roll < 0.75:
        parts = [
            predicate(chance, scope, size - 1, depth, ctes) for _ in range(chance.randint(2, 3))
        ]
        return "(" + f" {chance.choice(('AND', 'OR'))} ".join(parts) + ")"
    if roll < 0.88 or depth == 0:
        return f"NOT ({predicate(chance, scope, size - 1, depth, ctes)})"
    table = chance.choice(("carriers", "offices", "events"))
    inner = Scope(
        [(f"i.{name}", False) for name in TEXTS[table]]
        + [(f"i.{name}", True) for name in NUMBERS[table]]
    )
    test = comparison(chance, inner)
    if roll < 0.94:
        match = f"{inner.text(chance)} = {scope.text(chance)}"
        return (
            f"{chance.choice(('', 'NOT '))}EXISTS (SELECT 1 FROM {table} i WHERE {match} AND"
            f" {test})"
        )
    members = f"SELECT {inner.text(chance)} FROM {table} i WHERE {test}"
    return f"{scope.text(chance)} {chance.choice(('IN', 'NOT IN'))} ({members})"
