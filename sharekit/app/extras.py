"""Which optional parts of the package a project needs, and whether they are installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from sharekit.app.inputs import ProjectInputs

MODULES: Mapping[str, str] = {
    "bigquery": "google.cloud.bigquery",
    "clickhouse": "clickhouse_connect",
    "cloud": "obstore",
    "databricks": "databricks.sql",
    "excel": "python_calamine",
    "mssql": "mssql_python",
    "mysql": "pymysql",
    "postgres": "psycopg",
    "redshift": "redshift_connector",
    "snowflake": "snowflake.connector",
    "spark": "adbc_driver_spark",
    "trino": "trino",
}
"""Extra -> a module that is there once it is installed."""
_DIALECTS = {"tsql": "mssql"}
"""Dialects whose extra has another name."""


def needed_extras(project: ProjectInputs) -> tuple[str, ...]:
    """Extras that the declared sources and engines need, sorted. An engine's is guessed by its dialect, since its
    address is a secret."""
    return tuple(sorted({*source_extras(project), *_of_engines(project)}))


def source_extras(project: ProjectInputs) -> tuple[str, ...]:
    """Extras that files and declared sources need, sorted."""
    return tuple(sorted(set(_of_sources(project))))


def is_installed(extra: str) -> bool:
    """Whether an extra's library can be imported here."""
    try:
        return find_spec(MODULES[extra]) is not None
    except ModuleNotFoundError:  # its parent package is not there
        return False


def _of_sources(project: ProjectInputs) -> Iterator[str]:
    if any(path.lower().endswith(".xlsx") for path in project.files()):
        yield "excel"
    for source in _tables(project.config.get("sources")):
        where = str(source.get("url", ""))
        if where.startswith(("s3://", "gs://", "az://")):
            yield "cloud"


def _of_engines(project: ProjectInputs) -> Iterator[str]:
    for engine in _tables(project.config.get("engines")):
        dialect = str(engine.get("dialect", ""))
        extra = _DIALECTS.get(dialect, dialect)
        if extra in MODULES:
            yield extra


def _tables(section: object) -> Iterator[Mapping[str, object]]:
    for table in section.values() if isinstance(section, Mapping) else ():
        if isinstance(table, Mapping):
            yield table
