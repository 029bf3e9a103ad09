"""What the queries that ask the data of a query have in common. Pure."""

from __future__ import annotations

from sqlglot import exp

from sharekit.numbers.additivity.probe_types import TextPosition


def position_of(identifier: exp.Identifier | None, item: str) -> TextPosition:
    """Where an identifier stands in the text of an item; its first line where nobody knows."""
    if identifier is None or "line" not in identifier.meta:
        return TextPosition(item, 1, None, 1)
    line, end, length = (
        int(identifier.meta["line"]),
        int(identifier.meta["col"]),
        len(identifier.name),
    )
    return TextPosition(item, line, max(1, end - length + 1), length)


def steps_in_scope(select: exp.Select) -> str:
    """The steps (WITH) that a SELECT sees, outermost first, as the beginning of a query."""
    steps: dict[str, str] = {}
    node: exp.Expr | None = select
    while node is not None:
        clause = node.args.get("with_")
        for step in clause.expressions if clause is not None else ():
            steps.setdefault(step.alias.lower(), step.sql(dialect="duckdb"))
        node = node.parent
    if not steps:
        return ""
    recursive = any(with_.args.get("recursive") for with_ in select.root().find_all(exp.With))
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(steps.values())} "
