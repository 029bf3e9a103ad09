"""The table of an engine that a new query counts: named, or the only one that `allow` names; its
columns are asked of the engine, as a build would."""

from __future__ import annotations

from dataclasses import replace

from sharekit.app.session import Session
from sharekit.engines import Query
from sharekit.errors import OutsideError, QueryError, SharekitError
from sharekit.numbers.results import Column
from sharekit.project.manifest import Manifest, Sql, View
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.scaffold.item import Example
from sharekit.project.shapes import EngineConfig, ViewFront
from sharekit.sqldiff.translate import translate

_LOOK = "_sharekit_new_metric"


def engine_example(session: Session, manifest: Manifest, engine: str, table: str | None) -> Example:
    """Raises SharekitError where there is no such engine, or no table is named; OutsideError where
    the engine is out of reach."""
    config = manifest.config.engines.get(engine)
    if config is None:
        raise SharekitError(
            f"[engines] has no {engine}",
            hint=suggestion(engine, manifest.config.engines, are="It has", none=_NO_ENGINE),
        )
    table = table or _only_table(config)
    columns = _columns(session, manifest, engine, config.dialect, table)
    time = next((one.name for one in columns if one.kind in ("date", "timestamp")), None)
    return Example(table, time, engine, _counted(table, time, config.dialect))


_NO_ENGINE = "Declare one: [engines.NAME] with url, dialect and allow."


def _only_table(config: EngineConfig) -> str:
    named = [table for table in config.allow if "*" not in table]
    if len(named) == 1 and len(config.allow) == 1:
        return named[0]
    raise SharekitError(
        f"which table is counted is open: `allow` has {', '.join(config.allow)}",
        hint=f"Name one: --source {named[0] if named else 'SCHEMA.TABLE'}.",
    )


def _columns(
    session: Session, manifest: Manifest, engine: str, dialect: str, table: str
) -> tuple[Column, ...]:
    """The columns of a table there."""
    front = ViewFront(engine=engine)
    sql = Sql(_in_dialect(f"SELECT * FROM {table} LIMIT 1", dialect), 1)
    view = View(_LOOK, f"metrics/{_LOOK}.sql", (), front=front, sql=sql)
    alone = replace(manifest, sources={}, views={_LOOK: view}, metrics={})
    with session.engine(alone, session.as_of(None)) as opened:
        for extract in opened.extracts([_LOOK]).values():
            if extract.error is not None:
                raise _as_error(engine, table, extract.error)
        return opened.query(Query(_LOOK, f"FROM metrics.{_LOOK}").sql).columns


def _as_error(engine: str, table: str, error: QueryError) -> SharekitError:
    kind = OutsideError if error.fault == "outside" else SharekitError
    return kind(f"{table} cannot be read in {engine}: {error.message}", hint=error.hint)


def _counted(table: str, time: str | None, dialect: str) -> str:
    """A query that counts rows: by week where there is a time, else once."""
    if time is None:
        return _in_dialect(f"SELECT count(*) AS value FROM {table}", dialect)
    week = f"""date_trunc('week', "{time.replace('"', '""')}")::DATE"""
    return _in_dialect(
        f"SELECT {week} AS week, count(*) AS value FROM {table} GROUP BY {week}", dialect
    )


def _in_dialect(sql: str, dialect: str) -> str:
    return f"{translate(sql, before='duckdb', after=dialect).sql}\n"
