"""Whole builds, with real files and real DuckDB: what is published, what is said, what stays where
one fails."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from commandline import Said, sharekit, sharekit_process

from sharekit.project.scaffold import write
from sharekit.project.scaffold.project import project_files
from sharekit.publish import MARKER

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DAY = date(2025, 5, 14)

Make = Callable[[Mapping[str, str | bytes]], Path]

CONFIG = '[project]\nname = "Shop"\nas_of = 2025-05-14\n'
ORDERS = "day,shop,orders\n" + "".join(f"2025-0{4 + d // 30}-{d % 30 + 1:02d},{s},{d + n}\n" for d in range(42)
                                        for n, s in enumerate(("harbour", "mill")))  # fmt: skip
ORDERED = """/* ---
title: Orders
grain: week
--- */
SELECT date_trunc('week', day)::DATE AS week, sum(orders) AS value FROM orders GROUP BY week
"""
SHOPS = "/* ---\ntitle: Shops\n--- */\nSELECT count(DISTINCT shop) AS value FROM orders\n"
SHOP = {
    "sharekit.toml": CONFIG,
    "metrics/data/orders.csv": ORDERS,
    "metrics/ordered.sql": ORDERED,
    "metrics/shops.sql": SHOPS,
    "dashboards/home.md": "---\ntitle: Home\n---\nWe had {{ ordered }} orders in {{ shops }}.\n",
}


def build(root: Path, *options: object) -> Said:
    return sharekit("build", "--project", root, *options)


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def shop(project: Make) -> Path:
    return project(SHOP)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's own project, as somebody has it who unpacked it: without git."""
    root = tmp_path_factory.mktemp("example")
    for name in ("metrics", "dashboards"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "sharekit.toml", root)
    return root


def test_example_is_built_and_an_unchanged_one_says_so(example: Path) -> None:
    first = build(example)
    assert first.code == 0, first.err
    assert re.search(r"^  Run +\d+ queries", first.out, re.MULTILINE)
    assert (example / "site" / "index.html").exists()
    pages = tree(example / "site")
    again = build(example)
    assert again.code == 0
    assert "Nothing has changed since the last build." in again.out
    assert again.err == first.err, "what it warned of is said again"
    assert tree(example / "site") == pages


def test_same_inputs_give_the_same_bytes_wherever_they_are(example: Path, tmp_path: Path) -> None:
    """Another folder, another time zone of the machine, another order of hashes, nothing cached."""
    other = tmp_path / "elsewhere"
    shutil.copytree(example, other, ignore=shutil.ignore_patterns("site", ".sharekit"))
    environ = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "12345", "LC_ALL": "C.UTF-8"}
    said = sharekit_process("build", "--project", other, environ=environ)
    assert said.code == 0, said.err
    build(example)
    assert tree(other / "site") == tree(example / "site")


def test_one_changed_metric_is_all_that_runs(shop: Path) -> None:
    assert "2 queries" in build(shop).out
    (shop / "metrics/shops.sql").write_text(SHOPS.replace("DISTINCT shop", "DISTINCT day"))
    said = build(shop)
    assert re.search(r"^  Run +1 query", said.out, re.MULTILINE)
    assert re.search(r"^  Unchanged +1 result from cache", said.out, re.MULTILINE)
    assert re.search(
        r"^    \[~\] +Shops +2 shops? -> 42|^    \[~\] +Shops +2 -> 42", said.out, re.MULTILINE
    )


def test_formatting_and_comments_run_nothing_again(shop: Path) -> None:
    build(shop)
    (shop / "metrics/shops.sql").write_text(SHOPS.replace("SELECT", "-- all of them\nselect\n "))
    assert re.search(r"^  Run +no queries", build(shop).out, re.MULTILINE)


def test_changed_data_runs_what_reads_it(shop: Path) -> None:
    build(shop)
    (shop / "metrics/data/orders.csv").write_text(ORDERS + "2025-05-13,lane,7\n")
    said = build(shop)
    assert re.search(r"^  Run +2 queries", said.out, re.MULTILINE)
    assert "2 -> 3" in said.out


def test_fresh_runs_everything_again(shop: Path) -> None:
    build(shop)
    assert re.search(r"^  Run +2 queries", build(shop, "--fresh").out, re.MULTILINE)


def test_failing_metric_keeps_its_last_good_value_and_never_stops_the_rest(shop: Path) -> None:
    build(shop)
    (shop / "metrics/shops.sql").write_text(
        SHOPS.replace("count(DISTINCT shop)", "error('broken on purpose')::INT")
    )
    (shop / "metrics/ordered.sql").write_text(
        ORDERED.replace("title: Orders", "title: Orders taken")
    )
    said = build(shop)
    assert said.code == 1
    assert "metrics/shops.sql:4" in said.err
    assert "broken on purpose" in said.err
    page = (shop / "site/metrics/shops.html").read_text()
    assert "2" in page
    assert "broken on purpose" in page
    assert "Orders taken" in (shop / "site/metrics/ordered.html").read_text()
    assert build(shop).code == 1, "a failed build is tried again"
    (shop / "metrics/shops.sql").write_text(SHOPS)
    assert build(shop).code == 0


def test_strict_publishes_nothing_where_anything_fails(shop: Path) -> None:
    build(shop)
    before = tree(shop / "site")
    (shop / "metrics/shops.sql").write_text(
        SHOPS.replace("count(DISTINCT shop)", "error('no')::INT")
    )
    said = build(shop, "--strict")
    assert said.code == 1
    assert "Nothing was published" in said.out
    assert tree(shop / "site") == before


def test_mistakes_in_files_stop_before_anything_runs_and_are_told_all_at_once(shop: Path) -> None:
    build(shop)
    before = tree(shop / "site")
    (shop / "metrics/shops.sql").write_text(SHOPS.replace("title:", "titel:"))
    (shop / "dashboards/home.md").write_text("---\ntitle: Home\n---\nWe had {{ orderd }}.\n")
    said = build(shop)
    assert (said.code, said.out) == (2, "")
    assert "metrics/shops.sql:2:1: error[unknown-key]" in said.err
    assert "dashboards/home.md:4" in said.err
    assert "nothing was done" in said.err
    assert tree(shop / "site") == before


def test_page_over_its_budget_is_foreseen_and_stops_nothing(shop: Path) -> None:
    (shop / "sharekit.toml").write_text(CONFIG + "\n[site]\npage_kb = 1\n")
    foreseen = sharekit("check", "--project", shop)
    assert foreseen.code == 0
    assert "dashboards/home.md: warning[page-too-large]" in foreseen.out
    said = build(shop)
    assert said.code == 0
    assert "over its budget of 1 kB" in said.err
    assert (shop / "site/dashboards/home.html").exists()


def test_folder_of_somebody_else_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    said = build(shop, "--out", tmp_path / "mine")
    assert said.code == 2
    assert "holds files that sharekit did not make" in said.err
    assert tree(tmp_path / "mine") == {"thesis.txt": b"years of work"}


def test_site_that_was_touched_or_lost_is_made_again(shop: Path) -> None:
    build(shop)
    good = tree(shop / "site")
    (shop / "site/index.html").write_text("defaced")
    assert "Nothing has changed" not in build(shop).out
    assert tree(shop / "site") == good
    shutil.rmtree(shop / "site")
    build(shop)
    assert tree(shop / "site") == good


AUDIENCES = """
[people.ana]
name = "Ana Ruiz"
[people.ben]
name = "Ben Ito"
[audiences.board]
members = ["ana"]
[audiences.shop_floor]
members = ["ana", "ben"]
"""


def test_each_audience_has_a_tree_and_nothing_stands_above_them(shop: Path) -> None:
    (shop / "sharekit.toml").write_text(CONFIG + 'audience = "shop_floor"\n' + AUDIENCES)
    (shop / "metrics/shops.sql").write_text(
        SHOPS.replace("title: Shops", "title: Shops we may close\naudience: board")
    )
    (shop / "dashboards/home.md").write_text(
        "---\ntitle: Home\n---\nWe had {{ ordered }} orders.\n"
    )
    said = build(shop)
    assert said.code == 0, said.err
    pages = tree(shop / "site")
    assert {path.partition("/")[0] for path in pages} == {
        "board",
        "shop_floor",
        "_headers",
        MARKER,
    }
    assert b"board" not in pages["_headers"]
    floor = {path: content for path, content in pages.items() if path.startswith("shop_floor/")}
    assert not [
        path for path, content in floor.items() if b"may close" in content or "shops" in path
    ]
    assert b"may close" in pages["board/index.html"]


def test_date_is_an_input(shop: Path) -> None:
    build(shop)
    now = (shop / "site/data/ordered.json").read_text()
    build(shop, "--as-of", "2025-05-07")
    earlier = (shop / "site/data/ordered.json").read_text()
    assert '"as_of":"2025-05-14"' in now
    assert '"period":"2025-05-05"' in now
    assert '"as_of":"2025-05-07"' in earlier
    assert '"period":"2025-04-28"' in earlier


def test_time_passes_and_the_example_goes_on(example: Path, tmp_path: Path) -> None:
    """The rest of the year arrives as a second file; the quarter is over and judged."""
    later = tmp_path / "later"
    shutil.copytree(example, later, ignore=shutil.ignore_patterns("site"))
    (later / "metrics/data/flights.parquet").rename(later / "metrics/data/until_november.parquet")
    shutil.copy(
        ROOT / "tests/data/flights_after_2013-11-21.parquet",
        later / "metrics/data/afterwards.parquet",
    )
    (later / "metrics/_flights.sql").write_text("FROM until_november UNION ALL FROM afterwards\n")
    for path in (later / "metrics").rglob("*.sql"):
        if path.name != "_flights.sql":
            path.write_text(
                re.sub(r"(?m)\bFROM flights\b", "FROM metrics._flights", path.read_text())
            )
    said = sharekit("status", "--project", later, "--as-of", "2014-01-06")
    assert said.code in (0, 1), said.err
    assert re.search(r"JFK leaves on time.*(Met|Partly met|Missed)", said.out)
    assert "On track" not in said.out


def test_interrupted_build_leaves_the_old_site_and_no_traceback(shop: Path) -> None:
    build(shop)
    before = tree(shop / "site")
    slow = (
        "SELECT count(*) AS value FROM range(100000000) AS a(x), range(1000) AS b(y) WHERE a.x % 7"
        " = b.y\n"
    )
    (shop / "metrics/slow.sql").write_text(f"/* ---\ntitle: Slow\n--- */\n{slow}")
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(shop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert tree(shop / "site") == before


INTERRUPTED = """
import os, signal, sys
from sharekit.cli import run

def interrupt(event, args):
    if event == "subprocess.Popen" and "git" not in str(args[0]):
        signal.setitimer(signal.ITIMER_REAL, 1.0)

signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
sys.addaudithook(interrupt)
sys.exit(run(["build", "--project", sys.argv[1]]))
"""


# -- starting -------------------------------------------------------------------------------------


def test_init_writes_a_project_that_works_at_once(tmp_path: Path) -> None:
    said = sharekit("init", "my-numbers", cwd=tmp_path)
    assert said.code == 0, said.err
    assert "error" not in said.err
    assert (tmp_path / "my-numbers/site/index.html").exists()
    assert "My numbers" in (tmp_path / "my-numbers/site/index.html").read_text()
    assert "Next: cd my-numbers && sharekit serve" in said.err
    checked = sharekit("check", "--project", tmp_path / "my-numbers")
    assert (checked.code, checked.out.splitlines()[-1]) == (
        0,
        "  No warnings, no errors. Ready to build.",
    )


@pytest.mark.parametrize(
    "today", [date(2025, 1, 1), date(2025, 2, 28), date(2024, 2, 29), date(2025, 12, 31)]
)
def test_first_project_has_no_problem_on_any_day(tmp_path: Path, today: date) -> None:
    write(tmp_path, project_files("Numbers", today))
    said = sharekit("check", "--project", tmp_path, "--as-of", today.isoformat())
    assert (said.code, said.out.splitlines()[-1]) == (
        0,
        "  No warnings, no errors. Ready to build.",
    )


def test_init_touches_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    said = sharekit("init", cwd=tmp_path)
    assert said.code == 2
    assert ".gitignore already exists; nothing was written" in said.err
    assert tree(tmp_path) == {".gitignore": b"mine\n"}
    (tmp_path / ".gitignore").unlink()
    assert sharekit("init", "--no-build", cwd=tmp_path).code == 0
    assert "sharekit.toml already exists" in sharekit("init", cwd=tmp_path).err


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    write(tmp_path, project_files("Numbers", DAY))
    with (tmp_path / "sharekit.toml").open("a") as file:
        file.write("\n[limits]\nseconds = 20\n")
    config = (tmp_path / "sharekit.toml").read_text()
    (tmp_path / "sharekit.toml").write_text(
        config.replace("[people.ines]", "as_of = 2025-05-14\n\n[people.ines]", 1)
    )
    return tmp_path


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (
            ["metric", "returns", "--owner", "tom", "--folder", "quality"],
            "metrics/quality/returns.sql",
        ),
        (["view", "daily"], "metrics/_daily.sql"),
        (["view", "_daily", "--source", "orders"], "metrics/_daily.sql"),
        (
            ["okr", "more_orders", "--owner", "ines"],
            "metrics/okrs/2025-q2/on_time_bread/more_orders.sql",
        ),
        (["objective", "grow", "--owner", "tom"], "metrics/okrs/2025-q2/grow/objective.md"),
        (["objective", "grow", "--period", "2025-H2"], "metrics/okrs/2025-h2/grow/objective.md"),
        (["dashboard", "next-year"], "dashboards/next-year.md"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_new_file_works_as_it_stands(begun: Path, args: list[str], path: str) -> None:
    said = sharekit("new", *args, "--project", begun)
    assert (said.code, said.out) == (0, f"{path}\n"), said.err
    checked = sharekit("check", "--project", begun)
    assert checked.code == 0, checked.out
    assert "0 errors" in checked.out or "no errors" in checked.out
    before = (begun / path).read_text()
    again = sharekit("new", *args, "--project", begun)
    assert again.code == 2
    assert "already exists" in again.err
    assert (begun / path).read_text() == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["metric", "On-Time"], "Did you mean on_time?"),
        (["metric", "1st"], "cannot be a name"),
        (["metric", "../../evil"], "cannot be a name"),
        (["metric", "late_share"], "late_share already exists: metrics/late_share.sql"),
        (["metric", "returns", "--owner", "tmo"], "Did you mean `tom`?"),
        (["metric", "returns", "--folder", "../x"], "cannot be a folder"),
        (["metric", "returns", "--source", "ordrs"], "Did you mean `orders`?"),
        (["okr", "more", "--objective", "nope"], "there is no objective nope"),
        (["objective", "grow", "--period", "Q4/25"], "is not a period"),
        (["chart", "x"], "'chart' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_new_says_what_cannot_be(begun: Path, args: list[str], words: str) -> None:
    before = tree(begun)
    said = sharekit("new", *args, "--project", begun)
    assert said.code == 2
    assert words in said.err
    assert {
        path: text for path, text in tree(begun).items() if not path.startswith(".sharekit")
    } == before


def test_new_metric_without_any_data_still_runs(project: Make) -> None:
    root = project({"sharekit.toml": CONFIG})
    assert sharekit("new", "metric", "answer", "--project", root).code == 0
    assert (
        sharekit("sql", "FROM metrics.answer", "--format", "csv", "--project", root).out
        == "value\n42\n"
    )
