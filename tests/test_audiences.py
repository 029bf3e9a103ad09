"""Things that are for several audiences: who sees them, what they may read, and how it is written."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from commandline import sharekit
from past_revisions import revisions_along

from sharekit.asks.similar import similar_for
from sharekit.checks import check
from sharekit.history import PastState
from sharekit.history.moment import Moment
from sharekit.numbers.results import Results
from sharekit.project.lineage import Lineage
from sharekit.project.load import load_files
from sharekit.project.manifest import AudienceThen, Manifest, Readers
from sharekit.records import replace
from sharekit.revisions.find import find_revisions
from sharekit.revisions.revision import Revision
from sharekit.visible import Visible, audiences_of_source, person_sees, readers_of, visible_to

AS_OF = date(2026, 3, 20)
MOMENT = Moment("c", datetime(2026, 3, 1, tzinfo=UTC), "Ann")
PEOPLE = "".join(f'[people.{name}]\nname = "{name.title()}"\n' for name in ("ann", "bob", "cyd"))
CONFIG = f"""[project]
name = "P"
audience = "all"
{PEOPLE}
[audiences.all]
[audiences.leads]
title = "Team leads"
members = ["ann", "bob"]
[audiences.board]
members = ["cyd"]
[audiences.pair]
members = ["bob", "cyd"]
"""


def number(audience: str, sql: str = "SELECT 1 AS value", title: str = "X") -> str:
    return f"/* ---\ntitle: {title}\nowner: bob\naudience: {audience}\n--- */\n{sql}\n"


def project(files: dict[str, str], config: str = CONFIG) -> Manifest:
    return load_files({"sharekit.toml": config, **files})


def seen(audience: str, manifest: Manifest, *revisions: Revision) -> Visible:
    return visible_to(audience, manifest, Results(AS_OF, {}), Lineage({}, {}), revisions)


@pytest.mark.parametrize(
    ("audience", "sees"),
    [("leads", True), ("board", True), ("pair", True), ("all", True), ("odd", False)],
)
def test_it_is_for_its_audiences_and_for_all_whose_members_belong_to_them(
    audience: str, sees: bool
) -> None:
    odd = '[people.dot]\nname = "Dot"\n[audiences.odd]\nmembers = ["cyd", "dot"]\n'
    three = CONFIG.replace(
        "[audiences.all]\n", '[audiences.all]\nmembers = ["ann", "bob", "cyd"]\n'
    )
    manifest = project({"metrics/x.sql": number("[leads, board]")}, three + odd)
    assert ("x" in seen(audience, manifest).manifest.metrics) is sees
    assert [person_sees(key, manifest.metrics["x"], manifest) for key in ("ann", "cyd", "dot")] == [
        True, True, False,
    ]  # fmt: skip


def test_no_audience_is_told_of_another() -> None:
    source = '[sources.pay]\nurl = "https://x.example/p.csv"\naudience = ["leads", "board"]\n'
    both = "audience: [board, leads]\n"
    manifest = project(
        {
            "metrics/x.sql": number("[leads, board]"),
            "metrics/_v.sql": f"/* ---\n{both}--- */\nSELECT 1",
            "metrics/q/objective.md": f"---\ntitle: O\nperiod: 2026\n{both}---\n",
            "metrics/q/k.sql": "/* ---\ntitle: K\nbaseline: 0\ntarget: 1\n--- */\nSELECT 1 AS value",
            "metrics/asks/why.yaml": f"question: Why?\n{both}asked: [{{on: 2026-01-01, by: ann}}]\n",
            "dashboards/d.md": f"---\ntitle: D\n{both}---\n",
        },
        CONFIG + source,
    )
    revision = Revision(
        "r", "x", "metric", "X", None, manifest.readers(("board", "leads")), ("introduced",), MOMENT
    )
    visible = seen("leads", manifest, revision)
    assert visible.revisions
    assert visible.manifest.metrics.keys() == {"x", "k"}
    told = repr((visible.manifest, visible.revisions))
    assert not re.search(r"\bboard\b", told)


def test_a_reader_for_several_audiences_reads_what_each_of_them_may_see() -> None:
    reads = "SELECT * FROM metrics._v"

    def problems(view: str, metric: str) -> list[str]:
        found = check(
            project({
                "metrics/_v.sql": f"/* ---\naudience: {view}\n--- */\nSELECT 1 AS value",
                "metrics/x.sql": number(metric, reads),
            })
        )  # fmt: skip
        return [each.message for each in found if each.code == "audience-leak"]

    assert problems("[board, leads]", "[leads, board]") == []
    assert problems("[board, leads]", "leads") == []
    assert problems("all", "[leads, board]") == []
    (message,) = problems("leads", "[leads, board]")
    assert message == ("`x` is for `board` and `leads` and reads `_v`, which is for `leads` alone")


def test_a_source_that_two_entries_keep_is_for_those_whom_both_mean() -> None:
    place = 'url = "https://x.example/p.csv"\n'
    manifest = project(
        {
            "metrics/x.sql": number("pair", "SELECT * FROM one"),
            "metrics/y.sql": number("board", "SELECT * FROM one"),
        },
        f'{CONFIG}[sources.one]\n{place}audience = ["leads", "board"]\n'
        f'[sources.two]\n{place}audience = "board"\n',
    )
    assert audiences_of_source(manifest.sources["one"], manifest) == {
        ("board", "leads"),
        ("board",),
    }
    assert ["one" in seen(name, manifest).manifest.sources for name in ("leads", "board")] == [
        False, True,
    ]  # fmt: skip
    leaks = [each for each in check(manifest) if each.code == "audience-leak"]
    assert [(each.place.path, "`board` alone" in each.message) for each in leaks] == [
        ("metrics/x.sql", True)
    ]
    later = project({}, CONFIG)
    gone = readers_of(manifest)
    assert len(gone["one"]) == 2, "what is gone stays with those whom both meant"
    assert "one" not in later.sources


@pytest.mark.parametrize(
    ("readers", "audience", "sees"),
    [
        ((AudienceThen("leads"), AudienceThen("board")), "pair", True),
        ((AudienceThen("leads"), AudienceThen("gone", ("cyd",))), "pair", True),
        ((AudienceThen("leads"), AudienceThen("gone", ("cyd",))), "board", True),
        ((AudienceThen("gone", ("ann", "cyd")),), "pair", False),
        ((AudienceThen("leads", ("ann", "bob", "cyd")),), "board", False),
    ],
    ids=["two", "one is gone", "of the one gone", "too few", "by today's members"],
)
def test_the_past_is_for_those_who_belonged_to_one_of_its_audiences(
    readers: Readers, audience: str, sees: bool
) -> None:
    manifest = project({"metrics/x.sql": number("all")})
    revision = Revision("r", "x", "metric", "X", None, readers, ("words",), MOMENT)
    assert bool(seen(audience, manifest, revision).revisions) is sees


def test_order_and_repeats_of_audiences_are_no_revision() -> None:
    def ids(audience: str) -> set[str]:
        empty, now = project({}), project({"metrics/x.sql": number(audience)})
        return {
            revision.id
            for revision in find_revisions(empty, now, before_moment=MOMENT, after_moment=MOMENT)
        }

    assert ids("[board, leads]") == ids("[leads, board, leads]")
    assert ids("board") == ids("[board]")
    assert ids("board") != ids("[board, leads]")


@pytest.mark.parametrize(
    ("before", "after", "knew"),
    [
        ("leads", "[leads, board]", ("ann", "bob")),
        ("[leads, board]", "leads", None),
        ("[leads, board]", "pair", None),
        ("[leads, pair]", "all", None),
    ],
)
def test_whoever_sees_a_thing_first_has_it_introduced(
    before: str, after: str, knew: tuple[str, ...] | None
) -> None:
    was, now = (
        project({"metrics/x.sql": number(audience, f"SELECT {value} AS value")})
        for audience, value in ((before, 1), (after, 2))
    )
    found = find_revisions(was, now, before_moment=MOMENT, after_moment=MOMENT)
    assert ("introduced" in found[0].classes) is (knew is not None)
    assert found[0].known_to == (knew or ())
    assert "redefined" in found[-1].classes


@pytest.mark.parametrize("after", ["[leads, board]", "board"])
def test_those_who_knew_it_read_what_changed_as_it_was_opened_and_others_that_it_is_new(
    after: str,
) -> None:
    def with_target(audience: str, target: int) -> Manifest:
        front = number(audience).replace("owner: bob", f"owner: bob\ntarget: {target}")
        return project({"metrics/x.sql": front})

    states = [
        PastState(replace(MOMENT, commit=commit, on=MOMENT.on + timedelta(days=day)), manifest)
        for day, (commit, manifest) in enumerate([
            ("a", with_target("leads", 777)),
            ("b", with_target(after, 888)),
            ("c", with_target(after, 999)),
        ])
    ]  # fmt: skip
    past, today = revisions_along(states), states[-1].manifest
    board = seen("board", today, *past).revisions_of["x"]
    assert [revision.classes for revision in board] == [("retargeted",), ("introduced",)]
    assert "777" not in repr(board)
    assert {revision.original_target for revision in board} == {888}
    if after == "board":
        return
    leads = seen("leads", today, *past).revisions_of["x"]
    assert [revision.number for revision in leads] == [3, 2, 1]
    assert [revision.classes[0] for revision in leads] == ["retargeted", "retargeted", "introduced"]
    assert {revision.original_target for revision in leads} == {777}


def test_notes_from_before_a_number_was_opened_stay_with_those_who_knew_it() -> None:
    def noted(audience: str, target: int, *days: int) -> Manifest:
        notes = "".join(
            f"\n  - {{date: {(MOMENT.on + timedelta(days=day)).date()}, reason: scope, why: Day {day}}}"
            for day in days
        )
        more = f"owner: bob\ntarget: {target}" + (f"\nrevisions:{notes}" if notes else "")
        return project({"metrics/x.sql": number(audience).replace("owner: bob", more)})

    declared = [noted("leads", 1), noted("leads", 2, 1), noted("[leads, board]", 3, 1, 2)]
    declared.append(noted("[leads, board]", 4, 1, 2, 3))
    states = [
        PastState(replace(MOMENT, commit=str(day), on=MOMENT.on + timedelta(days=day)), manifest)
        for day, manifest in enumerate(declared)
    ]
    past, today = revisions_along(states), declared[-1]
    board, leads = seen("board", today, *past), seen("leads", today, *past)
    assert [note.why for note in board.manifest.metrics["x"].front.revisions] == ["Day 3"]
    assert "Day 1" not in repr(board)
    assert "Day 2" not in repr(board)
    assert len(leads.manifest.metrics["x"].front.revisions) == 3


def test_why_key_results_were_retired_before_an_objective_was_opened_stays_with_those_who_knew_it() -> (
    None
):
    def goal(audience: str, *retired: str) -> Manifest:
        declared = [name for name in ("first", "second", "third") if name not in retired]
        entries = "".join(
            f"\n  - {{id: {name}, date: {(MOMENT.on + timedelta(days=day)).date()}, why: Why {name}}}"
            for day, name in enumerate(retired, 1)
        )
        more = f"\nretired:{entries}" if retired else ""
        front = (
            f"---\ntitle: O\nowner: bob\nperiod: 2026-Q1\naudience: {audience}{more}\n---\nSo.\n"
        )
        terms = f"owner: bob\nbaseline: 0\ntarget: 9\naudience: {audience}"
        text = number(audience).replace(f"owner: bob\naudience: {audience}", terms)
        return project({
            "metrics/okrs/o/objective.md": front,
            **{f"metrics/okrs/o/{name}.sql": text for name in declared},
        })  # fmt: skip

    wide = "[leads, board]"
    declared = [goal("leads"), goal("leads", "first"), goal(wide, "first", "second")]
    declared.append(goal(wide, "first", "second", "third"))
    states = [
        PastState(replace(MOMENT, commit=str(day), on=MOMENT.on + timedelta(days=day)), manifest)
        for day, manifest in enumerate(declared)
    ]
    past, today = revisions_along(states), declared[-1]
    gone = {name: readers for state in declared for name, readers in readers_of(state).items()}

    def reasons(audience: str, past: tuple[Revision, ...] = past) -> list[str]:
        shown = visible_to(audience, today, Results(AS_OF, {}), Lineage({}, {}), past, gone=gone)
        return [entry.why for entry in shown.manifest.objectives["o"].front.retired]

    assert reasons("leads") == ["Why first", "Why second", "Why third"]
    assert reasons("board") == ["Why third"]
    assert reasons("board", ()) == ["Why third"], "where git tells no more than whom they were for"


def test_whoever_knew_it_first_still_knows_the_first_target_when_it_comes_back() -> None:
    states = []
    for day, (audience, target) in enumerate([("leads", 777), ("board", 888), ("leads", 999)]):
        front = number(audience).replace("owner: bob", f"owner: bob\ntarget: {target}")
        moment = replace(MOMENT, commit=str(day), on=MOMENT.on + timedelta(days=day))
        states.append(PastState(moment, project({"metrics/x.sql": front})))
    leads = seen("leads", states[-1].manifest, *revisions_along(states)).revisions_of["x"]
    assert {revision.original_target for revision in leads} == {777}
    assert "888" not in repr(leads)


def test_of_several_audiences_one_may_get_another_name() -> None:
    was = project({"metrics/x.sql": number("[leads, board]")})
    config = CONFIG.replace("audiences.board", "audiences.directors")
    now = project({"metrics/x.sql": number("[leads, directors]", "SELECT 2 AS value")}, config)
    (found,) = find_revisions(was, now, before_moment=MOMENT, after_moment=MOMENT)
    assert "introduced" not in found.classes


def test_what_comes_close_is_what_all_of_them_may_see() -> None:
    manifest = project({
        "metrics/x.sql": number("[leads, board]", title="Cancelled flights"),
        "metrics/y.sql": number("leads", title="Cancelled flights by gate"),
    })  # fmt: skip
    asked = "How many cancelled flights?"
    assert {item.id for item in similar_for(asked, ("leads",), manifest)} == {"x", "y"}
    assert {item.id for item in similar_for(asked, ("board", "leads"), manifest)} == {"x"}


def written(root: Path) -> Path:
    config = CONFIG.replace("[project]\n", '[project]\nurl = "https://n.example/"\n')
    for path, text in {
        "sharekit.toml": config.replace('"all"', '"leads"').replace("[audiences.all]\n", ""),
        "metrics/x.sql": number("[leads, board]", title="Both"),
        "metrics/y.sql": number("leads", title="Leads alone"),
        "dashboards/d.md": "---\ntitle: Together\naudience: [leads, board]\n---\n{{ x }}\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.mark.slow
def test_each_of_its_audiences_has_its_pages(tmp_path: Path) -> None:
    root = written(tmp_path)
    assert sharekit("build", cwd=root).code == 0
    site = root / "site"
    trees = {path.name for path in site.iterdir() if path.is_dir()}
    assert {"leads", "board", "pair"} <= trees, "and a list is no tree of its own"
    assert not any("," in name for name in trees)
    for audience, ids in {"leads": {"x", "y"}, "board": {"x"}, "pair": {"x"}}.items():
        index = json.loads((site / audience / "sharekit.json").read_text())
        assert index["audience"] == audience
        assert {path.stem for path in (site / audience / "data").glob("*.json")} == ids
        assert (site / audience / "dashboards" / "d.html").exists()
    said = sharekit("show", "x", cwd=root)
    assert "Board and Team leads" in said.out


@pytest.mark.slow
def test_a_question_is_asked_for_several_audiences(tmp_path: Path) -> None:
    root = written(tmp_path)
    asked = ("ask", "What does a gate cost?", "--by", "ann", "--new")
    said = sharekit(*asked, "--audience", "leads", "--audience", "board", cwd=root)
    assert said.code == 0
    assert "audience: [board, leads]\n" in (root / said.out.strip()).read_text()
    name = Path(said.out.strip()).stem
    made = sharekit("new", "metric", "gate_cost", "--from-ask", name, cwd=root)
    assert made.code == 0
    assert "audience: [board, leads]\n" in (root / made.out.strip()).read_text()
