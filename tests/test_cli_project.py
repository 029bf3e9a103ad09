"""The commands that answer about a project: check, show, status, sql, schema, serve, over one small
one."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
from commandline import sharekit, sharekit_process
from gitrepos import new_repo
from golden import Golden

from sharekit.project.scaffold import write
from sharekit.project.scaffold.project import project_files
from sharekit.site.json.number_document import data_document

EXPECTED = Path(__file__).parent / "cases" / "bakery"
DAY = date(2025, 5, 14)


def bakery(root: Path) -> Path:
    """What `sharekit init` writes, on a fixed day."""
    files = dict(project_files("Bakeries", DAY))
    files["sharekit.toml"] = files["sharekit.toml"].replace(
        '"Bakeries"\n', '"Bakeries"\nas_of = 2025-05-14\n'
    )
    write(root, files)
    return root


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bakery(tmp_path_factory.mktemp("bakery"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "args",
    [
        ["status"],
        ["show", "late_share"],
        ["show", "harbour_late_share"],
        ["check", "--no-run"],
        ["sql", "SELECT shop, sum(orders) AS orders FROM orders GROUP BY shop ORDER BY shop"],
        [
            "sql",
            "SELECT week, value FROM metrics.orders_delivered ORDER BY ALL LIMIT 2",
            "--format",
            "json",
        ],
    ],
    ids=" ".join,
)
def test_terminal_says(project: Path, golden: Golden, args: list[str]) -> None:
    said = sharekit(*args, "--project", project)
    assert (said.code, said.err) == (0, "")
    name = "-".join(word.strip("-") for word in args[:2] if " " not in word) + (
        "-json" if "json" in args else ""
    )
    golden.check(said.out, EXPECTED / f"{name}.txt")


def test_a_misspelled_time_zone_is_a_sentence(tmp_path: Path) -> None:
    config = '[project]\nname = "P"\ntimezone = "Europe/Lisbn"\n'
    (tmp_path / "sharekit.toml").write_text(config, encoding="utf-8")
    for args in (["check"], ["build"], ["status"]):
        said = sharekit(*args, "--project", tmp_path)
        assert said.code == 2
        assert "Did you mean `Europe/Lisbon`?" in said.out + said.err


@pytest.mark.slow
def test_the_day_in_quotes_is_that_day(tmp_path: Path) -> None:
    root = bakery(tmp_path)
    config = root / "sharekit.toml"
    config.write_text(
        config.read_text().replace("as_of = 2025-05-14", 'as_of = "2025-05-14"'), encoding="utf-8"
    )
    assert sharekit(
        "sql", "SELECT as_of() AS day", "--format", "csv", "--project", root
    ).out.split() == [
        "day",
        "2025-05-14",
    ]


@pytest.mark.slow
def test_show_as_json_is_the_document_that_the_site_publishes(project: Path) -> None:
    assert sharekit("build", "--project", project).code == 0
    for item in ("late_share", "harbour_late_share"):
        said = sharekit("show", item, "--format", "json", "--project", project)
        assert said.out == (project / "site" / "data" / f"{item}.json").read_text()
    assert {
        "id",
        "title",
        "unit",
        "value",
        "period",
        "as_of",
        "previous",
        "change",
        "target",
        "status",
        "series",
    } <= set(json.loads(said.out))
    assert data_document.__module__ == "sharekit.site.json.number_document"


def test_status_as_json_has_every_key_result(project: Path) -> None:
    said = json.loads(sharekit("status", "--format", "json", "--project", project).out)
    (objective,) = said["objectives"]
    assert objective["title"] == "Bread is there when we said"
    assert [each["id"] for each in objective["key_results"]] == ["harbour_late_share"]
    assert objective["key_results"][0]["okr"]["target"] == 0.08


@pytest.mark.slow
def test_show_runs_only_what_it_needs(project: Path, tmp_path: Path) -> None:
    root = bakery(tmp_path)
    (root / "metrics/broken.sql").write_text(
        "/* ---\ntitle: Broken\n--- */\nSELECT error('never run')::INT AS value\n"
    )
    said = sharekit("show", "late_share", "--project", root)
    assert (said.code, said.err) == (0, "")
    broken = sharekit("show", "broken", "--project", root)
    assert broken.code == 1
    assert "never run" in broken.err
    assert "no data" in broken.out


def test_show_of_nothing_is_answered_with_the_nearest(project: Path) -> None:
    said = sharekit("show", "late_shares", "--project", project)
    assert (said.code, said.out) == (2, "")
    assert "Did you mean `late_share`" in said.err


# -- check ----------------------------------------------------------------------------------------


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    root = bakery(tmp_path)
    path = root / "metrics/late_share.sql"
    path.write_text(
        path.read_text().replace("owner: ines", "onwer: ines").replace("[shop]", "[shopp]")
    )
    return root


@pytest.mark.parametrize("form", ["jsonl", "sarif", "github"])
def test_report_for_machines_is_all_that_standard_output_gets(mistaken: Path, form: str) -> None:
    said = sharekit("check", "--format", form, "--project", mistaken)
    assert said.code == 2
    if form == "jsonl":
        assert "unknown-key" in {json.loads(line)["code"] for line in said.out.splitlines()}
    elif form == "sarif":
        assert json.loads(said.out)["version"] == "2.1.0"
    else:
        assert all(line.startswith("::error file=") for line in said.out.splitlines())


def test_check_tells_all_mistakes_with_the_way_out(mistaken: Path) -> None:
    said = sharekit("check", "--project", mistaken)
    assert said.code == 2
    assert "metrics/late_share.sql:4:1: error[unknown-key]" in said.out
    assert "Did you mean `owner`?" in said.out
    assert said.out.rstrip().endswith("Nothing can be built.")


@pytest.mark.slow
def test_check_runs_the_queries_and_ends_with_1_where_one_fails(tmp_path: Path) -> None:
    root = bakery(tmp_path)
    path = root / "metrics/orders_delivered.sql"
    path.write_text(
        path.read_text().replace("orders AS value", "orders AS value, error('on purpose') AS x")
    )
    assert sharekit("check", "--no-run", "--project", root).code == 0
    said = sharekit("check", "--project", root)
    assert said.code == 1
    assert "on purpose" in said.out
    assert said.out.rstrip().endswith("The rest can be built.")


@pytest.mark.slow
def test_check_of_the_files_says_the_same_again_and_sees_each_change(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "bakery")
    root = bakery(repo.path)
    metric, data = root / "metrics/late_share.sql", root / "metrics/data"
    link = root / "metrics/link.sql"
    text, config = metric.read_text(), root / "sharekit.toml"
    newcomer = config.read_text().replace("[people.", '[people.new]\nname = "New"\n[people.', 1)
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: metric.write_text(text.replace("owner:", "ownr:")),
        lambda: metric.write_text(text),
        lambda: (data / "extra.xls").write_bytes(b"x"),
        lambda: repo.commit({}, "Begin"),
        lambda: link.symlink_to("nothing.sql"),
        lambda: (link.unlink(), link.symlink_to("/etc/passwd")),
        lambda: config.write_text(newcomer),
    ]
    answers = []
    for change in changes:
        change()
        check = ("check", "--no-run", "--project", root)
        said = [sharekit(*check), sharekit(*check, "--format", "jsonl")]
        again = [sharekit(*check), sharekit(*check, "--format", "jsonl")]
        shutil.rmtree(root / ".sharekit")
        assert said == again == [sharekit(*check), sharekit(*check, "--format", "jsonl")]
        answers.append(said[1].out)
    assert len(set(answers)) >= 5


@pytest.mark.slow
def test_nothing_but_the_cache_is_written_by_looking(project: Path, tmp_path: Path) -> None:
    root = bakery(tmp_path)
    before = sorted(path for path in root.rglob("*"))
    for args in (["check"], ["show", "late_share"], ["status"], ["sql", "SELECT 1"], ["schema"]):
        sharekit(*args, "--project", root)
    after = sorted(path for path in root.rglob("*") if ".sharekit" not in path.parts)
    assert after == before


# -- sql ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_query_comes_from_a_pipe_too(project: Path) -> None:
    said = sharekit_process(
        "sql", "--format", "csv", "--project", project, stdin="SELECT 1 AS one,\n 2 AS two;\n"
    )
    assert (said.code, said.out, said.err) == (0, "one,two\n1,2\n", "")


def test_failing_query_points_at_the_spot(project: Path) -> None:
    said = sharekit("sql", "SELECT shop,\n  ordrs\nFROM orders", "--project", project)
    assert (said.code, said.out) == (1, "")
    assert "      2 |   ordrs\n        |   ^^^^^\n" in said.err
    assert "Did you mean" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/x.db'",
        "SELECT getenv('HOME')",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
    ],
)
def test_console_has_the_sandbox_of_the_build(project: Path, query: str) -> None:
    said = sharekit("sql", query, "--project", project)
    assert (said.code, said.out) == (1, "")


class Typist:
    """Somebody at a terminal: types, and reads until some words are there."""

    def __init__(self, *command: str) -> None:
        self._handle, inside = os.openpty()
        self._process = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside)
        os.close(inside)
        self._seen = b""

    def until(self, words: bytes) -> str:
        while words not in self._seen:
            try:
                read = os.read(self._handle, 4096)
            except OSError:  # Linux says so at the end of a terminal
                read = b""
            assert read, f"the terminal closed before {words!r}: {self._seen!r}"
            self._seen += read
        before, _, self._seen = self._seen.partition(words)
        return before.decode()

    def types(self, text: bytes) -> None:
        os.write(self._handle, text)

    def code(self) -> int:
        with contextlib.suppress(OSError):
            while os.read(self._handle, 4096):
                pass
        os.close(self._handle)
        return self._process.wait()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_console_answers_explains_lists_and_remembers(project: Path) -> None:
    process = Typist(sys.executable, "-m", "sharekit", "sql", "--plain", "--project", str(project))
    process.until(b"sharekit> ")
    process.types(b"SELECT 1 AS one,\n")
    process.until(b"...> ")
    process.types(b"2 AS two;\n")
    process.until(b"one  two")
    process.until(b"1 row")
    process.types(b"SELECT ordrs FROM orders;\n")
    process.until(b"there is no column `ordrs`")
    process.until(b"^^^^^")
    process.until(b"sharekit> ")
    process.types(b".tables\n")
    process.until(b"metrics.late_share")
    process.until(b"sharekit> ")
    process.types(b"\x04")
    assert process.code() == 0
    assert "SELECT ordrs FROM orders;" in (project / ".sharekit" / "sql_history").read_text()


# -- schema ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("part", [[], ["config"], ["front-matter"]])
def test_schema_is_a_json_schema(part: list[str]) -> None:
    said = sharekit("schema", *part)
    assert said.code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(said.out))


# -- serve ----------------------------------------------------------------------------------------


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, str]]:
    root = bakery(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "sharekit", "serve", "--port", "0", "--project", str(root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield process, root, process.stdout.readline().strip()
    if process.poll() is None:
        process.kill()
        process.communicate(timeout=60)


def fetch(url: str, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=60)
    connection.request("GET", path, headers={"Host": "localhost"})
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def wait_for_change(url: str, page: str) -> None:
    """Ask as the page's own script does, until there is another version than the one in this
    page."""
    version = page.partition("live.js?version=")[2].partition('"')[0]
    while "reload" not in fetch(url, f"/_sharekit/wait.js?version={version}"):
        pass


@pytest.mark.slow
def test_serve_builds_reloads_shows_mistakes_and_ends_cleanly(
    preview: tuple[subprocess.Popen[str], Path, str],
) -> None:
    process, root, url = preview
    page = fetch(url, "/")
    if "Late deliveries" not in page:
        wait_for_change(url, page)
        page = fetch(url, "/")
    assert "Late deliveries" in page
    path = root / "metrics/late_share.sql"
    good = path.read_text()
    path.write_text(good.replace("title: Late deliveries", "title: How often we are late"))
    wait_for_change(url, page)
    renamed = fetch(url, "/")
    assert "How often we are late" in renamed
    path.write_text(good.replace("title:", "titel:"))
    wait_for_change(url, renamed)
    broken = fetch(url, "/metrics/orders_delivered.html")
    assert "sharekit-report" in broken
    assert "titel" in broken
    assert "Orders delivered" in broken, "the last good page is still below"
    path.write_text(good)
    wait_for_change(url, broken)
    assert "sharekit-report" not in fetch(url, "/")
    assert not (root / "site").exists(), "a preview publishes nothing"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err
