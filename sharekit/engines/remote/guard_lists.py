"""What the guard knows by name: kinds of nodes, and functions without effects. Whatever is not here
is refused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlglot import exp

NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        # queries
        exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join,
        exp.Table, exp.TableAlias, exp.Lateral, exp.Values, exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order,
        exp.Ordered, exp.Limit, exp.LimitOptions, exp.Offset, exp.Fetch, exp.Distinct, exp.GroupingSets, exp.Rollup,
        exp.Cube, exp.Sort, exp.Cluster, exp.Distribute, exp.PreWhere, exp.Final,
        # names and values
        exp.Identifier, exp.Column, exp.Star, exp.Alias, exp.Aliases, exp.Literal, exp.Null, exp.Boolean,
        exp.National, exp.RawString, exp.HexString, exp.BitString, exp.ByteString, exp.Paren, exp.Tuple, exp.Var,
        exp.DataType, exp.DataTypeParam, exp.Interval, exp.IntervalSpan, exp.PositionalColumn,
        # operators
        exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Not, exp.DPipe,
        exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In,
        exp.Between, exp.Like, exp.ILike, exp.SimilarTo, exp.Escape, exp.Glob, exp.Any, exp.All, exp.Overlaps,
        exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift,
        exp.AtTimeZone, exp.FromTimeZone, exp.IntervalOp, exp.Connector,
        # inside values
        exp.Bracket, exp.Slice, exp.Dot, exp.Lambda, exp.Kwarg, exp.PropertyEQ, exp.JSONKeyValue,
        exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONPathWildcard,
        exp.JSONPathSlice, exp.JSONPathUnion, exp.JSONExtractQuote, exp.JSONValue, exp.FormatJson, exp.OnCondition,
        # aggregates and windows
        exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.HavingMax,
    }
)  # fmt: skip

ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        (
            "with_", "distinct", "expressions", "from_", "joins", "laterals", "where", "group", "having", "qualify",
            "windows", "order", "limit", "offset", "sort", "cluster", "distribute", "prewhere", "kind",
        )
    ),
    exp.SetOperation: frozenset(
        ("with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset", "side", "kind", "on")
    ),
    exp.Subquery: frozenset(("this", "alias", "with_", "order", "limit", "offset", "joins", "laterals", "where")),
    exp.Table: frozenset(("this", "db", "catalog", "alias", "joins", "laterals", "ordinality")),
    exp.Join: frozenset(("this", "on", "using", "side", "kind", "method")),
    exp.Lateral: frozenset(("this", "alias", "view", "outer", "cross_apply", "ordinality")),
    exp.CTE: frozenset(("this", "alias", "materialized")),
}  # fmt: skip
"""Clauses of a query. A clause that is not here (INTO, FOR UPDATE, SETTINGS, FORMAT, a hint, a
sample) is refused."""

ROW_MAKERS: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Unnest, exp.Explode, exp.ExplodeOuter, exp.Posexplode, exp.PosexplodeOuter, exp.Inline, exp.Stack,
        exp.GenerateSeries, exp.ExplodingGenerateSeries, exp.GenerateDateArray, exp.GenerateTimestampArray,
    }
)  # fmt: skip
"""Functions that may stand in FROM: they make rows out of their arguments alone."""
ROW_MAKER_NAMES = frozenset(
    ("range", "sequence", "numbers", "generate_array", "posexplode_outer", "explode_outer")
)

_SQL_USERS = frozenset(("user", "current_role", "system_user", "current_catalog", "current_schema"))
WORDS: Mapping[str, frozenset[str]] = {
    "postgres": _SQL_USERS,
    "redshift": _SQL_USERS | {"current_user_id"},
    "tsql": _SQL_USERS,
    "mysql": frozenset(("current_role",)),
    "trino": frozenset(("current_path", "current_schema")),
}
"""Words without parentheses that tell who asks and where, which the reader of SQL takes for
columns."""

EFFECTS = (
    "pg_*", "lo_*", "dblink*", "set_config", "current_setting", "nextval", "setval", "lastval", "*_to_xml*", "txid_*",
    "sleep*", "benchmark", "get_lock", "release_*lock*", "load_file", "sys_*", "last_insert_id", "*_pos_wait",
    "load_extension", "readfile", "writefile", "system$*", "reflect", "java_method", "try_reflect", "file", "url*",
    "s3*", "remote*", "openrowset", "openquery", "opendatasource", "xp_*", "sp_*", "external_query",
)  # fmt: skip
"""Functions that manuals describe as doing more than compute. They are refused like any other that
is not listed; only nobody is advised to allow them."""

LAMBDA_TRANSFORM = ("spark", "databricks", "trino")
"""Dialects in which transform() is the harmless one over arrays."""

_FOLDER = Path(__file__).parent / "functions"
_BASES = {"redshift": "postgres", "databricks": "spark"}
"""Dialects that have the functions of another, too."""


def _function_names(name: str) -> frozenset[str]:
    path = _FOLDER / f"{name}.txt"
    lines = path.read_text("utf-8").splitlines() if path.exists() else ()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


DENIED = _function_names("denied")
"""Functions that sqlglot knows, and that do more than compute: they tell who asks, cost, call
models, or read."""


@cache
def pure_functions(dialect: str) -> frozenset[str]:
    """Functions that sqlglot does not know in a dialect, and that only compute."""
    return (
        _function_names("common")
        | _function_names(dialect)
        | _function_names(_BASES.get(dialect, ""))
    )
