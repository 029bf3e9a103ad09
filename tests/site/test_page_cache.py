"""A build draws only the pages that show what changed, and they are the same as if it had drawn all:
tried on random walks of edits, with three audiences and a history in git."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from gitrepos import Repo, new_repo

from sharekit.app.caches import Caches
from sharekit.app.page_cache import FolderPageCache, PageCounts
from sharekit.artifacts import Artifact
from sharekit.build import build, render
from sharekit.history import PastTexts, open_history
from sharekit.revisions.effect.measure import OpenEngines

pytestmark = pytest.mark.slow

ROWS = "day,shop,orders\n" + "".join(
    f"{date(2025, 12, 1) + timedelta(days=n)},{shop},{n % 9 + at}\n"
    for n in range(120)
    for at, shop in enumerate(("harbour", "mill"))
)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "project": ("Shop", "Mill shop"),
    "ann": ("Ann Lee", "Ann Roe"),
    "members": ('["ann", "bo"]', '["bo"]'),
    "source": ("Orders by day", "Orders of both shops"),
    "title": ("Orders", "All orders"),
    "owner": ("ann", "bo"),
    "text": ("Counted once. See [shops](shops.sql).", "Counted twice."),
    "filter": ("true", "shop <> 'mill'", "orders > 3"),
    "view": ("orders", "orders + 1"),
    "audience": ("all", "board"),
    "drives": ("[]", "[share]"),
    "target": ("400", "500"),
    "note": (
        "",
        "revisions:\n  - {date: 2026-03-02, reason: scope, why: More shops., we_will: Sell.}\n",
    ),
    "confidence": ("5", "7"),
    "why": ("Because we can.", "Because [orders](../../ordered.sql) count."),
    "aim": ("Grow", "Grow fast"),
    "parent": ("", "parent: y1\n"),
    "placed": ("ordered", "shops", "share"),
    "chart": ("line", "bar"),
    "okrs": ("", "```okrs\nperiod: 2026-Q1\n```\n"),
    "changes": ("", "```changes\nlast: 4\n```\n"),
    "prose": (
        "We had {{ ordered }} orders.",
        "In {{ shops }} shops, see [why](../metrics/okrs/q1).",
    ),
    "question": ("How many shops are there?", "How many shops do we have?"),
    "answer": ("", "answered_by: shops\n", "answered_by: ordered\n"),
    "row": ("", "2026-03-09,harbour,40\n"),
    "unit": ("", "unit: shops\n"),
    "age": ("", "max_age: 2 days\n", "max_age: 4 days\n"),
    "state": ("", "state: deprecated\nreplaced_by: ordered\n"),
    "goal": ("", "target: 30\n", "target: metrics.shops_goal\n"),
    "aimed": ("40", "50"),
    "help": ("", "help_wanted: A van\n", "help_wanted: {what: A van, who: bo}\n"),
    "notes": ("", "notes:\n  - {on: 2026-03-11, text: Shop closed}\n"),
    "day": ("2026-03-10", "2026-03-11", "2026-03-12", "2026-04-03"),
}
"""What an edit may change, and into what."""
FIRST = {name: options[0] for name, options in CHOICES.items()}


def files(chosen: Mapping[str, str]) -> dict[str, str | bytes | None]:
    """The project as it is with these choices."""
    c = chosen
    readers = "board" if c["placed"] == "share" else c["audience"]
    asked_for = c["audience"] if "ordered" in c["answer"] else "all"
    return {
        "sharekit.toml": (
            f'[project]\nname = "{c["project"]}"\nurl = "https://n.example/"\n'
            f'[people.ann]\nname = "{c["ann"]}"\n[people.bo]\nname = "Bo Day"\n'
            f"[audiences.all]\n[audiences.board]\nmembers = {c['members']}\n"
            f'[sources.orders]\npath = "metrics/data/orders.csv"\ndescription = "{c["source"]}"\n'
        ),
        ".gitignore": "/.sharekit\n/site\n",
        "metrics/data/orders.csv": ROWS + c["row"],
        "metrics/_clean.sql": f"SELECT day, shop, {c['view']} AS orders FROM orders\n",
        "metrics/ordered.sql": (
            f"/* ---\ntitle: {c['title']}\nowner: {c['owner']}\ngrain: week\ndimensions: [shop]\n"
            f"total: sum\naudience: {c['audience']}\ndrives: {c['drives']}\n"
            f"description: {c['text']}\n{c['unit']}{c['age']}{c['notes']}--- */\n"
            "SELECT date_trunc('week', day)::DATE AS week, shop, sum(orders) AS value\n"
            f"FROM metrics._clean WHERE {c['filter']} GROUP BY ALL\n"
        ),
        "metrics/shops.sql": (
            f"/* ---\ntitle: Shops\nowner: bo\naudience: all\n{c['state']}--- */\n"
            "SELECT count(DISTINCT shop) AS value FROM orders\n"
        ),
        "metrics/share.sql": (
            "/* ---\ntitle: Half of the orders\nowner: bo\naudience: board\ngrain: week\n"
            f"{c['goal']}--- */\n"
            "SELECT week, sum(value) / 2 AS value FROM metrics.ordered GROUP BY week\n"
        ),
        "metrics/shops_goal.sql": (
            "/* ---\ntitle: What we aim at\nowner: bo\naudience: all\ngrain: week\n--- */\n"
            f"SELECT DATE '2025-12-01' AS week, {c['aimed']} AS value\n"
        ),
        "metrics/okrs/y1/objective.md": (
            "---\ntitle: Last\nowner: bo\nperiod: 2026\naudience: all\n---\nFor ever.\n"
        ),
        "metrics/okrs/q1/objective.md": (
            f"---\ntitle: {c['aim']}\nowner: ann\nperiod: 2026-Q1\naudience: all\n{c['parent']}"
            f"---\n{c['why']}\n"
        ),
        "metrics/okrs/q1/more.sql": (
            f"/* ---\ntitle: More orders\ntype: increase\nbaseline: 5\ntarget: {c['target']}\n"
            f"confidence: {c['confidence']}\n{c['help']}{c['note']}--- */\n"
            "SELECT date_trunc('week', day)::DATE AS week, sum(orders) AS value FROM orders\n"
            "GROUP BY week\n"
        ),
        "dashboards/week.md": (
            f"---\ntitle: The week\nowner: bo\naudience: {readers}\n---\n{c['prose']}\n\n"
            f"```metrics\n- {{id: {c['placed']}, chart: {c['chart']}}}\n- shops\n```\n"
            f"{c['okrs']}\n{c['changes']}"
        ),
        "metrics/asks/shops.yaml": (
            f"question: {c['question']}\naudience: {asked_for}\n"
            f"asked:\n  - {{on: 2026-02-02, by: ann}}\n{c['answer']}"
        ),
    }


class Folder:
    """Takes what a build publishes, and keeps it at hand."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def publish(self, artifacts: Iterable[Artifact]) -> None:
        self.files = by_path(artifacts)


def by_path(artifacts: Iterable[Artifact]) -> dict[str, bytes]:
    return {each.path: each.content for each in artifacts}


def changed(repo: Repo, chosen: dict[str, str], chance: random.Random, at: int) -> dict[str, str]:
    """One more edit or two, most of them committed."""
    for name in chance.sample(sorted(CHOICES), chance.choice((1, 1, 2))):
        chosen = chosen | {name: chance.choice(CHOICES[name])}
    repo.write(files(chosen))
    if repo.git("status", "--porcelain") and chance.random() < 0.7:
        repo.commit({}, f"Step {at}", on=f"2026-02-{at + 5:02d}T10:00:00+00:00")
    return chosen


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit(files(FIRST), "Begin", on="2026-01-05T10:00:00+00:00")
    return made


def memory(tmp_path: Path, *, at_hand: bool) -> tuple[Caches, PastTexts, OpenEngines]:
    """What a build may know of earlier ones; `at_hand`: in memory too."""
    return Caches(tmp_path / "cache", at_hand=at_hand), PastTexts(), OpenEngines()


@pytest.mark.parametrize("in_one_process", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_walk_of_edits_gives_the_pages_of_a_fresh_build(
    tmp_path: Path, repo: Repo, seed: int, in_one_process: bool
) -> None:
    """A build has what earlier ones left in the folder; in one process also what they left in
    memory, and their query process."""
    chance, chosen, reused = random.Random(seed), dict(FIRST), 0
    caches, texts, engines = memory(tmp_path, at_hand=in_one_process)
    last, fresh = Folder(), Folder()
    for step in range(14):
        day, head = date.fromisoformat(chosen["day"]), repo.git("rev-parse", "HEAD")
        if not in_one_process:
            caches, texts, engines = memory(tmp_path, at_hand=in_one_process)
        report = build(
            repo.path,
            last,
            as_of=day,
            commit=head,
            caches=caches,
            engines=engines,
            history=open_history(repo.path, texts=texts),
        )
        found = report.evaluated
        assert last.files == by_path(render(found, head)), chosen
        assert report.pages is not None
        reused += report.pages.reused
        chosen = changed(repo, chosen, chance, step)
    assert reused > 30
    for folder, new in ((last, False), (fresh, True)):
        build(repo.path, folder, as_of=day, commit=head, fresh=new, caches=caches)
    assert last.files == fresh.files


def test_only_the_pages_that_show_a_changed_metric_are_drawn(tmp_path: Path, repo: Repo) -> None:
    def drawn(**choices: str) -> PageCounts | None:
        repo.commit(files(FIRST | choices), "Change", on="2026-03-01T10:00:00+00:00")
        head = repo.git("rev-parse", "HEAD")
        report = build(
            repo.path,
            Folder(),
            as_of=date(2026, 3, 10),
            commit=head,
            caches=Caches(tmp_path / "cache"),
        )
        return report.pages

    # Three audiences see the same eight things; the target is on the page of the key result and on
    # that of its objective.
    assert drawn(row=CHOICES["row"][1]) == PageCounts(reused=0, drawn=24)
    assert drawn(row=CHOICES["row"][1], target="500") == PageCounts(reused=18, drawn=6)
    assert drawn(row=CHOICES["row"][1], target="500", day="no matter") == PageCounts(
        reused=24, drawn=0
    )


def test_from_day_to_day_only_pages_that_show_the_day_are_drawn(tmp_path: Path, repo: Repo) -> None:
    """Over the turn of a year, the days of a note and of a limit of age, and the end of the data."""
    repo.commit(files(FIRST | {"notes": CHOICES["notes"][1], "age": CHOICES["age"][2]}), "Note")
    head, caches = repo.git("rev-parse", "HEAD"), Caches(tmp_path / "cache")
    reused: list[int] = []
    for first, days in ((date(2025, 12, 30), 4), (date(2026, 3, 9), 5), (date(2026, 3, 30), 8)):
        for day in (first + timedelta(days=at) for at in range(days)):
            folder = Folder()
            report = build(repo.path, folder, as_of=day, commit=head, caches=caches)
            assert folder.files == by_path(render(report.evaluated, head)), day
            assert report.pages is not None
            reused.append(report.pages.reused)
    assert max(reused) == 15, reused


def test_a_damaged_page_is_drawn_again(tmp_path: Path) -> None:
    first = FolderPageCache(tmp_path, "1")
    first.put("a", b"a page")
    first.put("b", b"another")
    (damaged,) = [
        path for path in tmp_path.rglob("*.page") if path.read_bytes().endswith(b"a page")
    ]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    later = FolderPageCache(tmp_path, "1")
    assert later.get("a") is None
    assert later.get("b") == b"another"
    assert later.end_build() == PageCounts(reused=1, drawn=0)
    assert len(list(tmp_path.rglob("*.page"))) == 1
