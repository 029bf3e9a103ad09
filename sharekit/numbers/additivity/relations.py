"""What a FROM clause holds: its sources, their columns, which of them are equal, and what
identifies a row. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct
from sqlglot import exp

from sharekit.numbers.additivity.column_additivity import ROW, UNKNOWN, Additivity
from sharekit.records import replace
from sharekit.sqldiff.canonical.syntax_trees import conjuncts

Ref = tuple[str, str]
"""A source's alias and the name of one of its columns, in lower case."""


@dataclass(frozen=True)
class Relation:
    """The rows of a table, a view, a step or a whole query."""

    columns: Mapping[str, Additivity] = field(default_factory=dict)
    """By name in lower case, in order."""
    rest: Additivity | None = None
    """What all other names are; None where there are no others."""
    keys: frozenset[str] | None = None
    """Columns that tell groups apart; None where rows are those of a source."""
    hidden: bool = False
    """Whether groups are also told apart by something that is not a column here."""
    totals: bool = False
    """Whether some rows are totals of others."""
    spread: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Columns over which one row of a source comes again and again, such as the days of a contract,
    each with the columns that do not: those of the source that it is of itself."""
    origin: object = field(default=None, compare=False, hash=False)
    """The SELECT that makes these rows; None where there is none."""

    def column(self, name: str) -> Additivity | None:
        return self.columns.get(name, self.rest)


SOURCE = Relation(rest=ROW)
"""A table of which nothing is known but that its rows are rows."""
UNREADABLE = Relation(rest=UNKNOWN)


class SourceScope(Struct):
    """The sources of one SELECT by alias, and how they are joined."""

    sources: dict[str, Relation] = msgspec.field(default_factory=dict)
    unnested: set[str] = msgspec.field(default_factory=set)
    equal: dict[Ref, set[Ref]] = msgspec.field(default_factory=dict)
    """Columns that a join or a condition makes equal."""
    joined: dict[str, set[Ref]] = msgspec.field(default_factory=dict)
    """Alias -> its columns in conditions of joins."""

    def add(self, alias: str, relation: Relation) -> None:
        self.sources[alias.lower()] = relation

    def resolve(self, column: exp.Column) -> Ref | None:
        """The source and the name of a column; None where it could be one of several, or of
        none."""
        name = column.name.lower()
        if column.table:
            alias = column.table.lower()
            return (alias, name) if alias in self.sources else None
        sure = [alias for alias, relation in self.sources.items() if name in relation.columns]
        if not sure:
            open_ended = {
                alias: relation
                for alias, relation in self.sources.items()
                if relation.rest is not None
            }
            sure = [alias for alias in open_ended if not open_ended[alias].columns]
            sure = sure or list(open_ended)
            kinds = {self.sources[alias].rest for alias in sure}
            sure = sure[:1] if len(kinds) == 1 else sure
        first = (sure[0], name) if sure else None
        if first and all((alias, name) in self.equal_refs(first) for alias in sure):
            return first
        return None

    def equal_refs(self, ref: Ref) -> set[Ref]:
        """A column and all that are equal to it."""
        same, wave = {ref}, [ref]
        while wave:
            for equal_ref in self.equal.get(wave.pop(), ()):
                if equal_ref not in same:
                    same.add(equal_ref)
                    wave.append(equal_ref)
        return same

    def additivity(self, ref: Ref) -> Additivity:
        return self.sources[ref[0]].column(ref[1]) or UNKNOWN

    def join(self, join: exp.Join, alias: str, before: list[str]) -> None:
        """Note which columns a join makes equal."""
        for identifier in join.args.get("using") or ():
            name = identifier.name.lower()
            holders = [source for source in before if self.sources[source].column(name) is not None]
            for holder in holders:
                self._equate((holder, name), (alias, name))
        self.conditions(join.args.get("on"))

    def conditions(self, condition: exp.Expr | None) -> None:
        """Note the equalities that a condition demands, and the columns that it looks at."""
        for conjunct in conjuncts(condition):
            inner = conjunct.unnest()
            refs = [ref for column in inner.find_all(exp.Column) if (ref := self.resolve(column))]
            for ref in refs:
                self.joined.setdefault(ref[0], set()).add(ref)
            sides = isinstance(inner, exp.EQ) and [inner.this.unnest(), inner.expression.unnest()]
            if sides and all(isinstance(side, exp.Column) for side in sides) and len(refs) == 2:
                self._equate(refs[0], refs[1])

    def _equate(self, left: Ref, right: Ref) -> None:
        if left[0] != right[0]:
            self.equal.setdefault(left, set()).add(right)
            self.equal.setdefault(right, set()).add(left)

    def loose(self, alias: str) -> bool:
        """Whether a source stands beside others without a column that equals one of theirs."""
        return len(self.sources) > 1 and not any(ref[0] == alias for ref in self.equal)

    @property
    def keys(self) -> set[Ref] | None:
        """What tells groups apart, of all sources that are groups; None where none is."""
        grouped = {
            alias: relation.keys
            for alias, relation in self.sources.items()
            if relation.keys is not None
        }
        return (
            {(alias, name) for alias, names in grouped.items() for name in names}
            if grouped
            else None
        )

    @property
    def hidden(self) -> bool:
        return any(relation.hidden for relation in self.sources.values())

    @property
    def totals(self) -> bool:
        return any(relation.totals for relation in self.sources.values())


def expand(scope: SourceScope, star: exp.Expr) -> Iterator[tuple[str, Ref]] | None:
    """The columns that a star stands for, so far as they are known by name; None where that cannot
    be told."""
    table = star.table.lower() if isinstance(star, exp.Column) else ""
    inner = star.this if isinstance(star, exp.Column) else star
    if not isinstance(inner, exp.Star) or inner.args.get("rename") or inner.args.get("ilike"):
        return None
    out = {entry.name.lower() for entry in inner.args.get("except_") or ()}
    out |= {entry.alias.lower() for entry in inner.args.get("replace") or ()}
    aliases = [table] if table else list(scope.sources)
    if any(alias not in scope.sources for alias in aliases):
        return None
    return (
        (name, (alias, name))
        for alias in aliases
        for name in scope.sources[alias].columns
        if name not in out
    )


def with_groups_left_out(relation: Relation, why: str = "LIMIT leaves rows out") -> Relation:
    """A relation of which only some groups are there: their values are no parts of a whole."""
    columns = {
        name: Additivity("adds", why, frozenset(relation.columns))
        if additivity.how == "adds"
        else additivity
        for name, additivity in relation.columns.items()
    }
    return replace(relation, columns=columns)
