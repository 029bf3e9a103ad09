"""Key results as they once went wrong: each a small project, read through the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import sharekit

pytestmark = pytest.mark.slow

PEOPLE = '[people.a]\nname = "A"\n'
OBJECTIVE = "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\nWhy.\n"
FOLDER = "metrics/okrs/2026-q4/o"


def project(root: Path, as_of: str, **files: str) -> Path:
    texts = {
        "sharekit.toml": f'[project]\nname = "P"\nas_of = {as_of}\n{PEOPLE}',
        f"{FOLDER}/objective.md": OBJECTIVE,
    }
    for name, text in (
        texts | {f"{FOLDER}/{name}.sql": text for name, text in files.items()}
    ).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def document(root: Path, item: str) -> dict[str, object]:
    said = sharekit("show", item, "--format", "json", cwd=root)
    assert said.code == 0, said.err
    found: dict[str, object] = json.loads(said.out)
    return found


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
@pytest.mark.parametrize("as_of", ["2026-11-01", "2026-11-28", "2026-12-20"])
def test_what_runs_on_its_line_is_on_track_at_any_grain(
    tmp_path: Path, grain: str, as_of: str
) -> None:
    days = (date.fromisoformat(as_of) - date(2026, 10, 1)).days
    sql = (
        f"/* ---\ntitle: On the line\ngrain: {grain}\nbaseline: 0\ntarget: 92\n--- */\nSELECT"
        f" date_trunc('{grain}', day)::DATE AS period, max(done) AS value FROM (SELECT (DATE"
        f" '2026-10-01' + i::INTEGER)::DATE AS day, i + 1 AS done FROM range({days}) AS r(i)) GROUP"
        " BY 1\n"
    )
    okr = document(project(tmp_path, as_of, line=sql), "line")["okr"]
    assert isinstance(okr, dict)
    assert okr["status"] == "on_track"
    assert okr["gap"] == pytest.approx(0, abs=0.012)
    through = date.fromisoformat(okr["through"])
    assert okr["score"] == pytest.approx(((through - date(2026, 9, 30)).days) / 92)


LATE = (
    '/* ---\ntitle: Late calls\nunit: "%"\ngrain: week\ntype: decrease\nbaseline: 0.5\ntarget:'
    " 0.2\nnumerator: late\ndenominator: calls\n{measured}--- */\nSELECT day, late, calls FROM"
    " calls\n"
)
WEEKS = (50, 44, 34, 41, 27, 16, 9)


def calls() -> str:
    first = date(2026, 9, 28)
    days = [
        (first + timedelta(weeks=week, days=day), late)
        for week, late in enumerate(WEEKS)
        for day in range(7)
    ]
    return "day,late,calls\n" + "".join(f"{day},{late},100\n" for day, late in days)


@pytest.mark.parametrize("measured", ["", "measured: period_to_date\n"])
def test_one_lucky_week_is_neither_met_nor_a_verdict(tmp_path: Path, measured: str) -> None:
    root = project(tmp_path, "2026-11-18", late_calls=LATE.format(measured=measured))
    (root / "metrics/data").mkdir()
    (root / "metrics/data/calls.csv").write_text(calls(), encoding="utf-8")
    found = document(root, "late_calls")
    okr = found["okr"]
    assert isinstance(okr, dict)
    assert okr["status"] == "on_track"
    assert okr["forecast"]["high"] - okr["forecast"]["low"] > 0.05
    assert okr["forecast"]["low"] <= 0.2 < okr["forecast"]["high"]
    assert sharekit("build", cwd=root).code == 0
    page = (root / "site/okrs/late_calls.html").read_text(encoding="utf-8")
    assert "Too early to tell" in page
    assert "At this pace it ends" not in page
    if measured:
        own = [late for week, late in enumerate(WEEKS) for day in range(7) if (week, day) >= (0, 3)]
        assert found["value"] == pytest.approx(sum(own) / len(own) / 100), (
            "all calls since 1 October"
        )
        assert "1 Oct to 15 Nov 2026" in page
    else:
        assert "easured through 15 Nov" in page


def test_what_is_dropped_counts_nowhere(tmp_path: Path) -> None:
    live = "/* ---\ntitle: Alive\nbaseline: 0\ntarget: 10\n--- */\nSELECT 10 AS value\n"
    gone = live.replace("Alive\n", "Given up\nstate: dropped\n").replace("10 AS", "0 AS")
    root = project(tmp_path, "2026-11-28", live=live, gone=gone)
    assert sharekit("build", cwd=root).code == 0
    assert "<b>1.00</b>" in (root / "site/index.html").read_text(encoding="utf-8")
    status = json.loads(sharekit("status", "--format", "json", cwd=root).out)
    assert status["objectives"][0]["score"] == 1
    okrs = json.loads((root / "site/okrs.json").read_text(encoding="utf-8"))
    assert okrs["objectives"][0]["score"] == 1
    assert "Average score 1.00" in sharekit("digest", "--format", "markdown", cwd=root).out


def test_a_band_says_how_often_it_was_left_and_no_bound_that_cannot_be_crossed(
    tmp_path: Path,
) -> None:
    rows = ", ".join(
        f"(DATE '2026-10-05' + {7 * week}, {0.02 if week == 2 else 0.005})" for week in range(7)
    )
    sql = (
        '/* ---\ntitle: Errors\nunit: "%"\ngrain: week\ntype: maintain\nband: [0, 0.01]\n--- */\n'
        f"SELECT * FROM (VALUES {rows}) AS t(week, value)\n"
    )
    root = project(tmp_path, "2026-11-25", errors=sql)
    row = next(line for line in sharekit("status", cwd=root).out.splitlines() if "Errors" in line)
    assert "at most 1.0%, 1 of 7 outside" in row
    assert "0.0% to" not in row
    assert sharekit("build", cwd=root).code == 0
    page = (root / "site/okrs/errors.html").read_text(encoding="utf-8")
    assert "Stay at most 1.0%" in page
    assert "1 of 7 weeks outside" in (root / "site/index.html").read_text(encoding="utf-8")


def test_periods_to_date_that_do_not_add_up_are_refused_with_what_to_write(tmp_path: Path) -> None:
    sql = (
        '/* ---\ntitle: Share\nunit: "%"\ngrain: week\nbaseline: 0\ntarget: 1\nmeasured:'
        " period_to_date\n--- */\nSELECT DATE '2026-10-05' AS week, 0.5 AS value\n"
    )
    root = project(tmp_path, "2026-11-25", share=sql)
    said = sharekit("check", "--format", "jsonl", cwd=root)
    problem = next(json.loads(line) for line in said.out.splitlines() if "no-value-to-date" in line)
    assert problem["line"] == 7
    assert "`numerator:` and `denominator:`" in problem["hint"]
    parts = sql.replace("target: 1\n", "target: 1\nnumerator: part\ndenominator: whole\n")
    (root / FOLDER / "share.sql").write_text(
        parts.replace("0.5 AS value", "1 AS part, 2 AS whole"), encoding="utf-8"
    )
    assert document(root, "share")["value"] == 0.5


def test_check_ins_in_per_cent_are_noticed(tmp_path: Path) -> None:
    root = project(tmp_path, "2026-11-25")
    text = (
        '---\ntitle: Trained\ntype: increase\nbaseline: {}\ntarget: {}\nunit: "%"\ncheckins:\n'
        "  - {{on: 2026-11-20, value: {}}}\n---\nHow many are trained.\n"
    )
    path = root / FOLDER / "trained.md"
    path.write_text(text.format(10, 90, 40), encoding="utf-8")
    said = sharekit("check", cwd=root).out
    assert "the value is 40, which reads 4,000.0%" in said
    assert "Write shares, 0.8 for 80%: in check-ins, baseline and target." in " ".join(said.split())
    path.write_text(text.format(0.1, 90, 0.4), encoding="utf-8")
    assert "`target` is 90, which reads 9,000.0%" in sharekit("check", cwd=root).out
    path.write_text(text.format(0.1, 0.9, 0.4), encoding="utf-8")
    assert "not-a-share" not in sharekit("check", cwd=root).out


@pytest.mark.parametrize(
    ("promise", "hint", "mended"),
    [
        (
            "type: decrease\nbaseline: 400\ntarget: 200",
            "Write `type: maintain` and `band: [0, 200]`; or `measured: last_period`, with the"
            " baseline and target of one week.",
            "type: maintain\nband: [0, 200]",
        ),
        (
            "baseline: 100\ntarget: 200",
            "Write `baseline: 0`; or `measured: last_period`, with the baseline and target of one"
            " week.",
            "baseline: 0\ntarget: 200",
        ),
        (
            "type: maintain\nband: [5, 9]",
            "Write `measured: last_period`, with the band of one week.",
            "type: maintain\nband: [5, 9]\nmeasured: last_period",
        ),
    ],
    ids=["decrease", "increase", "maintain"],
)
def test_a_sum_so_far_is_scored_from_zero(
    tmp_path: Path, promise: str, hint: str, mended: str
) -> None:
    def complaints(text: str) -> str:
        more = "" if "measured" in text else "\nmeasured: period_to_date"
        root = project(
            tmp_path,
            "2026-11-25",
            x=f"/* ---\ntitle: Complaints\ngrain: week\n{text}{more}\n--- */\nSELECT day,"
            " sum(1) AS value FROM days GROUP BY day\n",
        )
        (root / "metrics/data").mkdir(exist_ok=True)
        (root / "metrics/data/calls.csv").write_text(calls(), encoding="utf-8")
        return sharekit("check", "--format", "jsonl", cwd=root).out

    said = complaints(promise)
    problem = next(json.loads(line) for line in said.splitlines() if "begins-at-zero" in line)
    assert problem["message"].startswith("a sum of the period so far begins at 0, ")
    assert problem["hint"] == hint
    assert problem["severity"] == ("error" if "decrease" in promise else "warning")
    assert "begins-at-zero" not in complaints(mended)


def test_a_milestone_between_two_steps_lacks_nothing(tmp_path: Path) -> None:
    steps = (
        "/* ---\ntitle: Kitchen\ntype: milestone\nbaseline: 0\ntarget: 4\n--- */\nSELECT * FROM"
        " (VALUES (DATE '2026-10-04', 1), (DATE '2026-11-10', 2), (DATE '2026-12-30', 4)) AS"
        " t(day, value)\n"
    )
    root = project(tmp_path, "2026-11-22", kitchen=steps)
    assert document(root, "kitchen")["value"] == 2
    assert "no data for" not in sharekit("check", cwd=root).out
