from sharekit.sqldiff.types import SqlChange


def sentences(before, after, *, schema=None, dialect="duckdb"):
    return (SqlChange("~", "x"),)
