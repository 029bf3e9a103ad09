"""Random rewrites that leave the meaning of a query as it is, as people and formatters make
them."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from sqlglot import exp, parse_one

FLIPPED = {
    exp.GT: exp.LT,
    exp.LT: exp.GT,
    exp.GTE: exp.LTE,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}


def rewritten(sql: str, chance: Random, count: int) -> tuple[str, list[str]]:
    """The query after `count` rewrites, and what they were."""
    done: list[str] = []
    for name in chance.sample(tuple(REWRITES), len(REWRITES)):
        if len(done) == count:
            break
        tree = parse_one(sql, read="duckdb")
        if REWRITES[name](tree, chance):
            sql = tree.sql("duckdb")
            done.append(name)
    return _respelled(sql, chance), done


def _respelled(sql: str, chance: Random) -> str:
    """Other spacing and case of keywords, and a comment."""
    style = chance.randrange(4)
    if style == 0:
        return parse_one(sql, read="duckdb").sql("duckdb", pretty=True)
    if style == 1:
        return f"-- as agreed\n{sql} ;"
    if style == 2:
        words = (
            r"\b(SELECT|FROM|WHERE|AND|OR|GROUP BY|ORDER BY|JOIN|LEFT|ON|AS|COUNT|SUM|AVG|IN|NOT)\b"
        )
        parts = re.split(r"('(?:[^']|'')*')", sql)
        return "".join(
            part if part.startswith("'") else re.sub(words, lambda m: m.group().lower(), part)
            for part in parts
        )
    return sql.replace(", ", " ,  ").replace(" ,  ", ", ", 1)


def _pick(tree: exp.Expr, chance: Random, *kinds: type[exp.Expr]) -> exp.Expr | None:
    found = list(tree.find_all(*kinds))
    return chance.choice(found) if found else None


def swap_operands(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.And, exp.Or)
    if node is None:
        return False
    node.replace(type(node)(this=exp.paren(node.expression), expression=exp.paren(node.this)))
    return True


def flip_comparison(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, *FLIPPED)
    if node is None:
        return False
    node.replace(
        FLIPPED[type(node)](this=exp.paren(node.expression), expression=exp.paren(node.this))
    )
    return True


def negate_twice(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.EQ, exp.LT, exp.GTE, exp.In)
    if node is None:
        return False
    node.replace(exp.Not(this=exp.paren(exp.Not(this=exp.paren(node.copy())))))
    return True


def not_equal(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.NEQ)
    if node is None:
        return False
    node.replace(exp.Not(this=exp.paren(exp.EQ(this=node.this, expression=node.expression))))
    return True


def shuffle_list(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.In)
    if node is None or not node.expressions:
        return False
    node.set("expressions", chance.sample(node.expressions, len(node.expressions)))
    return True


def list_to_ors(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.In)
    if node is None or not node.expressions:
        return False
    parts = [exp.EQ(this=node.this.copy(), expression=item.copy()) for item in node.expressions]
    node.replace(exp.paren(exp.or_(*parts)))
    return True


def between(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.Between)
    if node is None:
        return False
    low = exp.GTE(this=node.this.copy(), expression=node.args["low"])
    high = exp.LTE(this=node.this.copy(), expression=node.args["high"])
    node.replace(exp.paren(exp.and_(low, high)))
    return True


def count_one(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.Count)
    if node is None or not isinstance(node.this, exp.Star):
        return False
    node.set("this", exp.Literal.number(1))
    return True


def where_true(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.Where)
    if node is None:
        return False
    truth = chance.choice(
        (exp.true(), exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(1)))
    )
    node.set("this", exp.And(this=truth, expression=exp.paren(node.this)))
    return True


def rename_table(tree: exp.Expr, chance: Random) -> bool:
    """Another alias for a table that has one and is called by it in one SELECT only."""
    tables = [table for table in tree.find_all(exp.Table) if table.alias]
    names = [table.alias for table in tables]
    single = [table for table in tables if names.count(table.alias) == 1]
    if not single:
        return False
    table = chance.choice(single)
    old = table.alias
    for column in tree.find_all(exp.Column):
        if column.table == old:
            column.set("table", exp.to_identifier("renamed"))
    table.set("alias", exp.TableAlias(this=exp.to_identifier("renamed")))
    return True


def rename_cte(tree: exp.Expr, chance: Random) -> bool:
    cte = _pick(tree, chance, exp.CTE)
    if cte is None:
        return False
    old = cte.alias
    for table in tree.find_all(exp.Table):
        if table.name == old and not table.db:
            table.set(
                "alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(old))
            )
            table.set("this", exp.to_identifier("another_name"))
    cte.args["alias"].set("this", exp.to_identifier("another_name"))
    return True


def wrap_whole(tree: exp.Expr, chance: Random) -> bool:
    """A CTE around the whole query, if it is one SELECT with named columns and no ORDER BY."""
    if (
        not isinstance(tree, exp.Select)
        or tree.args.get("order")
        or tree.args.get("with_")
        or tree.args.get("limit")
    ):
        return False
    names = [each.alias_or_name for each in tree.selects]
    if not all(names) or len(set(names)) != len(names):
        return False
    inner = tree.copy()
    for name in list(tree.args):
        tree.set(name, None)
    tree.set("expressions", [exp.column(name) for name in names])
    tree.set(
        "from_",
        exp.From(
            this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("whole")))
        ),
    )
    return True


def unused_cte(tree: exp.Expr, chance: Random) -> bool:
    if not isinstance(tree, exp.Select) or tree.args.get("with_"):
        return False
    tree.set(
        "with_",
        parse_one("WITH nobody AS (SELECT code FROM carriers) SELECT 1", read="duckdb").args[
            "with_"
        ],
    )
    return True


def group_by_place(tree: exp.Expr, chance: Random) -> bool:
    for group in tree.find_all(exp.Group):
        select = group.parent
        if isinstance(select, exp.Select):
            for place, projection in enumerate(select.selects, 1):
                for item in group.expressions:
                    inner = projection.unalias()
                    if item == inner or (
                        isinstance(item, exp.Column)
                        and not item.table
                        and item.name == projection.alias
                    ):
                        item.replace(exp.Literal.number(place))
                        return True
    return False


def case_to_if(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.Case)
    if node is None or node.this is not None or len(node.args["ifs"]) != 1:
        return False
    branch = node.args["ifs"][0]
    otherwise = node.args.get("default") or exp.null()
    node.replace(exp.func("IF", branch.this, branch.args["true"], otherwise, dialect="duckdb"))
    return True


def inner_join(tree: exp.Expr, chance: Random) -> bool:
    node = next(
        (
            join
            for join in tree.find_all(exp.Join)
            if not join.side and join.args.get("on") and not join.kind
        ),
        None,
    )
    if node is None:
        return False
    node.set("kind", "INNER")
    return True


def commute(tree: exp.Expr, chance: Random) -> bool:
    node = _pick(tree, chance, exp.Mul, exp.Add)
    if node is None or isinstance(node.expression, exp.Interval):
        return False
    node.replace(type(node)(this=exp.paren(node.expression), expression=exp.paren(node.this)))
    return True


def filter_to_case(tree: exp.Expr, chance: Random) -> bool:
    node = next(
        (each for each in tree.find_all(exp.Filter) if isinstance(each.this, exp.Count)), None
    )
    if node is None or not isinstance(node.this.this, exp.Star):
        return False
    test = node.expression.this
    node.replace(exp.Count(this=exp.Case(ifs=[exp.If(this=test, true=exp.Literal.number(1))])))
    return True


REWRITES: dict[str, Callable[[exp.Expr, Random], bool]] = {
    function.__name__: function
    for function in (
        swap_operands,
        flip_comparison,
        negate_twice,
        not_equal,
        shuffle_list,
        list_to_ors,
        between,
        count_one,
        where_true,
        rename_table,
        rename_cte,
        wrap_whole,
        unused_cte,
        group_by_place,
        case_to_if,
        inner_join,
        commute,
        filter_to_case,
    )
}
