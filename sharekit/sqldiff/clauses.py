"""A query taken apart into clauses that can be compared: tables, filters, columns, each with a key and its spelling.

The key tells whether two clauses are the same, whatever alias a table has; the spelling is the author's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

Node = exp.Expr


@dataclass(frozen=True)
class Clause:
    """One filter, column or condition."""

    key: str
    text: str
    node: Node


@dataclass(frozen=True)
class Reads:
    """One table, view, step or subquery in FROM or JOIN."""

    name: str
    """As it is read: `flights`, `metrics._weekly`, or a subquery's alias."""
    join: str
    """"" for the first, else how it is joined: "JOIN", "LEFT JOIN"."""
    on: tuple[Clause, ...]
    """Conjuncts of ON, or USING as one."""
    query: Node | None
    """A subquery's own query."""


class Speller:
    """Spells nodes for people and for comparison, in one dialect and one query's scope."""

    def __init__(self, select: exp.Select, dialect: str) -> None:
        self.dialect = dialect
        self.tables = dict(_aliases(select))

    def text(self, node: Node) -> str:
        """As the author would write it, on one line."""
        return " ".join(node.sql(self.dialect, comments=False, normalize_functions="lower").split())

    def clause(self, node: Node) -> Clause:
        plain = node.unalias() if isinstance(node, exp.Alias) else node
        while isinstance(plain, exp.Paren):
            plain = plain.this
        return Clause(self.key(plain), self.text(plain), plain)

    def key(self, node: Node) -> str:
        """The same for two spellings that differ in letter case of names, or in the alias of a table, alone."""
        copied = node.copy()
        for column in list(copied.find_all(exp.Column)):
            qualifier = column.table.lower()
            alone = len(self.tables) == 1 and qualifier in ("", *self.tables)
            column.set("table", None if alone else exp.to_identifier(self.tables.get(qualifier, qualifier) or None))
        for identifier in copied.find_all(exp.Identifier):
            if not identifier.quoted:
                identifier.set("this", str(identifier.this).lower())
            identifier.set("quoted", False)
        return copied.sql(self.dialect, comments=False, normalize_functions="upper")


def conjuncts(node: Node | None, speller: Speller) -> tuple[Clause, ...]:
    """The parts of a condition that all must hold."""
    if node is None:
        return ()
    while isinstance(node, exp.Paren):
        node = node.this
    parts = node.flatten() if isinstance(node, exp.And) else [node]
    return tuple(speller.clause(part) for part in parts)


def reads(select: exp.Select, speller: Speller) -> tuple[Reads, ...]:
    """Everything in FROM and JOIN, in order."""
    found: list[Reads] = []
    start = select.args.get("from_")
    if start is not None:
        found.append(Reads(_name(start.this, speller), "", (), _inner(start.this)))
    for join in select.args.get("joins") or []:
        words = [join.args.get("method"), join.args.get("side"), join.args.get("kind"), "JOIN"]
        using = join.args.get("using")
        on = conjuncts(join.args.get("on"), speller)
        if using:
            text = f"USING ({', '.join(speller.text(column) for column in using)})"
            on = (Clause(text.lower(), text, using[0]),)
        kind = " ".join(str(word).upper() for word in words if word)
        found.append(Reads(_name(join.this, speller), kind.replace("INNER ", ""), on, _inner(join.this)))
    return tuple(found)


def columns(select: exp.Select, speller: Speller) -> Mapping[str, Clause]:
    """What is selected, by output name; unnamed columns by their spelling."""
    found: dict[str, Clause] = {}
    for node in select.expressions:
        name = node.alias_or_name if not isinstance(node, exp.Star) else "*"
        found[(name or speller.text(node)).lower()] = speller.clause(node)
    return found


def steps(query: Node) -> Mapping[str, Node]:
    """Queries of the WITH clause by name, in order."""
    clause = query.args.get("with_")
    return {cte.alias: cte.this for cte in clause.expressions} if clause is not None else {}


def _aliases(select: exp.Select) -> Iterator[tuple[str, str]]:
    start = select.args.get("from_")
    sources = [start.this] if start is not None else []
    sources += [join.this for join in select.args.get("joins") or []]
    for source in sources:
        if isinstance(source, exp.Table):
            yield source.alias_or_name.lower(), source.name.lower()
        elif source.alias:
            yield source.alias.lower(), source.alias.lower()


def _name(source: Node, speller: Speller) -> str:
    if isinstance(source, exp.Table):
        bare = source.copy()
        bare.set("alias", None)
        return speller.text(bare)
    return source.alias or "subquery"


def _inner(source: Node) -> Node | None:
    return source.this if isinstance(source, exp.Subquery) else None
