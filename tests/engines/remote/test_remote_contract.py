"""The contract of every engine, against real servers: values, their order, and that the same rows are
the same bytes."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from commandline import sharekit
from remote_asking import AS_OF, VARIABLE, Farm, ask, asked, engine, numbers, project
from remote_servers import Server

from sharekit.errors import QueryError

pytestmark = pytest.mark.slow

BIG = 2**53 + 1


# -- values ---------------------------------------------------------------------------------------


def test_values_are_exact(tmp_path: Path, server: Server) -> None:
    double = {"mysql": "1e-1", "sqlite": "0.1", "spark": "CAST(0.1 AS double)"}.get(
        server.dialect, "0.1::float8"
    )
    number = "1234567890123456789.123456789"
    decimal = f"'{number}'" if server.dialect == "sqlite" else f"CAST('{number}' AS decimal(38,9))"
    word = '"ż\'ó"' if server.dialect == "spark" else "'ż''ó'"
    sql = (
        f"SELECT {BIG} AS big, {decimal} AS exact, {double} AS tenth, {word} AS word, '' AS empty,"
        " NULL AS nix"
    )
    got = ask(tmp_path, server, sql)
    assert got.extract.error is None
    big, exact, tenth, word, empty, nothing = got.rows[0]
    assert (big, tenth, word, empty, nothing) == (BIG, 0.1, "ż'ó", "", None)
    assert Decimal(exact) == Decimal(number)


def test_blanks_that_fill_up_a_column_are_no_part_of_its_text(
    tmp_path: Path, postgres: Server
) -> None:
    got = ask(tmp_path, postgres, "SELECT 'ab'::char(5) AS padded, 'ab '::varchar(5) AS text")
    assert got.rows == [("ab", "ab ")]


def test_bits_are_numbers(tmp_path: Path, farm: Farm) -> None:
    """BIT(1) is how many programs keep yes and no in MySQL."""
    server = farm["mariadb"]
    server.run("CREATE OR REPLACE TABLE analytics.bits (yes bit(1), no bit(1), many bit(12))")
    server.run("INSERT INTO analytics.bits VALUES (b'1', b'0', b'100000000001')")
    assert ask(tmp_path, server, "SELECT yes, no, many FROM analytics.bits").rows == [(1, 0, 2049)]


def test_dates_are_dates(tmp_path: Path, server: Server) -> None:
    if server.dialect == "sqlite":
        pytest.skip("SQLite has no dates")
    stamp = (
        "timestamp_ntz"
        if server.dialect == "spark"
        else "timestamp"
        if server.dialect == "postgres"
        else "datetime"
    )
    got = ask(tmp_path, server, f"SELECT as_of() AS d, CAST('2025-03-04 05:06:07' AS {stamp}) AS t")
    assert got.rows == [(date(2025, 11, 20), datetime(2025, 3, 4, 5, 6, 7))], got.extract.error
    assert got.types["d"] == "DATE"
    assert got.extract.info.data_until == date(2025, 11, 20)


def test_up_to_which_day_rows_reach_is_asked_in_each_dialect(
    tmp_path: Path, server: Server
) -> None:
    """A month of days: the table says that its last one ends on the 20th."""
    if server.dialect == "sqlite":
        pytest.skip("SQLite has no dates")
    table = f"{server.schema}reaching"
    server.run(f"DROP TABLE IF EXISTS {table}")
    union = " UNION ALL ".join(
        f"SELECT CAST('2025-10-{day:02}' AS DATE) AS day" for day in range(1, 21)
    )
    # Sail's tables are those of its session.
    is_sail = server.dialect == "spark"
    setup = [f"CREATE OR REPLACE TEMP VIEW {table} AS {union}"] if is_sail else []
    server.run(f"CREATE TABLE {table} AS {union}")
    month = (
        "CAST(DATE_FORMAT(day, '%Y-%m-01') AS DATE)"
        if server.dialect == "mysql"
        else "CAST(date_trunc('month', day) AS DATE)"
    )
    sql = f"SELECT {month} AS month, count(*) AS n FROM {table} GROUP BY 1"
    got = ask(tmp_path, server, sql, setup=[*server.setup, *setup])
    assert got.extract.error is None
    assert got.extract.days_unknown is None
    (days,) = got.extract.tables
    assert days.data_until == date(2025, 10, 20)
    assert days.rhythm is not None
    assert (days.rhythm.first, days.rhythm.days) == (date(2025, 10, 1), 20)


def test_an_instant_is_one_of_utc(tmp_path: Path, postgres: Server) -> None:
    sql = """SELECT TIMESTAMPTZ '2025-03-04 05:06:07+02' AS t, DATE 'infinity' AS never,
                    'NaN'::float8 AS nan, 'NaN'::numeric AS n"""
    got = ask(tmp_path, postgres, sql)
    assert got.rows[0][0].astimezone(UTC) == datetime(2025, 3, 4, 3, 6, 7, tzinfo=UTC)
    assert got.types["never"] == "DATE"
    assert got.rows[0][2] != got.rows[0][2]
    assert got.rows[0][3] != got.rows[0][3]


MOMENT = 1_761_962_400
"""2025-11-01 02:00 UTC, which is 31 October, 22:00, in New York."""
LOCAL_DAYS = {
    "postgres": f"date_trunc('month', to_timestamp({MOMENT}))::date",
    "mysql": f"date(from_unixtime({MOMENT}))",
    "spark": f"date(timestamp_seconds({MOMENT}))",
    "sqlite": f"date({MOMENT}, 'unixepoch', 'localtime')",
}


def _name_a_zone(server: Server, name: str, seconds: int) -> None:
    """As mysql_tzinfo_to_sql does it, for a zone of one offset."""
    for statement in (
        "INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (1, 'N')",
        f"INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('{name}', 1)",
        f"INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, {seconds}, 0, 'XXX')",
    ):
        server.run(statement)


def test_a_moment_has_the_day_of_the_projects_time_zone(tmp_path: Path, server: Server) -> None:
    sql = f"SELECT CAST({LOCAL_DAYS[server.dialect]} AS char(10)) AS day"
    if server.dialect == "spark":
        sql = sql.replace("char(10)", "string")
    days = []
    if server.name == "mariadb":
        _name_a_zone(server, "America/New_York", -4 * 3600)
    for timezone in ("America/New_York", "UTC"):
        got = ask(tmp_path, server, sql, timezone=timezone, keep="6 hours")
        assert got.rows, got.extract.error
        days.append(str(got.rows[0][0]))
    # Sail's sessions have no time zone.
    local = {"postgres": "2025-10-01", "spark": "2025-11-01"}.get(server.dialect, "2025-10-31")
    assert days == [local, "2025-11-01"]


def test_the_latest_day_of_moments_is_the_projects(tmp_path: Path, postgres: Server) -> None:
    sql = f"SELECT to_timestamp({MOMENT}) AS at, TIMESTAMPTZ '1800-01-01 12:00:00+00' AS long_ago"
    got = ask(tmp_path, postgres, sql, timezone="America/New_York")
    assert got.rows[0][0].astimezone(UTC) == datetime(2025, 11, 1, 2, tzinfo=UTC)
    assert got.extract.info.data_until == date(2025, 10, 31)
    assert got.extract.info.rhythm is not None
    assert got.extract.info.rhythm.first == date(2025, 10, 31)


def test_a_server_without_named_zones_says_how_to_load_them(tmp_path: Path, farm: Farm) -> None:
    server = farm["mariadb"]
    error = ask(tmp_path, server, "SELECT 1 AS a", timezone="Asia/Kathmandu").error
    assert error.fault == "outside"
    assert "does not know the time zone Asia/Kathmandu" in (error.hint or "")
    assert "mysql_tzinfo_to_sql" in (error.hint or "")


def test_dates_beyond_the_years_of_people_are_told_and_never_others(
    tmp_path: Path, postgres: Server
) -> None:
    for number, (written, told) in enumerate(
        {
            "date 'infinity'": "infinity",
            "timestamp '-infinity'": "-infinity",
            "date '0044-03-15 BC'": "0044-03-15 (BC)",
            "timestamp '0044-03-15 12:00 BC'": "0044-03-15 (BC) 12:00:00",
            "timestamptz 'infinity'": "infinity",
            "date '12000-01-01'": "12000-01-01",
        }.items()
    ):
        folder = project(tmp_path / str(number), postgres, {"q": f"SELECT {written} AS valid_to"})
        with engine(folder, postgres.url) as opened, pytest.raises(QueryError) as error:
            opened.query("SELECT valid_to FROM metrics._q")
        assert f"`valid_to` holds {told}, no date of the years 1 to 9999" in error.value.message
    folder = project(tmp_path / "open", postgres, {"q": "SELECT date '9999-12-31' AS valid_to"})
    with engine(folder, postgres.url) as opened:
        assert opened.query("FROM metrics._q").rows == ((date(9999, 12, 31),),)


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_a_zero_date_is_told_with_its_column(tmp_path: Path, farm: Farm, kind: str) -> None:
    server = farm["mariadb"]
    table = f"analytics.zero_{kind}"
    server.run(f"CREATE OR REPLACE TABLE {table} (z {kind})")
    server.run(f"SET STATEMENT sql_mode = '' FOR INSERT INTO {table} VALUES (0), ('2026-01-01')")
    error = ask(tmp_path, server, f"SELECT z AS day, 1 AS n FROM {table}").error
    assert error.message.startswith("`day` holds 0000-00-00")
    assert "no date of the years 1 to 9999" in error.message
    null = re.search(r"NULLIF\(day, '[0: -]+'\)", error.hint or "")
    assert null is not None, error.hint
    sql = f"SELECT {null[0].replace('day', 'z')} AS day FROM {table}"
    got = ask(tmp_path, server, sql)
    assert [str(row[0])[:10] for row in got.rows] == ["2026-01-01", "None"], got.extract.error


def test_iso_text_of_sqlite_is_a_date(tmp_path: Path, farm: Farm) -> None:
    written = {
        "day": ("2025-11-03", None),
        "at": ("2025-11-03 10:00:00", "2025-11-04"),
        "moment": ("2025-11-03T10:00:00Z", "2025-11-03T10:00:00+02:00"),
        "mixed": ("2025-11-03", "2025-11-03T10:00:00Z"),
        "none": ("2025-02-30", "2025-11-03"),
        "code": ("2025-11-03", "n/a"),
        "month": ("2025-11", "2025-12"),
    }
    rows = zip(*written.values(), strict=True)
    selects = (
        ", ".join(
            f"{'NULL' if cell is None else repr(cell)} AS {name}"
            for name, cell in zip(written, row, strict=True)
        )
        for row in rows
    )
    sql = " UNION ALL ".join(f"SELECT {select}" for select in selects)
    got = ask(tmp_path, farm["sqlite"], sql)
    assert got.types == {
        "day": "DATE",
        "at": "TIMESTAMP",
        "moment": "TIMESTAMP WITH TIME ZONE",
        "mixed": "VARCHAR",
        "none": "VARCHAR",
        "code": "VARCHAR",
        "month": "VARCHAR",
    }
    assert got.extract.info.data_until == date(2025, 11, 3)


def test_odd_texts_arrive_whole(tmp_path: Path, server: Server) -> None:
    texts = ["\\N", 'say "hi", then', "two\nlines", "🦆", " , ", "NULL"]
    escaped = [text.replace("'", "''") for text in texts]
    if server.dialect in ("mysql", "spark"):
        escaped = [text.replace("\\", "\\\\") for text in escaped]
    columns = ", ".join(f"'{text}' AS t{index}" for index, text in enumerate(escaped))
    assert ask(tmp_path, server, f"SELECT {columns}").rows == [tuple(texts)]


def test_an_empty_result_has_columns(tmp_path: Path, server: Server) -> None:
    got = ask(tmp_path, server, f"SELECT n FROM ({numbers(server, 3)}) q WHERE n > 5")
    assert got.extract.error is None
    assert got.rows == []
    assert list(got.types) == ["n"]
    assert server.dialect == "sqlite" or got.types["n"] != "VARCHAR"


def test_equal_names_are_told_apart(tmp_path: Path, server: Server) -> None:
    if server.name.startswith("sail") or server.dialect == "mysql":
        got = ask(
            tmp_path,
            server,
            "SELECT 1 AS a, 2 AS A" if server.dialect == "mysql" else "SELECT 1 AS a, 2 AS b",
        )
    else:
        got = ask(tmp_path, server, "SELECT 1 AS a, 2 AS a")
    assert got.rows == [(1, 2)], got.extract.error
    assert len(got.types) == 2


def test_a_row_of_forty_megabytes(tmp_path: Path, server: Server) -> None:
    if server.dialect == "mysql":
        pytest.skip("MariaDB's max_allowed_packet is 16 MB")
    parts = " || ".join(["repeat('x', 1000000)"] * 40)  # no more than that in one call
    text = {"sqlite": "hex(zeroblob(20000000))"}.get(server.dialect, parts)
    allowed = ["zeroblob"] if server.dialect == "sqlite" else []
    got = ask(tmp_path, server, f"SELECT {text} AS long", functions=allowed)
    assert got.extract.error is None
    assert len(got.rows[0][0]) == 40_000_000


# -- order and sameness ---------------------------------------------------------------------------


def test_rows_are_sorted_unless_the_query_orders_them(tmp_path: Path, server: Server) -> None:
    plain = "SELECT 3 AS a UNION ALL SELECT 1 UNION ALL SELECT 2"
    got = asked(
        tmp_path, server, {"plain": plain, "ordered": f"{plain} ORDER BY a DESC -- newest first"}
    )
    assert got["plain"].rows == [(1,), (2,), (3,)], got["plain"].extract.error
    assert got["ordered"].rows == [(3,), (2,), (1,)], got["ordered"].extract.error


def test_the_same_rows_have_the_same_fingerprint(tmp_path: Path, server: Server) -> None:
    first = "SELECT 1 AS a, 0.1 + 0.2 AS x UNION ALL SELECT 2, 0.3"
    second = "SELECT 2 AS a, 0.3 AS x /* the other way round */ UNION ALL SELECT 1, 0.2 + 0.1"
    other = "SELECT 1 AS a, 0.3 AS x UNION ALL SELECT 2, 0.4"
    got = asked(tmp_path, server, {"first": first, "second": second, "other": other})
    prints = {name: each.extract.info.fingerprint for name, each in got.items()}
    assert prints["first"] == prints["second"] != prints["other"]


def test_a_rebuild_has_the_same_bytes(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nothing is left of the first build but its pages."""
    rows = numbers(server, 500)
    sums = f"SELECT n % 7 AS k, sum(n / 7e0) AS s FROM ({rows}) AS q GROUP BY n % 7"
    folder = project(tmp_path / "p", server, {"q": sums})
    table = "/* ---\ntitle: T\nkind: table\n--- */\nSELECT * FROM metrics._q\n"
    (folder / "metrics" / "t.sql").write_text(table, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, server.url)
    sites = []
    for _ in range(2):
        done = sharekit("--project", folder, "build", "--as-of", AS_OF)
        assert done.code == 0, done.err
        files = sorted(path for path in (folder / "site").rglob("*") if path.is_file())
        sites.append({path: path.read_bytes() for path in files})
        shutil.rmtree(folder / ".sharekit")
    assert sites[0] == sites[1]


def test_sums_that_were_added_up_in_parallel_do_not_move(tmp_path: Path, postgres: Server) -> None:
    a = "SELECT (0.1::float8 + 0.2::float8) + 0.3::float8 AS x"
    b = "SELECT 0.1::float8 + (0.2::float8 + 0.3::float8) AS x"
    got = asked(tmp_path, postgres, {"a": a, "b": b})
    assert got["a"].rows == got["b"].rows == [(0.6,)]
