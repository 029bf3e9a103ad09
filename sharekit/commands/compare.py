"""`sharekit compare`: do two queries mean the same, and if not, what changed."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import click

from sharekit.app.session import Session
from sharekit.commands import command, format_option
from sharekit.errors import Place, Problem, ProblemsError, QueryError, SharekitError
from sharekit.project.read.did_you_mean import suggestion
from sharekit.revisions.comparison_cache import comparing
from sharekit.site.json.number_document import document_text
from sharekit.sqldiff.parse import parse
from sharekit.sqldiff.types import SqlComparison

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
WORDS = {
    "identical": "The same text.",
    "cosmetic": "The same query in another spelling.",
    "rewritten": "Other steps, the same meaning.",
    "changed": "Not the same.",
}
WIDE = 74


@command(
    example=(
        "sharekit compare old.sql new.sql\nsharekit compare old.sql new.sql --dialect bigquery"
        " --format json"
    )
)
@click.argument("old", metavar="OLD.sql", type=FILE)
@click.argument("new", metavar="NEW.sql", type=FILE)
@click.option(
    "--dialect",
    metavar="NAME",
    default="duckdb",
    help="duckdb, bigquery, snowflake, postgres, spark, trino.",
)
@format_option("text", "json")
def compare(session: Session, old: Path, new: Path, dialect: str, form: str) -> int:
    """Compare two queries: do they mean the same, and if not, what changed.

    Needs no project and no data. Exits with 0 if both are proved to mean the same, and with 1
    if they are not: formatting, comments, aliases, the order of conditions and the like do
    not count as changes."""
    _check_dialect(dialect)
    texts = [_query(path, dialect) for path in (old, new)]
    comparison = comparing()(*texts, dialect=dialect)
    if form == "json":
        session.terminal.data(document_text(_document(comparison)))
    else:
        session.terminal.report("\n".join(_lines(comparison)))
    return 0 if comparison.same else 1


def _check_dialect(dialect: str) -> None:
    from sqlglot.dialects.dialect import Dialect

    names = sorted(name for name in Dialect.classes if name)
    if dialect not in names:
        raise SharekitError(f"there is no dialect {dialect}", hint=suggestion(dialect, names))


def _query(path: Path, dialect: str) -> str:
    """The text of a file that holds one query. Raises ProblemsError with the place of what is
    wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ProblemsError(
            [Problem("encoding", "the file is not UTF-8", Place(str(path)))]
        ) from None
    try:
        parse(text, dialect)
    except QueryError as error:
        place = Place(str(path), error.line, error.column, error.length)
        number = error.line or 0
        excerpt = [
            (n, line)
            for n, line in enumerate(text.splitlines(), 1)
            if number - 2 <= n <= number + 1 and number
        ]
        problem = Problem(
            "sql-syntax", error.message, place, hint=error.hint, excerpt=tuple(excerpt)
        )
        raise ProblemsError([problem]) from None
    return text


def _lines(comparison: SqlComparison) -> list[str]:
    lines = [f"  {WORDS[comparison.verdict]}"]
    for change in comparison.changes:
        first, *rest = wrap(change.sentence, WIDE, break_on_hyphens=False) or [""]
        lines += [f"   {change.op}  {first}", *(f"      {line}" for line in rest)]
    return lines


def _document(comparison: SqlComparison) -> dict[str, object]:
    return {
        "verdict": comparison.verdict,
        "same": comparison.same,
        "changes": [
            {"op": change.op, "sentence": change.sentence} for change in comparison.changes
        ],
    }
