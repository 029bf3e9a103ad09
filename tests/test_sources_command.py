"""`sharekit sources`, `sharekit new source`, DESCRIBE and SUMMARIZE, and builds whose sources are
out of reach."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import Said, sharekit, sharekit_process

sys.path.append(str(Path(__file__).parent / "engines"))
from webserver import Server, answer, serving

from sharekit.commands.sources import origin
from sharekit.errors import Place
from sharekit.project.manifest import Source
from sharekit.project.shapes import SourceConfig

pytestmark = pytest.mark.slow

CONFIG = """[project]
name = "Shop"
as_of = 2026-11-28

[people.ana]
name = "Ana"
"""
METRIC = """/* ---
title: Sales
owner: ana
unit: "€"
grain: month
total: sum
--- */
SELECT date_trunc('month', day)::DATE AS month, sum(amount) AS value FROM sales GROUP BY 1
"""
SALES = "day;amount\n2026-10-02;1.234,50\n2026-10-03;99\n2026-11-03;5\n"


def project(root: Path, config: str = "", metric: str = METRIC, **files: str) -> Path:
    (root / "metrics" / "data").mkdir(parents=True)
    (root / "sharekit.toml").write_text(CONFIG + config)
    if metric:
        (root / "metrics" / "sales_total.sql").write_text(metric)
    for name, content in files.items():
        (root / "metrics" / "data" / f"{name}.csv").write_text(content)
    return root


def show(root: Path, name: str) -> dict[str, object]:
    said = sharekit("show", name, "--format", "json", "--project", root)
    found: dict[str, object] = json.loads(said.out)
    return found


def test_advice_of_check_makes_the_number_right(tmp_path: Path) -> None:
    root = project(tmp_path, sales=SALES)
    said = sharekit("check", "--project", root)
    assert said.code == 1
    flat = " ".join(said.out.split())
    assert 'Write decimal = ",", thousands = "." under [sources.sales].' in flat
    (root / "sharekit.toml").write_text(
        CONFIG + '[sources.sales]\ndecimal = ","\nthousands = "."\n'
    )
    assert sharekit("check", "--project", root).code == 0
    assert show(root, "sales_total")["value"] == 1333.5


def test_rows_that_a_query_loses_are_counted(tmp_path: Path) -> None:
    lossy = METRIC.replace("sum(amount)", "sum(TRY_CAST(amount AS DOUBLE))")
    root = project(tmp_path, metric=lossy, sales=SALES)
    said = sharekit("check", "--project", root)
    assert said.code == 0
    flat = " ".join(said.out.split())
    assert "warning[lost-rows]: TRY_CAST makes NULL of 1 of 3 values, such as `1.234,50`" in flat
    assert 'Write decimal = ",", thousands = "."' in flat


@pytest.mark.parametrize(
    ("sql", "lost"),
    [
        ("SELECT day, try_cast(amount AS DOUBLE) AS value FROM sales", True),
        ("WITH s AS (FROM sales) SELECT day, TRY_CAST(amount AS DOUBLE) AS value FROM s", True),
        ("SELECT day, sum(x) AS value FROM (SELECT day, TRY_CAST(amount AS DOUBLE) AS x FROM sales) "
         "GROUP BY ALL", True),
        ("SELECT day, TRY_CAST(amount AS DOUBLE) AS value FROM sales WHERE TRY_CAST(amount AS DOUBLE) > 0", True),
        ("SELECT day, TRY(amount::DOUBLE) AS value FROM sales", True),
        ("SELECT try_strptime(replace(amount, '99', '2026-11-02'), '%Y-%m-%d')::DATE AS day, 1 AS value "
         "FROM sales", True),
        ("SELECT day, TRY_CAST(amount AS DOUBLE) AS value FROM sales WHERE amount <> '1.234,50'", False),
        ("SELECT day, coalesce(TRY_CAST(amount AS DOUBLE), "
         "TRY_CAST(replace(replace(amount, '.', ''), ',', '.') AS DOUBLE)) AS value FROM sales", False),
        ("SELECT day, TRY_CAST(day AS DATE) AS d, 1 AS value FROM sales", False),
    ],
)  # fmt: skip
def test_loss_is_told_where_there_is_one(tmp_path: Path, sql: str, lost: bool) -> None:
    metric = METRIC.partition("SELECT")[0].replace("grain: month", "grain: day") + sql + "\n"
    said = sharekit("check", "--project", project(tmp_path, metric=metric, sales=SALES))
    assert ("lost-rows" in said.out) is lost, said.out


def test_sources_tell_columns_dates_rows_age_and_origin(tmp_path: Path) -> None:
    config = '[sources.sales]\ndecimal = ","\nthousands = "."\ndescription = "Every receipt."\n'
    config += '[sources.gone]\npath = "x.csv"\n'
    root = project(tmp_path, config, metric="", sales=SALES)
    said = sharekit("sources", "--project", root)
    assert said.code == 1, "one of them cannot be read"
    assert (
        "sales  from metrics/data/sales.csv\n  Every receipt.\n  3 rows, through 3 Nov 2026, 25"
        " days old" in said.out
    )
    assert "day     DATE    2026-10-02 to 2026-11-03" in said.out
    assert "[x] it cannot be read: no file matches x.csv" in said.out
    said = sharekit("sources", "sales", "--format", "json", "--project", root)
    assert said.code == 0
    (found,) = json.loads(said.out)
    assert (found["from"], found["rows"], found["data_until"], found["age_days"]) == (
        "metrics/data/sales.csv", 3, "2026-11-03", 25,
    )  # fmt: skip
    assert found["columns"][0] == {
        "name": "day", "type": "DATE", "dates": {"first": "2026-10-02", "last": "2026-11-03"}
    }  # fmt: skip
    said = sharekit("sources", "slaes", "--project", root)
    assert (said.code, "Did you mean" in said.err) == (2, True)


def test_origin_tells_no_query_and_no_secret() -> None:
    def of(**keys: object) -> str:
        return origin(Source("s", (), SourceConfig.model_validate(keys), Place("sharekit.toml")))

    assert of(url="https://h.example/a.csv?key=s3cr3t") == "https://h.example/a.csv"
    assert of(url="env:SHEET") == "env:SHEET"
    assert of(path="a.xlsx", sheet="Plan", range="A1:B2") == "a.xlsx, sheet Plan, A1:B2"


def test_describe_and_summarize(tmp_path: Path) -> None:
    root = project(tmp_path, metric="", sales="day,n,net sales\n2026-01-01,5,\n2026-01-03,7,x\n")
    said = sharekit("sql", "DESCRIBE sales", "--format", "csv", "--project", root)
    assert said.out == "column_name,column_type\nday,DATE\nn,BIGINT\nnet sales,VARCHAR\n"
    said = sharekit(
        "sql",
        'summarize SELECT day, n, "net sales" FROM sales;',
        "--format",
        "csv",
        "--project",
        root,
    )
    assert said.out.splitlines() == [
        "column_name,column_type,min,max,different,avg,count,missing",
        "day,DATE,2026-01-01,2026-01-03,2,,2,0",
        "n,BIGINT,5,7,2,6,2,0",
        "net sales,VARCHAR,x,x,1,,1,1",
    ]
    said = sharekit("sql", "DESCRIBE '/etc/passwd'", "--project", root)
    assert said.code == 1
    assert "files cannot be read by name" in said.err


def test_new_source_shows_what_is_there_and_writes_what_works(tmp_path: Path) -> None:
    root = project(tmp_path, metric="", eu=SALES.replace("2026-10-02", "02/10/2026").replace("2026-10-03", "03/10/2026")
                   .replace("2026-11-03", "03/11/2026"))  # fmt: skip
    before = (root / "sharekit.toml").read_text()
    said = sharekit("new", "source", "sales", "--file", "metrics/data/eu.csv", "--project", root)
    assert said.code == 2
    assert 'date_format = "%d/%m/%Y" (day first)' in said.err
    assert (root / "sharekit.toml").read_text() == before
    lines = ["date_format=%d/%m/%Y", 'decimal = ","', "thousands=."]
    options = [part for line in lines for part in ("--option", line)]
    said = sharekit(
        "new", "source", "sales", "--file", "metrics/data/eu.csv", *options, "--project", root
    )
    assert (said.code, said.out) == (0, "sharekit.toml\n")
    assert "3 rows" in said.err
    assert "2026-10-02  1234.5" in said.err
    (root / "metrics" / "sales_total.sql").write_text(METRIC)
    assert sharekit("check", "--project", root).code == 0
    assert show(root, "sales_total")["value"] == 1333.5
    again = sharekit("new", "source", "sales", "--file", "metrics/data/eu.csv", "--project", root)
    assert "there is already a source sales" in again.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["source", "x"], "--file PATH, or --url ADDRESS"),
        (["source", "x", "--file", "/etc/passwd"], "outside the project"),
        (["source", "x", "--file", "none.csv"], "there is no file none.csv"),
        (["source", "X-1", "--file", "metrics/data/a.csv"], "cannot be the name of a table"),
        (["source", "x", "--url", "http://h.example/a.csv"], "should begin with https://"),
        (
            ["source", "x", "--file", "metrics/data/a.csv", "--option", "decimal"],
            "decimal is not an option",
        ),
        (
            ["source", "x", "--file", "metrics/data/a.csv", "--owner", "ana"],
            "--owner is not for a new source",
        ),
        (["metric", "x", "--url", "https://h.example/a.csv"], "--url is not for a new metric"),
    ],
)
def test_new_source_says_what_is_wrong(tmp_path: Path, args: list[str], words: str) -> None:
    root = project(tmp_path, metric="", a="n\n1\n")
    said = sharekit("new", *args, "--project", root)
    assert said.code == 2
    assert words in said.err


def test_an_entry_with_a_mistake_is_no_source_that_is_not_there(tmp_path: Path) -> None:
    entry = '[sources.ads]\nurl = "http://127.0.0.1:8765/a.csv"\n'
    root = project(tmp_path, entry, metric="")
    for names in ([], ["ads"]):
        said = sharekit("sources", *names, "--project", root)
        assert said.code == 2
        assert "`sources.ads.url` should begin with https://" in said.err
        assert "no source" not in said.err
    (root / "metrics" / "data" / "a.csv").write_text("n\n1\n")
    said = sharekit("sources", "--project", root)
    assert said.code == 2
    assert "a.csv" in said.out
    assert "`sources.ads.url`" in said.err


def test_a_password_in_a_secret_address_is_told_what_to_do(tmp_path: Path) -> None:
    root = project(tmp_path, '[sources.ads]\nurl = "env:ADS"\n', metric="")
    environ = {"ADS": "https://ann:s3cr3t@shop.example/a.csv"}
    said = sharekit_process("sources", "--project", root, environ=environ)
    assert "Leave it out of the address" in said.out
    assert "s3cr3t" not in said.out + said.err


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "server") as found:
        yield found


def test_source_out_of_reach_keeps_the_last_good_rows_and_says_so(
    tmp_path: Path, server: Server
) -> None:
    config = f'[sources.sales]\nurl = "{server.url("/sales.csv")}"\nbearer = "env:TOKEN"\n'
    root = project(tmp_path / "project", config)
    environ = {
        "SSL_CERT_FILE": str(server.certificate),
        "SHAREKIT_ALLOW_LOOPBACK": "1",
        "TOKEN": "s3cr3t-token",
        "TOKEN_HOST": "localhost",
    }
    environ |= {"HTTPS_PROXY": "", "https_proxy": ""}
    server.routes["/sales.csv"] = answer(
        SALES.replace("1.234,50", "1234.5").replace(";", ",").encode()
    )

    def run(*args: str, **more: str) -> Said:
        return sharekit_process(*args, "--project", root, environ=environ | more)

    first = run("build")
    assert first.code == 0, first.err
    assert server.asked[0][1]["authorization"] == "Bearer s3cr3t-token"
    server.routes["/sales.csv"] = answer(b"", 503)
    second = run("build")
    assert second.code == 3
    said = second.out + second.err
    assert "error[stale-source]" in said
    assert "the server answers 503" in " ".join(said.split())
    pages = [each.read_text() for each in (root / "site").rglob("*.html")]
    assert any("out of reach" in each for each in pages)
    forked = run("check", TOKEN="")
    assert forked.code == 3
    assert "TOKEN, which is not set" in " ".join(forked.out.split())
    listed = run("sources")
    assert listed.code == 3
    written = [each.read_bytes() for each in root.rglob("*") if each.is_file()]
    assert not [each for each in written if b"s3cr3t" in each]
    assert "s3cr3t" not in "".join(each.out + each.err for each in (first, second, forked, listed))


def test_source_that_was_never_had_is_out_of_reach(tmp_path: Path, server: Server) -> None:
    root = project(tmp_path / "project", f'[sources.sales]\nurl = "{server.url("/sales.csv")}"\n')
    server.routes["/sales.csv"] = answer(b"", 503)
    environ = {"SSL_CERT_FILE": str(server.certificate), "SHAREKIT_ALLOW_LOOPBACK": "1"}
    said = sharekit_process(
        "check", "--project", root, environ=environ | {"HTTPS_PROXY": "", "https_proxy": ""}
    )
    assert said.code == 3
    assert "error[unreadable-source]" in said.out
