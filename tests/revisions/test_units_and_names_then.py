"""A revision stays as it was: its values in the unit of their day, its people by the names they had."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, new_repo

pytestmark = pytest.mark.slow

PEOPLE = {
    "maria": '[people.maria]\nname = "Maria Okafor"\nemail = "maria@x.org"\n',
    "jonas": '[people.jonas]\nname = "Jonas Weber"\nemail = "jonas@x.org"\n',
}
CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n[mail]\nfrom = "s@x.org"\n'
FILE = "metrics/okrs/q/share.sql"
NOTES = (
    "revisions:\n  - {date: 2026-10-12, reason: data, why: It was too easy.}\n",
    "  - {date: 2026-10-20, reason: scope, why: Points are easier to read.}\n",
)


def config(*people: str) -> str:
    return CONFIG + "".join(PEOPLE[name] for name in people)


def key_result(owner: str, unit: str, target: str, value: str, notes: str = "") -> str:
    return (
        f'/* ---\ntitle: Share\nowner: {owner}\nunit: "{unit}"\nbaseline: 0\ntarget: {target}\n'
        f"{notes}--- */\nSELECT {value} AS value\n"
    )


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "p")
    objective = "---\ntitle: Grow\nowner: {}\nperiod: 2026-Q4\n---\nWhy.\n"
    home = "metrics/okrs/q/objective.md"
    made.commit(
        {
            ".gitignore": ".sharekit/\nsite/\noutbox/\n",
            "sharekit.toml": config("maria"),
            home: objective.format("maria"),
            FILE: key_result("maria", "%", "0.9", "0.5"),
        },
        "Begin",
        on="2026-10-05T09:00:00+00:00",
    )
    made.commit(
        {FILE: key_result("maria", "%", "0.8", "0.5", NOTES[0])},
        "Aim",
        on="2026-10-12T09:00:00+00:00",
    )
    made.commit(
        {
            "sharekit.toml": config("jonas"),
            home: objective.format("jonas"),
            FILE: key_result("jonas", "%", "0.8", "0.5", NOTES[0]),
        },
        "Hand over",
        on="2026-10-15T09:00:00+00:00",
    )
    made.commit(
        {FILE: key_result("jonas", "points", "80", "50", "".join(NOTES))},
        "Points",
        on="2026-10-20T09:00:00+00:00",
    )
    return made


def test_the_log_says_values_and_people_as_they_were(repo: Repo) -> None:
    assert sharekit("build", "--project", repo.path).code == 0
    log = (repo.path / "site/okrs/share.md").read_text("utf-8")
    assert "| Target | 90.0% | 80.0% |" in log
    assert "| Owner | Maria Okafor | Jonas Weber |" in log
    assert "| Target | 80.0% | 80 points |" in log
    assert "| Now | 50.0% | 50 points |" in log
    assert log.count("- Maria Okafor\n") == 2
    assert "maria" not in log


def test_values_of_two_units_are_not_set_off_against_each_other(repo: Repo) -> None:
    """A share of 0.5 did not rise by 49.5 when it was first told in points."""
    assert sharekit("build", "--project", repo.path).code == 0
    said = sharekit("diff", "HEAD~1", "--project", repo.path).out
    said += sharekit("note", "share", "--base", "HEAD~1", "--print", "--project", repo.path).out
    pages = [path.read_text("utf-8") for path in (repo.path / "site/okrs").glob("share.*")]
    for text in (said, *pages):
        assert "49.5" not in text
        assert "0.5 points" not in text
        assert "0.9 points" not in text


def test_a_unit_that_is_only_called_otherwise_leaves_the_number_as_it_was(tmp_path: Path) -> None:
    def orders(unit: str) -> str:
        return f"/* ---\ntitle: Orders\nowner: maria\nunit: {unit}\n--- */\nSELECT 7 AS value\n"

    repo = new_repo(tmp_path / "p")
    files = {"sharekit.toml": config("maria"), "metrics/orders.sql": orders("orders")}
    repo.commit(files, "Begin", on="2026-10-05T09:00:00+00:00")
    repo.commit({"metrics/orders.sql": orders("sales")}, "Name", on="2026-10-06T09:00:00+00:00")
    said = sharekit("diff", "HEAD~1", "--project", repo.path).out
    assert "7 orders" in said
    assert "7 sales" in said


def test_the_mail_names_an_owner_who_has_left(repo: Repo) -> None:
    base = repo.git("rev-list", "--max-parents=0", "HEAD").strip()
    assert sharekit("announce", "--dry-run", "--base", base, "--project", repo.path).code == 0
    words = "\n".join(path.read_text("utf-8") for path in (repo.path / "outbox").glob("*.html"))
    assert "Maria Okafor" in words
    assert "80 points" in words
    assert "90.0%" in words


def test_the_terminal_says_the_same(repo: Repo) -> None:
    said = sharekit("diff", "HEAD~1", "--project", repo.path)
    assert "80.0%" in said.out
    assert "80 points" in said.out


def test_a_target_that_is_another_metric_moves_with_its_definition(tmp_path: Path) -> None:
    sales = (
        "/* ---\ntitle: Sales\nowner: maria\ntarget: metrics.plan\nannounce: mail\n--- */\n"
        "SELECT 7 AS value\n"
    )
    plan = "/* ---\ntitle: Plan\nowner: maria\n{}--- */\nSELECT {} AS value\n"
    repo = new_repo(tmp_path / "p")
    repo.commit(
        {
            ".gitignore": ".sharekit/\nsite/\noutbox/\n",
            "sharekit.toml": config("maria", "jonas"),
            "metrics/sales.sql": sales,
            "metrics/plan.sql": plan.format("", 9),
        },
        "Begin",
        on="2026-10-05T09:00:00+00:00",
    )
    repo.commit({"metrics/plan.sql": plan.format("", 5)}, "Plan", on="2026-10-06T09:00:00+00:00")
    assert sharekit("build", "--project", repo.path).code == 0
    log = (repo.path / "site/metrics/sales.md").read_text("utf-8")
    assert "new target, 9 to 5" in log
    assert "[Sales](metrics/sales.md), **9** → **5**." in (repo.path / "site/changes.md").read_text(
        "utf-8"
    )
    said = sharekit("announce", "--dry-run", "--base", "HEAD~1", "--project", repo.path)
    assert "Sales: the target is 5, not 9." in said.out
