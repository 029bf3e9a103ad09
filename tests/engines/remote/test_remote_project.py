"""From files to pages with numbers that live elsewhere: bytes, keys, what is out of reach, moves,
doctor, translate."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import Said
from commandline import sharekit as run
from remote_asking import VARIABLE
from remote_servers import PASSWORD, WRITTEN, Server
from remote_servers import postgres as logged

pytestmark = pytest.mark.slow

HEAD = 'title: {title}\nunit: "€"\ntotal: sum\ngrain: month\nannounce: mail\n'
TABLE = """CREATE TABLE analytics.sales AS SELECT date '2025-01-01' + i % 320 AS day,
           (ARRAY['north','south'])[1 + i % 2] AS region, (i % 97)::numeric(12,2) AS amount
           FROM generate_series(1, 5000) i"""
PUSHED = """SELECT date_trunc('month', day)::date AS month, sum(amount) AS value
FROM {table} WHERE day <= as_of() GROUP BY 1"""
LOCAL = (
    "SELECT date_trunc('month', day)::DATE AS month, sum(n) AS value FROM metrics._daily GROUP BY 1"
)


@pytest.fixture
def shop(tmp_path: Path, postgres: Server) -> Path:
    """A project with a metric there, an extract, and a metric here over the extract."""
    postgres.run("DROP TABLE IF EXISTS analytics.sales")
    postgres.run(TABLE)
    toml = (
        '[project]\nname = "Shop"\nas_of = 2025-11-20\n[engines.warehouse]\n'
        f'url = "env:{VARIABLE}"\ndialect = "postgres"\nallow = ["analytics.*"]\n'
    )
    write(tmp_path, "sharekit.toml", toml)
    pushed = PUSHED.format(table="analytics.sales")
    write(
        tmp_path,
        "metrics/revenue.sql",
        f"/* ---\n{HEAD.format(title='Revenue')}engine: warehouse\n--- */\n{pushed}\n",
    )
    daily = "SELECT day, count(*) AS n FROM analytics.sales GROUP BY day"
    write(tmp_path, "metrics/_daily.sql", f"/* ---\nengine: warehouse\n--- */\n{daily}\n")
    write(tmp_path, "metrics/orders.sql", f"/* ---\n{HEAD.format(title='Orders')}--- */\n{LOCAL}\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def test_a_member_that_stops_inside_a_week_is_said_of_rows_from_an_engine(
    tmp_path: Path, postgres: Server
) -> None:
    """By the day of the rows that a view fetched, however its weeks are made here."""
    postgres.run("DROP TABLE IF EXISTS analytics.tills")
    postgres.run(
        "CREATE TABLE analytics.tills AS SELECT d::date AS day, r AS region, c AS channel, 5 AS n FROM"
        " generate_series(timestamp '2025-08-01', '2025-11-19', '1 day') d, (VALUES ('north'),"
        " ('south')) r(r), (VALUES ('online'), ('shop')) c(c)"
        " WHERE NOT (r = 'south' AND c = 'online' AND d > '2025-11-11')"
    )
    toml = (
        '[project]\nname = "Shop"\nas_of = 2025-11-20\n[people.ana]\nname = "Ana"\n[engines.warehouse]\n'
        f'url = "env:{VARIABLE}"\ndialect = "postgres"\nallow = ["analytics.*"]\n'
    )
    write(tmp_path, "sharekit.toml", toml)
    fetch = "SELECT day, region, channel, n FROM analytics.tills"
    write(tmp_path, "metrics/_tills.sql", f"/* ---\nengine: warehouse\n--- */\n{fetch}\n")
    for name, rows, dimensions in (
        ("pairs", "metrics._tills", "region, channel"),
        ("members", "metrics._tills WHERE channel = 'online'", "region"),
    ):
        sql = (
            f"SELECT date_trunc('week', day)::DATE AS week, {dimensions}, sum(n) AS value FROM {rows}"
            " GROUP BY ALL"
        )
        front = f"title: {name}\nowner: ana\ngrain: week\ndimensions: [{dimensions}]\n"
        write(tmp_path, f"metrics/{name}.sql", f"/* ---\n{front}--- */\n{sql}\n")
    checked = sharekit(tmp_path, postgres.url, "check")
    said = " ".join((checked.out + checked.err).split())
    assert "incomplete: without south × online since 11 Nov 2025" in said
    assert "total over `region` is incomplete: without south since 11 Nov 2025" in said


def test_a_column_that_is_empty_in_newer_rows_from_an_engine_ends_the_number(
    tmp_path: Path, postgres: Server
) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.margins")
    postgres.run(
        "CREATE TABLE analytics.margins AS SELECT d::date AS day, 10 AS n, CASE WHEN d < '2025-10-20'"
        " THEN 3.0 END AS margin FROM generate_series(timestamp '2025-03-01', '2025-11-19', '1 day') d"
    )
    toml = (
        '[project]\nname = "Shop"\nas_of = 2025-11-20\n[people.ana]\nname = "Ana"\n[engines.warehouse]\n'
        f'url = "env:{VARIABLE}"\ndialect = "postgres"\nallow = ["analytics.*"]\n'
    )
    write(tmp_path, "sharekit.toml", toml)
    fetch = "SELECT day, n, margin FROM analytics.margins"
    write(tmp_path, "metrics/_margins.sql", f"/* ---\nengine: warehouse\n--- */\n{fetch}\n")
    sql = (
        "SELECT date_trunc('month', day)::DATE AS month, sum(margin) AS value FROM metrics._margins"
    )
    front = "title: Margin\nowner: ana\ngrain: month\n"
    write(tmp_path, "metrics/margin.sql", f"/* ---\n{front}--- */\n{sql} GROUP BY 1\n")
    shown = json.loads(sharekit(tmp_path, postgres.url, "show", "margin", "--format", "json").out)
    assert (shown["period"], shown["value"]) == ("2025-09-01", 90), "never part of October"
    checked = sharekit(tmp_path, postgres.url, "check")
    said = " ".join((checked.out + checked.err).split())
    assert "no data since 19 Oct 2025" in said
    assert "`margin` is empty" in said
    assert "settles: 32 days" in said


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root: Path, *words: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@shop.example"]
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A", ":!site", ":!.sharekit")
    git(root, "commit", "-qm", "change")


def sharekit(root: Path, url: str | None, *words: str) -> Said:
    """The command line, in this process, with the address of the engine or without it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv(VARIABLE, raising=False)
        if url is not None:
            patched.setenv(VARIABLE, url)
        return run("--project", root, *words)


def bytes_of(site: Path) -> str:
    files = sorted(path for path in site.rglob("*") if path.is_file())
    return hashlib.sha256(
        b"".join(str(path).encode() + path.read_bytes() for path in files)
    ).hexdigest()


def test_the_number_is_on_a_page_and_a_rebuild_is_the_same(shop: Path, postgres: Server) -> None:
    first = sharekit(shop, postgres.url, "build")
    assert first.code == 0, first.err
    page = (shop / "site/metrics/revenue.html").read_text(encoding="utf-8")
    assert "warehouse:analytics.sales" in page
    assert "Orders" in (shop / "site/metrics/orders.html").read_text(encoding="utf-8")
    before = bytes_of(shop / "site")
    second = sharekit(shop, postgres.url, "build")
    assert "2 results from cache" in second.out
    postgres.run("CREATE TABLE analytics.copy AS SELECT * FROM analytics.sales ORDER BY random()")
    postgres.run("DROP TABLE analytics.sales")
    postgres.run("ALTER TABLE analytics.copy RENAME TO sales")
    third = sharekit(shop, postgres.url, "build")
    assert "2 results from cache" in third.out, "the same rows in another order are the same rows"
    assert bytes_of(shop / "site") == before


def test_other_rows_are_other_numbers(shop: Path, postgres: Server) -> None:
    sharekit(shop, postgres.url, "build")
    before = sharekit(shop, postgres.url, "show", "revenue").out
    postgres.run("UPDATE analytics.sales SET amount = amount + 1")
    assert sharekit(shop, postgres.url, "show", "revenue").out != before


def test_a_check_runs_no_query_whose_rows_of_today_are_here(shop: Path) -> None:
    """Counted in the server's own log: a build always asks, a check only what nobody asked today or
    what the server would now answer otherwise."""
    with tempfile.TemporaryDirectory(prefix="sharekit-logged-") as top:
        os.chmod(top, 0o755)
        with logged(Path(top), "-c", "log_statement=all") as server:
            server.run(TABLE)

            def ran(*words: str, code: int = 0) -> int:
                before = queries_in(Path(top))
                done = sharekit(shop, server.url, *words)
                assert done.code == code, done.out + done.err
                return queries_in(Path(top)) - before

            assert ran("check") == 3, "its rows are needed, and the days of the table, once"
            assert ran("check") == 0
            assert ran("build") == 3
            assert ran("check") == 0
            daily = "SELECT day, count(*) + 1 AS n FROM analytics.sales GROUP BY day"
            write(shop, "metrics/_daily.sql", f"/* ---\nengine: warehouse\n--- */\n{daily}\n")
            assert ran("check") == 1, "another query is another question"
            server.run("ALTER TABLE analytics.sales RENAME COLUMN amount TO total")
            assert ran("check", code=1) == 0, "the server does not begin a query without its column"


def queries_in(server: Path) -> int:
    """How many queries over the table the server began to run."""
    log = (server / "server.log").read_text("utf-8", "replace")
    begun = re.split(r"(?:^|\n)(?=\S+ \S+ \S+ \[\d+\])", log)
    return sum("LOG:  execute" in entry and "FROM analytics.sales" in entry for entry in begun)


def test_keep_and_version_spare_the_asking(shop: Path, postgres: Server) -> None:
    toml = (shop / "sharekit.toml").read_text(encoding="utf-8")
    for setting in ('keep = "6 hours"', 'version = "SELECT max(batch) FROM analytics.loads"'):
        postgres.run("DROP TABLE IF EXISTS analytics.loads")
        postgres.run("CREATE TABLE analytics.loads AS SELECT 1 AS batch")
        write(shop, "sharekit.toml", f"{toml}{setting}\n")
        before = sharekit(shop, postgres.url, "show", "revenue").out
        postgres.run("UPDATE analytics.sales SET amount = amount + 1")
        assert sharekit(shop, postgres.url, "show", "revenue").out == before
    postgres.run("UPDATE analytics.loads SET batch = 2")
    assert sharekit(shop, postgres.url, "show", "revenue").out != before


def test_a_fresh_build_asks_whatever_is_kept(shop: Path, postgres: Server) -> None:
    toml = (shop / "sharekit.toml").read_text(encoding="utf-8")
    for setting in ('keep = "6 hours"', 'version = "SELECT count(*) FROM analytics.sales"'):
        write(shop, "sharekit.toml", f"{toml}{setting}\n")
        sharekit(shop, postgres.url, "build")
        page = shop / "site" / "metrics" / "revenue.md"
        before = page.read_text(encoding="utf-8")
        postgres.run("UPDATE analytics.sales SET amount = amount + 1")
        assert sharekit(shop, postgres.url, "build", "--fresh").code == 0
        assert page.read_text(encoding="utf-8") != before


def test_a_version_that_cannot_be_asked_is_told(shop: Path, postgres: Server) -> None:
    toml = (shop / "sharekit.toml").read_text(encoding="utf-8")
    for version, code, words in (
        ("DROP TABLE analytics.sales", 2, "error[engine-refused]: `version` of the engine"),
        ("SELECT max(pay) FROM hr.salaries", 2, "error[engine-refused]: `version` of the engine"),
        ("SELECT max(batch) FROM analytics.nosuch", 0, "warning[version-failed]: `version` failed"),
    ):
        write(shop, "sharekit.toml", f'{toml}version = "{version}"\n')
        said = sharekit(shop, postgres.url, "check")
        assert said.code == code, said.out + said.err
        assert words in said.out + said.err
        assert "sharekit.toml:8:11" in said.out + said.err
    said = sharekit(shop, postgres.url, "build")
    assert "warning[version-failed]" in said.out + said.err


def test_out_of_reach_leaves_the_last_good_values(shop: Path, postgres: Server) -> None:
    sharekit(shop, postgres.url, "build")
    good = sharekit(shop, postgres.url, "show", "revenue").out.splitlines()[2]
    for url in (postgres.url.rpartition(":")[0] + ":1/postgres", None):
        gone = sharekit(shop, url, "build")
        assert gone.code == 3, gone.err
        assert gone.err.count("cannot be asked") == 1, "said once, not for every number"
        assert f"Is it up, and is what {VARIABLE} says" in " ".join(gone.err.split()) or url is None
        assert "orders and revenue" in " ".join(gone.err.split())
        page = (shop / "site/metrics/revenue.html").read_text(encoding="utf-8")
        assert "cannot be asked" in page
        assert "127.0.0.1" not in page, (
            "what a driver says about hosts and users is for the terminal"
        )
        shown = sharekit(shop, url, "show", "revenue")
        assert shown.out.splitlines()[2] == good
        assert shown.code == 3
        diff = sharekit(shop, url, "diff", "HEAD")
        assert "redefined" not in diff.out


def test_nobody_gets_a_mail_about_an_engine_that_is_out_of_reach(
    shop: Path, postgres: Server
) -> None:
    toml = (shop / "sharekit.toml").read_text(encoding="utf-8")
    ann = '[people.ann]\nname = "Ann"\nemail = "ann@shop.example"\n'
    write(shop, "sharekit.toml", f'{toml}{ann}[mail]\nfrom = "numbers@shop.example"\n')
    commit(shop)
    assert sharekit(shop, postgres.url, "build").code == 0
    file = shop / "metrics" / "revenue.sql"
    text = file.read_text(encoding="utf-8").replace("title: Revenue", "title: Revenue\nowner: ann")
    file.write_text(text, encoding="utf-8")
    commit(shop)
    gone = postgres.url.rpartition(":")[0] + ":1/postgres"

    def announced(url: str) -> tuple[str, list[Path]]:
        said = sharekit(shop, url, "announce", "--dry-run", "--base", "HEAD~1")
        return said.out + said.err, list((shop / "outbox").glob("*.eml"))

    said, mails = announced(gone)
    assert "redefined" not in said
    assert not [mail for mail in mails if "counted" in mail.read_text("utf-8")]
    write(shop, "metrics/revenue.sql", text.replace("sum(amount)", "sum(amount) * 2"))
    commit(shop)
    said, mails = announced(gone)
    assert "Revenue" in said
    assert "held" in said.lower() or "wait" in said.lower()
    assert mails == []
    _, mails = announced(postgres.url)
    assert len(mails) == 1
    for path in shop.rglob("*"):
        if path.is_file():
            assert not any(word.encode() in path.read_bytes() for word in (PASSWORD, WRITTEN)), path


def test_an_error_there_is_shown_at_its_line_here(shop: Path, postgres: Server) -> None:
    text = (
        (shop / "metrics/_daily.sql")
        .read_text(encoding="utf-8")
        .replace("day, count", "-- żółć\n  'ż', nosuch, count")
    )
    write(shop, "metrics/_daily.sql", text)
    failed = sharekit(shop, postgres.url, "build")
    assert failed.code == 1
    assert "metrics/_daily.sql:5:8: error[unknown-column]" in failed.err
    assert "Read by orders" in failed.err
    assert "metrics/revenue.sql" not in failed.err, "one item never ends the others"


def test_check_judges_without_a_server(shop: Path) -> None:
    for index in range(5):
        text = (
            (shop / "metrics/revenue.sql")
            .read_text(encoding="utf-8")
            .replace("Revenue", f"Revenue {index}")
        )
        write(shop, f"metrics/revenue_{index}.sql", text)
    crowded = sharekit(shop, None, "check", "--no-run")
    assert "6 metrics each ask for warehouse:analytics.sales" in crowded.err + crowded.out
    write(
        shop,
        "metrics/_bad.sql",
        "/* ---\nengine: warehouse\n--- */\nSELECT pg_sleep(9), * FROM hr.salaries\n",
    )
    write(shop, "metrics/_lost.sql", "/* ---\nengine: wharehouse\n--- */\nSELECT 1 AS a\n")
    bad = sharekit(shop, None, "check", "--no-run")
    said = bad.err + bad.out
    assert bad.code == 2
    assert "metrics/_bad.sql:4" in said
    assert "`warehouse`" in said or "warehouse?" in said


def test_a_move_with_equal_rows_is_no_redefinition(shop: Path, postgres: Server) -> None:
    import duckdb
    import psycopg

    with psycopg.connect(postgres.url) as there, duckdb.connect() as here:
        rows = there.execute("SELECT day, region, amount::text FROM analytics.sales").fetchall()
        here.execute("CREATE TABLE sales (day DATE, region VARCHAR, amount DECIMAL(12,2))")
        (shop / "metrics/data").mkdir(exist_ok=True)
        csv = "\n".join(
            ["day,region,amount", *(f"{day},{region},{amount}" for day, region, amount in rows)]
        )
        write(shop, "metrics/data/sales.csv", csv + "\n")
    there_text = (shop / "metrics/revenue.sql").read_text(encoding="utf-8")
    here_text = there_text.replace("engine: warehouse\n", "").replace("analytics.sales", "sales")
    write(shop, "metrics/revenue.sql", here_text)
    commit(shop)
    write(shop, "metrics/revenue.sql", there_text)
    moved = sharekit(shop, postgres.url, "diff")
    assert "Nothing changed in meaning" in moved.out, moved.out + moved.err
    write(shop, "metrics/revenue.sql", there_text.replace("sum(amount)", "sum(2 * amount)"))
    redefined = sharekit(shop, postgres.url, "diff")
    assert "redefined" in redefined.out
    assert "Runs in warehouse" in redefined.out
    filtered = there_text.replace("WHERE day", "WHERE region = 'north' AND day")
    write(shop, "metrics/revenue.sql", filtered)
    both = sharekit(shop, postgres.url, "diff")
    assert "Runs in warehouse" in both.out
    assert "region = 'north'" in both.out, "what else changed is told too"


def test_a_redefinition_there_has_its_effect(shop: Path, postgres: Server) -> None:
    text = (shop / "metrics/revenue.sql").read_text(encoding="utf-8")
    write(shop, "metrics/revenue.sql", text.replace("WHERE day", "WHERE region = 'north' AND day"))
    diff = sharekit(shop, postgres.url, "diff")
    assert "region = 'north'" in diff.out
    assert "lowers the number" in diff.out
    write(shop, "metrics/revenue.sql", text.replace("sum(amount)", "SUM( amount )"))
    assert "Nothing changed in meaning" in sharekit(shop, postgres.url, "diff").out


def test_doctor_says_what_a_role_could_do(shop: Path, postgres: Server) -> None:
    well = sharekit(shop, postgres.url, "doctor", "engines")
    assert well.code == 0, well.out + well.err
    assert "PostgreSQL" in well.out
    assert "can do no more than read" in well.out
    postgres.run("GRANT USAGE ON SCHEMA hr TO reader")
    postgres.run("GRANT SELECT, INSERT ON hr.salaries TO reader")
    try:
        more = sharekit(shop, postgres.url, "doctor", "engines")
        assert more.code == 1
        assert "may write to: hr.salaries" in more.out
        assert "may read beyond `allow`: hr.salaries" in more.out
    finally:
        postgres.run("REVOKE ALL ON hr.salaries FROM reader")
        postgres.run("REVOKE ALL ON SCHEMA hr FROM reader")
    master = postgres.url.replace("reader:", "keeper:")
    assert "superuser" in sharekit(shop, master, "doctor", "engines").out
    assert sharekit(shop, None, "doctor", "engines").code == 3


def test_translate_prints_runs_both_and_names_doubts(shop: Path, postgres: Server) -> None:
    both = sharekit(shop, postgres.url, "translate", "orders", "--to", "postgres")
    assert "sum" in both.out.lower()
    idle = sharekit(
        shop, postgres.url, "translate", "orders", "--to", "postgres", "--table", "nothing=else"
    )
    assert idle.code == 2
    assert "the query does not read nothing" in idle.err
    same = sharekit(shop, postgres.url, "translate", "revenue", "--to", "postgres")
    assert same.code == 0, same.err
    assert "return the same" in same.err
    assert sharekit(shop, None, "translate", "revenue", "--to", "klingon").code == 2


def test_a_query_typed_in_reads_what_an_engine_returned(shop: Path, postgres: Server) -> None:
    typed = sharekit(shop, postgres.url, "sql", "SELECT count(*) AS days FROM metrics._daily")
    assert typed.code == 0, typed.err
    assert "320" in typed.out


RUNNING = """SELECT day, sum(coalesce(n, 0)) OVER (PARTITION BY year ORDER BY day) AS value
FROM days LEFT JOIN metrics._daily USING (day)"""


def test_the_table_of_days_begins_with_the_first_day_of_an_engine(
    shop: Path, postgres: Server
) -> None:
    write(shop, "metrics/so_far.sql", f"/* ---\ntitle: So far\ngrain: day\n--- */\n{RUNNING}\n")
    alone = "SELECT count(*) AS value FROM days"
    write(shop, "metrics/counted.sql", f"/* ---\ntitle: Days\n--- */\n{alone}\n")
    for more in ("", "day,n\n2025-11-03,1\n"):
        if more:
            write(shop, "metrics/data/goals.csv", more)
        assert "324" in sharekit(shop, postgres.url, "show", "counted").out
        said = sharekit(shop, postgres.url, "show", "so_far", "--format", "json").out
        assert json.loads(said)["value"] == 5000
    first = sharekit(shop, postgres.url, "sql", "SELECT min(day) AS first FROM days").out
    assert "2025-01-01" in first
    postgres.run("DELETE FROM analytics.sales WHERE day < '2025-02-01'")
    assert "293" in sharekit(shop, postgres.url, "show", "counted").out


# -- up to which day rows reach -------------------------------------------------------------------

FEED = """CREATE TABLE analytics.feed AS
    SELECT d::date AS day, CASE WHEN extract(day FROM d)::int % 3 = 0 THEN 'bug' ELSE 'ask' END AS kind, 10 AS n
    FROM generate_series(date '2025-05-10', date '2025-10-20', interval '1 day') d"""
MONTHS = "SELECT date_trunc('month', day)::date AS month, sum(n) AS value FROM {table} GROUP BY 1"
BUGS = "SELECT day, sum(n) AS value FROM {table} WHERE kind = 'bug' GROUP BY 1"


@pytest.fixture
def feed(shop: Path, postgres: Server) -> Path:
    """A table with a row every day from 10 May to 20 October, the same rows as a file, and an
    extract of the table. Today is 20 November."""
    for table in ("feed", "empty"):
        postgres.run(f"DROP TABLE IF EXISTS analytics.{table}")
    postgres.run(FEED)
    postgres.run("CREATE TABLE analytics.empty AS SELECT * FROM analytics.feed WHERE false")
    days = [date(2025, 5, 10) + timedelta(days=step) for step in range(164)]
    rows = [f"{day},{'ask' if day.day % 3 else 'bug'},10" for day in days]
    write(shop, "metrics/data/feed_file.csv", "\n".join(["day,kind,n", *rows, ""]))
    extract = "SELECT day, kind, n FROM analytics.feed"
    write(shop, "metrics/_extract.sql", f"/* ---\nengine: warehouse\n--- */\n{extract}\n")
    return shop


def shown(root: Path, server: Server, sql: str, *words: str, head: str = "") -> list[str]:
    """What `show` says about a query, without the lines that say where it is."""
    write(root, "metrics/x.sql", f"/* ---\ntitle: X\n{head}\n--- */\n{sql}\n")
    output = sharekit(root, server.url, "show", "x", *words).out.splitlines()
    return [line for line in output if line.strip() and line.split()[0] not in ("Reads", "File")]


@pytest.mark.parametrize(
    ("head", "sql", "says"),
    [("grain: month", MONTHS, "300 (September 2025)"), ("grain: week\nmissing: zero", BUGS, "(week of 13 Oct 2025)")],
)  # fmt: skip
def test_rows_of_an_engine_reach_as_far_as_those_of_a_file(
    feed: Path, postgres: Server, head: str, sql: str, says: str
) -> None:
    there = f"{head}\nengine: warehouse"
    of_file = shown(feed, postgres, sql.format(table="feed_file"), head=head)
    of_engine = shown(feed, postgres, sql.format(table="analytics.feed"), head=there)
    of_extract = shown(feed, postgres, sql.format(table="metrics._extract"), head=head)
    assert says in of_file[1]
    assert "No data since 20 Oct 2025." in of_file[-1]
    assert of_engine == of_extract == of_file


def test_a_first_month_in_part_is_no_base_where_rows_come_from_an_engine(
    feed: Path, postgres: Server
) -> None:
    early = ("--as-of", "2025-07-02")
    for head, table in (
        ("grain: month", "metrics._extract"),
        ("grain: month\nengine: warehouse", "analytics.feed"),
    ):
        said = shown(feed, postgres, MONTHS.format(table=table), *early, head=head)
        assert "300 (June 2025)" in said[1]
        assert "nothing is compared with May 2025: its data begin on 10 May 2025" in said[2]


def test_months_that_the_table_has_are_whole(feed: Path, postgres: Server) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.by_month")
    postgres.run("CREATE TABLE analytics.by_month AS SELECT d::date AS month, 5 AS n FROM"
                 " generate_series(date '2025-03-01', date '2025-10-01', interval '1 month') d")  # fmt: skip
    sql = "SELECT month, sum(n) AS value FROM analytics.by_month GROUP BY 1"
    said = shown(feed, postgres, sql, head="grain: month\nengine: warehouse")
    assert "5 (October 2025)" in said[1]


def test_days_that_were_joined_to_a_calendar_reach_as_far_as_their_table(
    feed: Path, postgres: Server
) -> None:
    sql = """SELECT date_trunc('month', d)::date AS month, coalesce(sum(f.n), 0) AS value
        FROM generate_series(date '2025-05-01', as_of(), interval '1 day') AS d
        LEFT JOIN analytics.feed f ON f.day = d::date GROUP BY 1"""
    said = shown(feed, postgres, sql, head="grain: month\nengine: warehouse")
    assert "300 (September 2025)" in said[1]
    assert "No data since 20 Oct 2025." in said[-1]


def test_where_nobody_knows_up_to_which_day_rows_reach_it_is_said(
    feed: Path, postgres: Server
) -> None:
    sql = """SELECT make_date(y, m, 1) AS month, sum(n) AS value
        FROM (SELECT extract(year FROM day)::int AS y, extract(month FROM day)::int AS m, n FROM analytics.feed) f
        GROUP BY 1"""
    said = shown(feed, postgres, sql, head="grain: month\nengine: warehouse")
    assert "300 (September 2025)" in said[1]
    assert "it is not known whether the rows of October 2025 cover all of it" in said[2]
    assert not any("Data until" in line for line in said)
    checked = sharekit(feed, postgres.url, "check")
    assert "unknown-end" in checked.out
    later = shown(
        feed, postgres, sql, "--as-of", "2026-02-02", head="grain: month\nengine: warehouse"
    )
    assert "No data since 31 Oct 2025." in later[-1]
    followed = BUGS.replace(" WHERE kind = 'bug'", "").format(table="analytics.feed")
    shown(feed, postgres, followed, head="grain: month\nengine: warehouse")
    assert "unknown-end" not in sharekit(feed, postgres.url, "check").out


@pytest.mark.parametrize("table", ["analytics.empty", "metrics._none"])
def test_a_table_without_rows_gives_no_zeros(feed: Path, postgres: Server, table: str) -> None:
    none = "SELECT * FROM analytics.empty"
    write(feed, "metrics/_none.sql", f"/* ---\nengine: warehouse\n--- */\n{none}\n")
    head = "grain: week\nmissing: zero"
    there = "" if table.startswith("metrics") else "\nengine: warehouse"
    assert "no data" in shown(feed, postgres, BUGS.format(table=table), head=head + there)[1]
    assert "its sources are empty" in sharekit(feed, postgres.url, "check").out


def test_zeros_of_what_happens_rarely_reach_as_far_as_its_table(
    feed: Path, postgres: Server
) -> None:
    sql = MONTHS.format(table="analytics.feed WHERE day = date '2025-06-15'")
    said = shown(feed, postgres, sql, head="grain: month\nmissing: zero\nengine: warehouse")
    assert "0 (September 2025)" in said[1]


# -- units ----------------------------------------------------------------------------------------

ADDED_UP = "SELECT day, sum(amount) AS value FROM metrics._paid GROUP BY 1"


@pytest.mark.parametrize(
    ("extract", "warns"),
    [
        ("SELECT day, currency, amount FROM analytics.paid", True),
        ("SELECT day, currency, sum(amount) AS amount FROM analytics.paid GROUP BY 1, 2", True),
        ("SELECT day, currency, amount FROM analytics.paid WHERE currency = 'EUR'", False),
        (
            "SELECT day, currency, CASE currency WHEN 'USD' THEN 0.9 ELSE 1 END * amount AS amount"
            " FROM analytics.paid",
            False,
        ),
    ],
)
def test_rows_of_several_currencies_are_warned_of_where_an_engine_returned_them(
    shop: Path, postgres: Server, extract: str, warns: bool
) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.paid")
    postgres.run("""CREATE TABLE analytics.paid AS SELECT date '2025-09-01' + i AS day, i AS amount,
                    (ARRAY['EUR', 'USD'])[1 + i % 2] AS currency FROM generate_series(1, 60) i""")
    write(shop, "metrics/_paid.sql", f"/* ---\nengine: warehouse\n--- */\n{extract}\n")
    for key in ("", "unit_column: currency\n"):
        head = f"title: Paid\ngrain: month\n{key}"
        write(shop, "metrics/paid.sql", f"/* ---\n{head}--- */\n{ADDED_UP}\n")
        said = sharekit(shop, postgres.url, "check").out
        assert ("`currency` of metrics._paid is EUR, USD" in said) is warns
    pushed = "SELECT day, sum(amount) AS value FROM analytics.paid GROUP BY 1"
    write(shop, "metrics/paid.sql", f"/* ---\n{head}engine: warehouse\n--- */\n{pushed}\n")
    assert "`unit_column` has no effect" in sharekit(shop, postgres.url, "check").out
