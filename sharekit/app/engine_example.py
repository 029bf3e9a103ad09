"""The table of an engine that a new query counts: named, or the only one that `allow` names; its
columns are asked of the engine, as a build would."""

from __future__ import annotations

from sharekit.app.session import Session
from sharekit.errors import OutsideError, QueryError, SharekitError
from sharekit.numbers.results import Rows
from sharekit.project.manifest import Manifest, Sql, View
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.scaffold.item import Example
from sharekit.project.shapes import EngineConfig, ViewFront
from sharekit.records import replace
from sharekit.sqldiff.translate import translate

_LOOK = "_sharekit_new_metric"


def engine_example(session: Session, manifest: Manifest, engine: str, table: str | None) -> Example:
    """Raises as `rows_there`, and where there is no such engine, or no table is named."""
    config, table = engine_table(manifest, engine, table)
    columns = rows_there(session, manifest, engine, table, 1).columns
    time = next((column.name for column in columns if column.kind in ("date", "timestamp")), None)
    return Example(table, time, engine, _count_query(table, time, config.dialect))


def engine_table(manifest: Manifest, engine: str, table: str | None) -> tuple[EngineConfig, str]:
    """The engine, and the table in it that is meant. Raises SharekitError."""
    config = manifest.config.engines.get(engine)
    if config is None:
        raise SharekitError(
            f"[engines] has no {engine}",
            hint=suggestion(engine, manifest.config.engines, are="It has", none=_NO_ENGINE),
        )
    return config, table or _only_table(config)


_NO_ENGINE = "Declare one: [engines.NAME] with url, dialect and allow."


def _only_table(config: EngineConfig) -> str:
    tables = [table for table in config.allow if "*" not in table]
    if len(tables) == 1 and len(config.allow) == 1:
        return tables[0]
    raise SharekitError(
        f"it is not clear which table to count: `allow` has {', '.join(config.allow)}",
        hint=f"Name one: --source {tables[0] if tables else 'SCHEMA.TABLE'}.",
    )


def rows_there(session: Session, manifest: Manifest, engine: str, table: str, count: int) -> Rows:
    """So many rows of a table there. Raises OutsideError where the engine is out of reach,
    SharekitError where it does not give them."""
    front, dialect = ViewFront(engine=engine), manifest.config.engines[engine].dialect
    sql = Sql(in_dialect(f"SELECT * FROM {table} LIMIT {count}", dialect), 1)
    view = View(_LOOK, f"metrics/{_LOOK}.sql", (), front=front, sql=sql)
    alone = replace(manifest, sources={}, views={_LOOK: view}, metrics={})
    with session.engine(alone, session.as_of(None)) as opened:
        for extract in opened.extracts([_LOOK]).values():
            if extract.error is not None:
                raise _as_error(engine, table, extract.error)
        return opened.query(f"FROM metrics.{_LOOK}")


def _as_error(engine: str, table: str, error: QueryError) -> SharekitError:
    kind = OutsideError if error.outside else SharekitError
    return kind(f"{table} cannot be read in {engine}: {error.message}", hint=error.hint)


def _count_query(table: str, time: str | None, dialect: str) -> str:
    """A query that counts rows: by week where there is a time, else once."""
    if time is None:
        return in_dialect(f"SELECT count(*) AS value FROM {table}", dialect)
    week = f"""date_trunc('week', "{time.replace('"', '""')}")::DATE"""
    return in_dialect(
        f"SELECT {week} AS week, count(*) AS value FROM {table} GROUP BY {week}", dialect
    )


def in_dialect(sql: str, dialect: str) -> str:
    """A query of ours, as that dialect writes it."""
    return f"{translate(sql, before='duckdb', after=dialect).sql}\n"
