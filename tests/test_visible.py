"""The one door: what is made from it holds nothing that its readers may not see, and nothing is
made past it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest
from commandline import sharekit
from source_trees import PACKAGE, SOURCES, nodes
from visible_histories import AS_OF

from sharekit.checks import check
from sharekit.checks.audience_changes import audience_joins
from sharekit.history.moment import Moment
from sharekit.numbers.results import (
    ClosedKeyResult,
    ClosedReading,
    Comparison,
    Reading,
    Result,
    Results,
)
from sharekit.okr.assessment import assess_key_result
from sharekit.project.lineage import Lineage
from sharekit.project.load import load, load_files
from sharekit.project.manifest import AudienceThen, Manifest
from sharekit.records import field_names, replace
from sharekit.revisions.revision import FieldChange, Impact, PastName, Revision, TargetMove
from sharekit.sqldiff.types import SqlChange
from sharekit.visible import (
    HELD_BACK,
    NOT_RENEWED,
    Visible,
    VisibleLineage,
    VisibleManifest,
    VisibleResults,
    VisibleRevision,
    answer_to,
    audiences_of_source,
    visible_to,
)

MANIFEST, SHARE = "project/manifest.py", "visible/share.py"
RAW = {"Manifest", "Results", "Revision", "Lineage", "Evaluated", "Story"}


# -- the types ------------------------------------------------------------------------------------


def made() -> Visible:
    manifest = load_files(
        {
            "sharekit.toml": '[project]\nname = "P"\n',
            "metrics/a.sql": "/* ---\ntitle: A\n--- */\nSELECT 1",
        }
    )
    moment = Moment("c", datetime(2026, 3, 1, tzinfo=UTC), "Ann")
    revision = Revision(
        "r", "a", "metric", "A", None, (AudienceThen("everyone"),), ("introduced",), moment
    )
    return visible_to("everyone", manifest, Results(AS_OF, {}), Lineage({}, {}), [revision])


def test_settings_hold_the_audience_of_the_reader_alone() -> None:
    audiences = "".join(f'[audiences.{name}]\nmembers = ["ann"]\n' for name in ("a", "b", "c"))
    manifest = load_files(
        {
            "sharekit.toml": '[project]\nname = "P"\naudience = "a"\n[people.ann]\nname = "Ann"\n'
            + audiences
        }
    )
    visible = visible_to("b", manifest, Results(AS_OF, {}), Lineage({}, {}), [])
    assert set(visible.manifest.config.audiences) == {"b"}


@pytest.mark.parametrize(
    ("answer", "audience", "is_answered"),
    [("a", "everyone", True), ("a", "board", False), ("b", "everyone", False)],
)
def test_an_answer_is_one_that_all_who_asked_may_see(
    answer: str, audience: str, is_answered: bool
) -> None:
    manifest = load_files(
        {
            "sharekit.toml": '[project]\nname = "P"\n[people.ann]\nname = "Ann"\n'
            '[people.bob]\nname = "Bob"\n[audiences.everyone]\nmembers = ["ann", "bob"]\n'
            '[audiences.board]\nmembers = ["ann"]\n',
            "metrics/a.sql": f"/* ---\ntitle: A\naudience: {audience}\n--- */\nSELECT 1",
            "metrics/asks/how-many.yaml": "question: How many?\nasked: [{on: 2026-01-05, by: bob}]\n"
            f"audience: everyone\nanswered_by: {answer}\n",
        }
    )
    (ask,) = manifest.asks.values()
    found = answer_to(ask, manifest)
    assert (found is not None) == is_answered
    assert found is None or found.id == answer


def test_what_renderers_are_given_is_made_by_the_door_alone() -> None:
    visible = made()
    assert visible.revisions, "an audience without members sees what is its own"
    for thing in (
        visible,
        visible.manifest,
        visible.results,
        visible.lineage,
        visible.revisions[0],
    ):
        values = {name: getattr(thing, name) for name in field_names(thing) if name != "door"}
        with pytest.raises(TypeError, match="made by visible_to alone"):
            type(thing)(**values, door=object())
        with pytest.raises((TypeError, ValueError)):
            replace(thing, audience="board")


def annotations(path: Path) -> Iterator[tuple[int, str]]:
    """Names in the annotations of a file: of parameters, results and fields."""
    for node in nodes(path):
        found: list[ast.expr | None] = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            found = [*(each.annotation for each in every), node.returns]
        elif isinstance(node, ast.AnnAssign):
            found = [node.annotation]
        for each in found:
            for name in ast.walk(each) if each is not None else ():
                if isinstance(name, ast.Name):
                    yield name.id and getattr(each, "lineno", 0), name.id


def test_renderers_take_what_the_door_made() -> None:
    """An address tells nothing of what is behind it; everything else in the renderers takes visible
    things."""
    folders = [sorted((PACKAGE / name).rglob("*.py")) for name in ("site", "mail", "preread")]
    assert all(folders), "each folder of renderers is where it is looked for"
    renderers = [*(path for paths in folders for path in paths), PACKAGE / "asks" / "register.py"]
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} takes {name}"
        for path in renderers
        if path != PACKAGE / "site" / "folders.py"
        for line, name in annotations(path)
        if name in RAW
    ]
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "homes"),
    [
        (
            "sees",
            {"visible/results.py", "visible/revisions.py", "checks/checked_project.py", MANIFEST},
        ),
        ("all_see", {"visible/readers.py", MANIFEST, "revisions/added_notes.py"}),
        ("unrestricted", {"commands/diff.py"}),
        ("Door", {"visible/manifest.py", "visible/readers.py", SHARE}),
        ("make_visible", {"visible/manifest.py", SHARE}),
        (Visible.__name__, {SHARE}),
        (VisibleManifest.__name__, set()),
        (VisibleResults.__name__, {"visible/results.py"}),
        (VisibleLineage.__name__, {"visible/manifest.py", SHARE}),
        (VisibleRevision.__name__, set()),
    ],
)
def test_who_sees_what_is_asked_in_one_place(call: str, homes: set[str]) -> None:
    assert {path for path, name in calls() if name == call} <= homes


def test_the_door_is_entered_by_its_public_names_alone() -> None:
    inside = [
        (path.relative_to(PACKAGE).as_posix(), node.module)
        for path in SOURCES
        if path.parent != PACKAGE / "visible"
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sharekit.visible.")
    ]
    assert inside == []


@cache
def calls() -> frozenset[tuple[str, str]]:
    """Every call in the package: its file and the name that is called."""
    return frozenset(
        (path.relative_to(PACKAGE).as_posix(), getattr(node.func, "attr", None) or node.func.id)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    )


# -- sources and members --------------------------------------------------------------------------

TWO = """[project]
name = "Box"
audience = "world"
[people.eve]
name = "Eve"
[people.bob]
name = "Bob"
[audiences.world]
members = ["eve", "bob"]
[audiences.leads]
members = ["eve"]
"""


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        ('[sources.everything]\npath = "metrics/data/sal*.csv"\n', ""),
        ('[sources.everything]\npath = "metrics/data/salaries.csv"\n', ""),
        ("", "everything.csv"),
        ("", "hard"),
    ],
    ids=["glob", "same path", "link", "hard link"],
)
def test_a_narrow_file_is_narrow_under_every_name(entry: str, link: str, tmp_path: Path) -> None:
    data = tmp_path / "metrics" / "data"
    data.mkdir(parents=True)
    kept = '[sources.salaries]\npath = "metrics/data/salaries.csv"\naudience = "leads"\n'
    (tmp_path / "sharekit.toml").write_text(f"{TWO}{kept}{entry}", encoding="utf-8")
    (data / "salaries.csv").write_text("day,v\n2013-11-04,1\n", encoding="utf-8")
    if link == "hard":
        (data / "everything.csv").hardlink_to(data / "salaries.csv")
    elif link:
        (data / link).symlink_to("salaries.csv")
    number = "/* ---\ntitle: All\nowner: eve\nkind: table\n--- */\nSELECT * FROM everything\n"
    (tmp_path / "metrics" / "all_rows.sql").write_text(number, encoding="utf-8")
    manifest = load(tmp_path)
    assert audiences_of_source(manifest.sources["everything"], manifest) == {("leads",)}
    (problem,) = [each for each in check(manifest) if each.code == "audience-leak"]
    assert "reads `everything`, which is for `leads` alone" in problem.message
    assert "[sources.salaries] keeps metrics/data/salaries.csv for `leads`." in (problem.hint or "")


def test_tables_of_one_database_are_not_each_other(tmp_path: Path) -> None:
    entries = "".join(
        f'[sources.{name}]\npath = "metrics/data/all.duckdb"\n{audience}'
        for name, audience in (("salaries", 'audience = "leads"\n'), ("orders", ""))
    )
    manifest = load_files(
        {"sharekit.toml": TWO + entries}, digests={"metrics/data/all.duckdb": "d"}
    )
    assert audiences_of_source(manifest.sources["orders"], manifest) == frozenset()


def sources_of(*entries: str) -> Manifest:
    return load_files(
        {"sharekit.toml": TWO + "".join(entries)}, digests={"metrics/data/all.duckdb": "d"}
    )


DATABASE = 'path = "metrics/data/all.duckdb"\n'


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (f'{DATABASE}table = "salaries"', f'{DATABASE}table = "SALARIES"'),
        (f'{DATABASE}table = "salaries"', f'{DATABASE}table = "main.Salaries"'),
        ('url = "https://x.example/a.csv"', 'url = "https://x.example/a.csv"'),
        ('url = "env:PAY"', 'url = "env:PAY"'),
        ('url = "s3://box/pay/2013.csv"', 'url = "s3://box/*/2013.csv"'),
        ('url = "s3://box/pay/*.csv"', 'url = "s3://box/pay/2013.csv"'),
        ('url = "s3://box/pay/*.csv"', 'url = "s3://box/[a-z]ay/**"'),
    ],
)
def test_the_same_rows_are_narrow_however_they_are_spelled(narrow: str, wide: str) -> None:
    manifest = sources_of(
        f'[sources.salaries]\naudience = "leads"\n{narrow}\n', f"[sources.everything]\n{wide}\n"
    )
    assert audiences_of_source(manifest.sources["everything"], manifest) == {("leads",)}


def test_other_addresses_are_not_narrow() -> None:
    manifest = sources_of(
        '[sources.salaries]\naudience = "leads"\nurl = "s3://box/pay/*.csv"\n',
        '[sources.orders]\nurl = "s3://box/orders/*.csv"\n',
        '[sources.rates]\nurl = "https://x.example/rates.csv"\n',
        f"[sources.all]\n{DATABASE}",
    )
    for name in ("orders", "rates", "all"):
        assert audiences_of_source(manifest.sources[name], manifest) == frozenset()


def test_a_view_of_a_database_must_not_read_what_another_source_keeps() -> None:
    manifest = sources_of(
        f'[sources.salaries]\naudience = "leads"\n{DATABASE}', f"[sources.v]\n{DATABASE}"
    )
    assert manifest.hidden_tables(manifest.sources["v"]) == ("main.salaries",)
    assert manifest.hidden_tables(manifest.sources["salaries"]) == ()


@pytest.mark.slow
def test_a_value_read_before_its_rows_were_kept_for_others_is_none_to_fall_back_on(
    tmp_path: Path,
) -> None:
    data = tmp_path / "metrics" / "data"
    data.mkdir(parents=True)
    with duckdb.connect(str(data / "all.duckdb")) as connection:
        connection.execute("CREATE TABLE pay AS SELECT DATE '2013-11-04' AS day, 'Hush' AS who")
        connection.execute("CREATE VIEW shown AS FROM pay")
    config = f"{TWO}[sources.shown]\n{DATABASE}"
    (tmp_path / "sharekit.toml").write_text(config, encoding="utf-8")
    number = "/* ---\ntitle: All\nowner: eve\nkind: table\n--- */\nSELECT * FROM shown\n"
    (tmp_path / "metrics" / "all_rows.sql").write_text(number, encoding="utf-8")
    assert sharekit("build", cwd=tmp_path).code == 0
    pages = tmp_path / "site" / "world"
    assert "Hush" in (pages / "metrics" / "all_rows.html").read_text(encoding="utf-8")
    narrow = f'[sources.pay]\naudience = "leads"\n{DATABASE}'
    (tmp_path / "sharekit.toml").write_text(config + narrow, encoding="utf-8")
    assert sharekit("build", cwd=tmp_path).code == 1, "the view is refused, the rest is published"
    for path in pages.rglob("*"):
        assert path.is_dir() or b"Hush" not in path.read_bytes(), path


def test_who_joins_an_audience_is_said_to_read_its_past() -> None:
    before = load_files({"sharekit.toml": TWO})
    after = load_files(
        {"sharekit.toml": TWO.replace('members = ["eve"]', 'members = ["eve", "bob"]')}
    )
    (problem,) = audience_joins(before, after)
    assert problem.severity == "warning"
    assert problem.message == "Bob joins the audience `leads`, and may read all of its past"
    assert audience_joins(after, before) == ()
    renamed = (
        TWO.replace("people.bob", "people.rob").replace('"bob"', '"rob"').replace('"Bob"', '"Rob"')
    )
    with_mail = 'name = "Bob"\nemail = "b@x.example"'
    known = (TWO.replace('name = "Bob"', with_mail), renamed.replace('name = "Rob"', with_mail))
    assert audience_joins(*(load_files({"sharekit.toml": text}) for text in known)) == (), (
        "the same mailbox"
    )


def test_titles_of_the_past_are_those_that_readers_could_see() -> None:
    """A key result moved between objectives, one of which is the board's by now, or was when it was
    called so."""
    for audience, shown in (("world", None), ("leads", "Sell the company")):
        moved = FieldChange(
            "objective",
            "a",
            "b",
            PastName("Sell the company", (AudienceThen("leads", ("eve",)),)),
            None,
        )
        manifest = load_files(
            {"sharekit.toml": TWO, "metrics/k.sql": "/* ---\ntitle: K\n--- */\nSELECT 1"}
        )
        moment = Moment("c", datetime(2026, 3, 1, tzinfo=UTC), "Eve")
        revision = Revision(
            "r",
            "k",
            "metric",
            "K",
            None,
            (AudienceThen("world"),),
            ("reassigned",),
            moment,
            moment,
            fields=(moved,),
        )
        visible = visible_to(audience, manifest, Results(AS_OF, {}), Lineage({}, {}), [revision])
        named = visible.revisions[0].fields[0].was
        assert (named.title if named else None) == shown


# -- what a share holds ---------------------------------------------------------------------------


def narrow_neighbours() -> tuple[Manifest, Results]:
    """A number of `world` whose target and successor are for `leads` alone: a past may have it,
    check refuses it."""
    number = "target: metrics.plan\nstate: deprecated\nreplaced_by: plan\ndrives: [plan]\n"
    manifest = load_files({
        "sharekit.toml": TWO,
        "metrics/wide.sql": f"/* ---\ntitle: Wide\nowner: eve\n{number}--- */\nSELECT 1 AS value",
        "metrics/plan.sql": "/* ---\ntitle: Plan\nowner: eve\naudience: leads\n--- */\nSELECT 1 AS value",
    })  # fmt: skip
    aimed = Comparison("target", date(2026, 3, 1), 0.777, 0.1, None, None)
    reading = Reading(
        "number", 0.9, target=0.777, targets=((date.min, 0.777),), comparisons=(aimed,)
    )
    return manifest, Results(
        AS_OF, {"wide": Result("wide", reading, stale="It failed today: cannot read plan.")}
    )


def test_a_target_successor_and_age_of_something_narrow_stay_there() -> None:
    manifest, results = narrow_neighbours()
    world = visible_to("world", manifest, results, Lineage({}, {}))
    front, result = world.manifest.metrics["wide"].front, world.result("wide")
    assert (front.target, front.replaced_by, front.drives) == (None, None, [])
    assert result.reading is not None
    assert (result.reading.target, result.reading.targets, result.reading.comparisons) == (
        None,
        (),
        (),
    )
    assert result.stale == NOT_RENEWED
    assert result.reading.value == 0.9, "its own value is its readers'"
    leads = visible_to("leads", manifest, results, Lineage({}, {}))
    assert leads.manifest.metrics["wide"] == manifest.metrics["wide"]
    assert leads.result("wide") == results.results["wide"]


def test_why_a_revision_is_held_names_nothing_out_of_sight() -> None:
    manifest, results = narrow_neighbours()
    moment = Moment("c", datetime(2026, 3, 1, tzinfo=UTC), "Eve")
    held = Impact(
        None, None, None, None, None, held="Held: the query fails: no column salary in plan."
    )
    opened = FieldChange("audience", "leads", "world")
    one = Revision(
        "r",
        "wide",
        "metric",
        "Wide",
        None,
        (AudienceThen("world"),),
        ("redefined",),
        moment,
        moment,
        impact=held,
    )
    other = replace(
        one,
        id="s",
        number=2,
        fields=(opened,),
        sql_after="SELECT * FROM metrics.plan",
        touches=("plan",),
    )
    second, first = visible_to("world", manifest, results, Lineage({}, {}), [one, other]).revisions
    assert first.impact is not None
    assert first.impact.held == HELD_BACK
    assert (second.sql_after, second.touches, second.impact) == (
        None,
        (),
        None,
    ), "opened, it names nothing hidden"
    moved = Impact(None, 1, 1, None, None, target=TargetMove("plan", 0.777, 0.8))
    aimed = replace(one, impact=moved)
    for audience, told in (("world", None), ("leads", moved.target)):
        (seen,) = visible_to(audience, manifest, results, Lineage({}, {}), [aimed]).revisions
        assert seen.impact is not None
        assert seen.impact.target == told, "a target that is another number is for its readers"
    touching = replace(one, impact=None, touches=("plan", "wide"))
    (seen,) = visible_to("world", manifest, results, Lineage({}, {}), [touching]).revisions
    assert seen.touches == ("wide",), "what it touches is named where it may be seen"
    leads = visible_to("leads", manifest, results, Lineage({}, {}), [one]).revisions[0].impact
    assert leads is not None
    assert leads.held == held.held


def test_a_view_that_nobody_remembers_is_nobodys_to_read() -> None:
    """It was gone before the state that is compared with, and its reader names it no longer."""
    manifest, results = narrow_neighbours()
    moment = Moment("c", datetime(2026, 3, 1, tzinfo=UTC), "Eve")
    changes = (
        SqlChange("-", "no longer reads `metrics._pay`"),
        SqlChange("+", "filter added: n > 1"),
    )
    before, after = (
        "SELECT n FROM metrics._pay JOIN metrics.wide",
        "SELECT n FROM metrics.wide WHERE n > 1",
    )
    one = Revision("r", "wide", "metric", "Wide", None, (AudienceThen("world"),), ("redefined",), moment, moment,
                   sql_before=before, sql_after=after, sql_changes=changes)  # fmt: skip
    (shown,) = visible_to("world", manifest, results, Lineage({}, {}), [one]).revisions
    assert (shown.sql_before, [each.sentence for each in shown.sql_changes]) == (
        None,
        ["filter added: n > 1"],
    )
    known = {"_pay": ((AudienceThen("world"),),)}
    (told,) = visible_to("world", manifest, results, Lineage({}, {}), [one], gone=known).revisions
    assert told.sql_changes == changes


def test_a_key_result_that_ended_names_nothing_out_of_sight() -> None:
    def terms(more: str) -> dict[str, str]:
        text = (
            f"/* ---\ntitle: K\nowner: eve\nbaseline: 0\ntarget: 9\n{more}--- */\nSELECT * FROM"
            " metrics.plan"
        )
        return {
            "metrics/okrs/o/k.sql": text,
            "metrics/okrs/o/objective.md": "---\ntitle: O\nperiod: 2025\n---\n",
        }

    plan = {"metrics/plan.sql": "/* ---\ntitle: Plan\naudience: leads\n--- */\nSELECT 1 AS value"}
    then = load_files({"sharekit.toml": TWO, **plan, **terms("drives: [plan]\n")}).metrics["k"]
    now = load_files({"sharekit.toml": TWO, **plan, **terms("")})
    assert then.okr is not None
    okr = assess_key_result(then.okr, Reading("number", 4.0), AS_OF, now.config.okrs)
    result = Result(
        "k", Reading("number", 4.0), okr, closed=ClosedReading(then, None, okr, ("definition",))
    )
    settled = ClosedKeyResult(then, None, okr)
    world = visible_to(
        "world", now, Results(AS_OF, {"k": result}, settled=(settled,)), Lineage({}, {})
    )
    closed, (ended,) = world.result("k").closed, world.results.settled
    assert closed is not None
    assert closed.changed == ("definition",)
    assert "plan" not in closed.metric.front.drives
    assert (ended.metric.sql.text, ended.metric.front.drives) == ("", [])
    assert ended.metric.okr is not None
    assert ended.metric.okr.front.drives == []
