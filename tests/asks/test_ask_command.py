"""Asking, from the first question to the number that answers it, through the real command line."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import sharekit, sharekit_process

EXAMPLE = Path(__file__).parent.parent.parent
NEW = ("ask", "What does a gate cost us a day?")
FILE = "metrics/asks/gate-cost-day.yaml"


@pytest.fixture
def airports(tmp_path: Path) -> Path:
    """A copy of the example project."""
    root = tmp_path / "airports"
    root.mkdir()
    shutil.copy(EXAMPLE / "sharekit.toml", root)
    for folder in ("metrics", "dashboards"):
        shutil.copytree(EXAMPLE / folder, root / folder)
    return root


@pytest.mark.slow
def test_from_the_first_question_to_its_number(airports: Path) -> None:
    first = sharekit(*NEW, "--by", "eve", "--via", "mail", "--owner", "sam", cwd=airports)
    assert (first.code, first.out) == (0, f"{FILE}\n")
    assert (
        (airports / FILE).read_text()
        == "question: What does a gate cost us a day?\nasked:\n  - {on: 2013-11-22, by: eve, via: mail}\nowner: sam\n"
    )
    second = sharekit(
        "ask", "--same-as", "gate-cost-day", "--by", "jonas", "--as-of", "2013-11-21", cwd=airports
    )
    assert second.code == 0
    assert "Asked twice now, waiting for Sam Rivera." in second.err
    assert "sharekit new metric ID --from-ask gate-cost-day" in second.err
    warned = sharekit("check", cwd=airports)
    assert "asked 2 times and nothing answers it yet" in warned.out + warned.err

    made = sharekit("new", "metric", "gate_cost", "--from-ask", "gate-cost-day", cwd=airports)
    assert (made.code, made.out) == (0, "metrics/gate_cost.sql\n")
    front = (airports / "metrics/gate_cost.sql").read_text()
    assert (
        'question: "What does a gate cost us a day?"\nsynonyms: ["gate cost day"]\nowner: sam\n'
        in front
    )
    assert "answered_by" not in (airports / FILE).read_text(), (
        "a file as it was made answers nothing"
    )
    early = sharekit("new", "metric", "gate_cost", "--from-ask", "gate-cost-day", cwd=airports)
    assert early.code == 2
    assert (
        "gate_cost answers nothing yet: `description`, its query in metrics/gate_cost.sql"
        in early.err
    )
    text = (airports / "metrics/gate_cost.sql").read_text()
    written = text.replace("Say what is counted, and what is not.", "Rent by day and gate.")
    (airports / "metrics/gate_cost.sql").write_text(written)
    again = sharekit("new", "metric", "gate_cost", "--from-ask", "gate-cost-day", cwd=airports)
    assert (again.code, again.out) == (0, f"{FILE}\n")
    assert (airports / FILE).read_text().endswith("owner: sam\nanswered_by: gate_cost\n")
    assert sharekit("check", cwd=airports).code == 0
    built = sharekit("build", cwd=airports)
    assert built.code == 0
    page = (airports / "site/asks.html").read_text()
    assert 'href="metrics/gate_cost.html">Gate cost</a>' in page


def test_what_is_there_is_shown_and_nothing_is_recorded(airports: Path) -> None:
    before = sorted(path.name for path in (airports / "metrics/asks").iterdir())
    said = sharekit("ask", "Which airlines cancel most often?", "--by", "eve", cwd=airports)
    assert said.code == 1
    assert (
        "asked 3 times, answered by Cancelled flights:"
        " https://numbers.example.com/ny/metrics/cancellations.html" in said.out
    )
    assert "--same-as cancellations-by-carrier" in said.out
    assert "Nothing was recorded." in said.err
    assert sorted(path.name for path in (airports / "metrics/asks").iterdir()) == before


def test_number_that_comes_close_is_shown_with_its_owner_and_page(airports: Path) -> None:
    said = sharekit("ask", "How many flights were cancelled?", "--by", "eve", cwd=airports)
    assert said.code == 1
    assert "Cancelled flights, Sam Rivera" in said.out
    assert "https://numbers.example.com/ny/metrics/cancellations.html" in said.out


def test_new_says_that_it_is_another_question(airports: Path) -> None:
    said = sharekit(
        "ask", "Which airlines cancel most often?", "--by", "eve", "--new", cwd=airports
    )
    assert said.code == 0
    assert said.out.endswith("metrics/asks/airlines-cancel-most-often.yaml\n")


def test_no_question_is_written_over(airports: Path) -> None:
    sharekit(*NEW, "--by", "eve", cwd=airports)
    again = sharekit(*NEW, "--by", "sam", "--new", cwd=airports)
    assert again.out.endswith("metrics/asks/gate-cost-day-2.yaml\n")
    assert "by: eve" in (airports / FILE).read_text()


def test_same_asking_counts_once(airports: Path) -> None:
    sharekit(*NEW, "--by", "eve", cwd=airports)
    before = (airports / FILE).read_bytes()
    again = sharekit("ask", "--same-as", "gate-cost-day", "--by", "eve", cwd=airports)
    assert again.code == 0
    assert "recorded already" in again.err
    assert (airports / FILE).read_bytes() == before


def test_asking_again_for_what_is_answered_gives_the_link(airports: Path) -> None:
    said = sharekit("ask", "--same-as", "cancellations-by-carrier", "--by", "maria", cwd=airports)
    assert said.code == 0
    assert "Asked 4 times now, answered by Cancelled flights: https://" in said.err
    assert "sharekit new" not in said.err


@pytest.mark.parametrize(
    ("args", "said", "way_out"),
    [
        (("ask", "Why?", "--by", "jonsa"), "[people] has no jonsa", "Did you mean `jonas`?"),
        (
            ("ask", "Why?", "--by", "eve", "--owner", "samm"),
            "[people] has no samm",
            "Did you mean `sam`?",
        ),
        (("ask", "  ", "--by", "eve"), "there is no question", "--same-as"),
        (
            ("ask", "--by", "eve", "--same-as", "seat-lost"),
            "there is no question seat-lost",
            "Did you mean `seats-lost`?",
        ),
        (
            ("ask", "Why?", "--by", "eve", "--audience", "airport"),
            "there is no audience airport",
            "`airports`",
        ),
        (
            ("new", "metric", "fare", "--from-ask", "fares"),
            "fares is already closed: declined",
            "Take `declined` out",
        ),
        (
            ("new", "metric", "x", "--from-ask", "seatslost"),
            "there is no question seatslost",
            "`seats-lost`",
        ),
        (
            ("new", "view", "x", "--from-ask", "seats-lost"),
            "--from-ask is not for a new view",
            "Leave",
        ),
    ],
)
def test_mistake_has_a_way_out(
    airports: Path, args: tuple[str, ...], said: str, way_out: str
) -> None:
    answer = sharekit(*args, cwd=airports)
    assert answer.code == 2
    assert said in answer.err
    assert way_out in answer.err


@pytest.mark.slow
def test_title_and_comment_signs_in_a_question_do_not_end_the_front_matter(airports: Path) -> None:
    sharekit("ask", 'Is "a/*b*/c" --- a: problem #1?', "--by", "eve", "--new", cwd=airports)
    (path,) = [each for each in (airports / "metrics/asks").iterdir() if "problem" in each.name]
    assert sharekit("new", "metric", "odd", "--from-ask", path.stem, cwd=airports).code == 0
    assert sharekit("check", cwd=airports).code == 0


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("n", 1)])
def test_terminal_asks_before_it_writes(airports: Path, typed: str, code: int) -> None:
    master, slave = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "sharekit",
        "ask",
        "Which airlines cancel most often?",
        "--by",
        "eve",
    ]
    run = subprocess.Popen(command, cwd=airports, stdin=slave, stdout=subprocess.PIPE, stderr=slave)
    os.write(master, f"{typed}\n".encode())
    out, _ = run.communicate()
    os.close(slave)
    os.close(master)
    assert run.returncode == code
    assert b"This comes close" in out
    assert (airports / "metrics/asks/airlines-cancel-most-often.yaml").exists() == (code == 0)


@pytest.mark.slow
def test_date_is_the_projects_own_and_no_terminal_is_needed(airports: Path) -> None:
    said = sharekit_process(*NEW, "--by", "eve", cwd=airports)
    assert said.code == 0
    assert "on: 2013-11-22" in (airports / FILE).read_text()
