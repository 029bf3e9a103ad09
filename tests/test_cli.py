"""The command line itself: help, exit codes, streams, and what is said when something goes
wrong."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from commandline import sharekit
from gitrepos import new_repo

from sharekit import __version__, cli
from sharekit.app.inputs import find_project
from sharekit.app.session import Session, Switches
from sharekit.escape import redact

HEAVY = {
    "duckdb",
    "jinja2",
    "markdown_it",
    "mcp",
    "plotly",
    "pydantic",
    "resvg_py",
    "rich",
    "sqlglot",
    "yaml",
}


def loaded_by(folder: Path, *args: str) -> set[str]:
    """The packages that a command loads, in a process of its own."""
    code = (
        "import json, sys; from sharekit.cli import run; run(sys.argv[1:]);"
        " print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=folder, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.slow
@pytest.mark.parametrize("args", [["--help"], ["--version"], ["biuld"], []])
def test_help_loads_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    """What makes it answer at once; the time itself is measured in tests/bench."""
    assert loaded_by(tmp_path, *args) & HEAVY == set()


@pytest.mark.slow
@pytest.mark.parametrize("args", [["build"], ["check", "--no-run"]], ids=" ".join)
def test_what_was_parsed_before_is_not_parsed_again(args: list[str], tmp_path: Path) -> None:
    _tiny(tmp_path)
    assert "sqlglot" in loaded_by(tmp_path, *args)
    config = tmp_path / "sharekit.toml"
    config.write_text(config.read_text().replace('"Ann"', '"Ann Lee"'))
    assert loaded_by(tmp_path, *args).isdisjoint({"sqlglot", "duckdb"})


@pytest.mark.slow
def test_no_query_is_read_again_on_the_next_day(tmp_path: Path) -> None:
    _tiny(tmp_path)
    days = (
        "/* ---\ntitle: Days\nowner: ann\ngrain: day\ndimensions: [shop]\n--- */\n"
        "WITH sold AS (SELECT day, shop_id AS shop, sum(n) AS value FROM sales GROUP BY ALL)\n"
        "SELECT day, shop, value, lag(value) OVER (ORDER BY day) AS before FROM sold\n"
        "WHERE day >= DATE '2030-01-01' + 0\n"
    )
    (tmp_path / "metrics/days.sql").write_text(days)
    rows = "".join(f"2030-01-{day:02},a,1\n2030-01-{day:02},b,2\n" for day in range(1, 29))
    (tmp_path / "metrics/data").mkdir()
    (tmp_path / "metrics/data/sales.csv").write_text(f"day,shop_id,n\n{rows}")
    assert "sqlglot" in loaded_by(tmp_path, "build", "--as-of", "2030-01-29")
    assert "sqlglot" not in loaded_by(tmp_path, "build", "--as-of", "2030-01-30")


def _tiny(folder: Path) -> None:
    query = "/* ---\ntitle: One\nowner: ann\n--- */\nSELECT 1 AS value\n"
    (folder / "metrics").mkdir()
    (folder / "metrics/one.sql").write_text(query)
    (folder / "sharekit.toml").write_text('[project]\nname = "Tiny"\n[people.ann]\nname = "Ann"\n')


@pytest.mark.slow
@pytest.mark.parametrize("args", [["build"], ["check", "--no-run"]], ids=" ".join)
def test_command_that_finds_nothing_changed_loads_nothing_heavy(
    args: list[str], tmp_path: Path
) -> None:
    _tiny(tmp_path)
    assert "pydantic" in loaded_by(tmp_path, *args)
    assert loaded_by(tmp_path, *args) & HEAVY == {"rich"}, "rich knows how wide letters are"


def test_overview_names_every_command_with_its_own_first_sentence() -> None:
    overview = sharekit("--help")
    assert overview.code == 0
    for name, line in cli.COMMANDS.items():
        assert f"  {name} " in overview.out
        help_text = sharekit(name, "--help").out
        assert line in help_text.splitlines()[2], f"{name} says something else about itself"


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_help_of_each_command_ends_in_an_example_that_its_options_allow(name: str) -> None:
    said = sharekit(name, "--help")
    assert said.code == 0
    lines = said.out.rstrip().splitlines()
    example = lines[lines.index("Example:") + 1 :]
    assert example, "an example to paste"
    assert any(f"sharekit {name}" in line for line in example)


def test_each_command_takes_its_own_arguments_and_options() -> None:
    """click hands them over by name, which neither mypy nor an import looks at."""
    for name in cli.COMMANDS:
        for command in _commands(cli.sharekit.get_command(click.Context(cli.sharekit), name)):
            assert command.callback is not None
            names = {option.name for option in command.params if option.expose_value}
            taken = set(inspect.signature(inspect.unwrap(command.callback)).parameters)
            assert names == taken - {"session"}, f"{name} {command.name}"


def _commands(command: click.Command | None) -> list[click.Command]:
    assert command is not None
    return list(command.commands.values()) if isinstance(command, click.Group) else [command]


def test_every_argument_and_option_has_help() -> None:
    context = click.Context(cli.sharekit, info_name="sharekit")
    for name in cli.COMMANDS:
        command = cli.sharekit.get_command(context, name)
        assert command is not None
        assert not [
            option.name
            for option in command.params
            if isinstance(option, click.Option) and not option.help
        ]


def test_version_is_the_packages() -> None:
    assert sharekit("--version").out == f"sharekit {__version__}\n"


def test_unknown_command_is_answered_with_the_nearest() -> None:
    said = sharekit("biuld")
    assert (said.code, said.out) == (2, "")
    assert "[x] there is no command biuld. Did you mean build?" in said.err


def test_unknown_option_is_said_without_a_traceback() -> None:
    said = sharekit("sql", "--fromat", "csv")
    assert (said.code, said.out) == (2, "")
    assert "--fromat" in said.err
    assert "--format" in said.err
    assert "See sharekit sql --help." in said.err


def test_no_project_is_a_sentence_with_the_way_out(tmp_path: Path) -> None:
    said = sharekit("sql", "SELECT 1", cwd=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert (
        said.err == f"  [x] there is no sharekit.toml in {tmp_path} or above it\n\n"
        "      Run sharekit init to start a project, or name its folder with --project.\n"
    )


def test_bad_date_is_a_sentence() -> None:
    said = sharekit("sql", "SELECT 1", "--as-of", "22.11.2013")
    assert said.code == 2
    assert "'22.11.2013' is not a date; write it as 2013-11-22" in said.err


def test_project_is_found_from_below_and_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "metrics" / "deep").mkdir(parents=True)
    (tmp_path / "metrics" / "pyproject.toml").write_text("[project]\nname = 'not ours'\n")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.sharekit.project]\nname = 'Ours'\nas_of = 2013-11-22\n"
    )
    found = find_project(tmp_path / "metrics" / "deep")
    assert (found.root, found.config_path) == (tmp_path, "pyproject.toml")
    assert found.setting("project", "name") == "Ours"


@pytest.mark.slow
def test_folder_that_is_gone_has_no_project(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.rmdir(os.getcwd()); from sharekit.cli import run; sys.exit(run(['sql',"
        " 'SELECT 1']))"
    )
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no sharekit.toml in /" in done.stderr


@pytest.mark.parametrize("debug", [False, True])
def test_unexpected_error_is_a_sentence_and_a_traceback_only_on_request(
    capsys: pytest.CaptureFixture[str], debug: bool
) -> None:
    session = Session(
        Path("/"), {"API_KEY": SECRET}, lambda: datetime.now(UTC), Switches(debug=debug)
    )
    try:
        raise ZeroDivisionError(f"with {SECRET} inside")
    except ZeroDivisionError as error:
        cli.say_unexpected(session, error)
    said = capsys.readouterr()
    assert said.out == ""
    assert "[x] sharekit met something it did not expect (ZeroDivisionError)." in said.err
    assert ("Traceback" in said.err) == debug
    assert ("--debug" in said.err) != debug
    assert SECRET not in said.err


SECRET = "hunter2-correct-horse"


def test_secrets_stay_out_of_tracebacks() -> None:
    environ = {
        "SHAREKIT_SMTP_PASSWORD": SECRET,
        "WAREHOUSE_URL": f"postgres://u:{SECRET}@db",
        "HOME": "/home/u",
        "PAT": "x",
    }
    text = redact(
        f"could not connect to postgres://u:{SECRET}@db from /home/u with {SECRET}", environ
    )
    assert SECRET not in text
    assert text == "could not connect to *** from /home/u with ***"


@pytest.mark.slow
def test_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "sharekit.toml").write_text('[project]\nname = "Pipes"\n')
    read, write = os.pipe()
    os.close(read)
    query = "SELECT * FROM range(100000) AS t(n)"
    done = subprocess.run(
        [sys.executable, "-m", "sharekit", "sql", query, "--format", "csv"],
        cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.slow
def test_process_ends_at_once_with_all_said_and_nothing_left_behind(tmp_path: Path) -> None:
    """It does not take its memory apart; what is registered for its end happens all the same."""
    project, scratch = tmp_path / "project", tmp_path / "scratch"
    scratch.mkdir()
    repo = new_repo(project)
    (project / "sharekit.toml").write_text('[project]\nname = "Ends"\n')
    (project / "metrics").mkdir()
    metric = project / "metrics" / "orders.sql"
    metric.write_text("/* ---\ntitle: Orders\n--- */\nSELECT 3 AS value\n")
    repo.commit({}, "Count orders")
    metric.write_text("/* ---\ntitle: Orders\n--- */\nSELECT 4 AS value\n")
    outcomes = [
        subprocess.run(
            [sys.executable, "-m", "sharekit", *command],
            cwd=project, env=os.environ | {"TMPDIR": str(scratch)}, capture_output=True, text=True,
            check=False,
        )
        for command in (
            ["sql", "SELECT * FROM range(20000) AS t(n)", "--format", "csv"],
            ["diff"],
            ["show", "nothing"],
        )
    ]  # fmt: skip
    assert [done.returncode for done in outcomes] == [0, 0, 2]
    rows, diff, unknown = outcomes
    assert rows.stdout.splitlines()[-1] == "19999"
    assert "raises the number by 1" in diff.stdout
    assert "nothing" in unknown.stderr
    assert list(scratch.iterdir()) == []
