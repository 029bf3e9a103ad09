"""Nothing of a narrower audience stands in a byte of a wider one's tree, even where the checks were
not run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date

import pytest
import site_sample
from site_files import FILES, SECRETS
from site_revisions import _told
from site_sample import render_site

from sharekit.errors import Place, Problem
from sharekit.numbers.results import Results
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import RevisionNote
from sharekit.records import replace
from sharekit.revisions.revision import FieldChange, Impact, Revision, RowChange, SqlChange
from sharekit.site.folders import tree_folder, tree_url
from sharekit.visible import WITHHELD

Tree = Mapping[str, bytes]


def rendered(
    files: Mapping[str, str], revisions: Iterable[Revision] = (), audience: str = "team"
) -> Tree:
    site = replace(site_sample.site(audience, files, told=False), revisions=tuple(revisions))
    return {each.path: each.content for each in render_site(site)}


def leaks(tree: Tree, secrets: Iterable[str] = SECRETS) -> dict[str, list[str]]:
    """Secret -> files that hold it, shared files left out: they are the same for everybody."""
    found: dict[str, list[str]] = {}
    for path, content in tree.items():
        if path.startswith("assets/"):
            continue
        text = f"{path}\n{content.decode()}"
        for secret in secrets:
            if secret in text or secret in json.loads(json.dumps(text)):
                found.setdefault(secret, []).append(path)
        if re.search(r"\bboard\b", text):
            found.setdefault("board", []).append(path)
    return found


def changed(path: str, *edits: tuple[str, str]) -> dict[str, str]:
    text = FILES[path]
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return {**FILES, path: text}


def test_nothing_of_the_board_is_in_the_teams_tree(tree: Tree) -> None:
    assert leaks(tree) == {}


def test_the_board_sees_its_own_and_everything_else(board: Tree) -> None:
    held = {
        secret
        for secret in SECRETS
        if any(secret in f"{path}\n{text.decode()}" for path, text in board.items())
    }
    assert {
        "salaries",
        "Payroll",
        "Rumpelstilz",
        "Merger",
        "Olga",
        "above the dream",
        "whisper",
    } <= held
    assert "okrs/active_offices.html" in board
    assert "metrics/salaries.html" in board


@pytest.mark.slow
def test_sql_that_reads_something_hidden_is_not_shown() -> None:
    files = changed("metrics/sales/orders.sql", ("FROM metrics._orders", "FROM metrics._payroll"))
    tree = rendered(files)
    assert leaks(tree) == {}
    assert WITHHELD in tree["metrics/orders.html"].decode()
    document = json.loads(tree["data/orders.json"])
    assert document["definition"] == {"sql": None, "reads": [], "commit": site_sample.COMMIT}


@pytest.mark.slow
@pytest.mark.parametrize(
    "reference",
    ['"metrics"."_payroll"', "METRICS._PAYROLL", "metrics . salaries", "cashbook", '"cashbook"'],
)
def test_a_reference_is_found_however_it_is_spelled(reference: str) -> None:
    files = changed("metrics/sales/orders.sql", ("FROM metrics._orders", f"FROM {reference}"))
    tree = rendered(files)
    assert WITHHELD in tree["metrics/orders.html"].decode()
    assert {secret.lower() for secret in leaks(tree)} == set()


def test_lineage_through_a_hidden_view_shows_nothing_of_it() -> None:
    """orders reads a visible view that reads the hidden one: neither its name nor what lies behind
    it appears."""
    files = changed("metrics/sales/_orders.sql", ("FROM orders", "FROM metrics._payroll"))
    tree = rendered(files)
    assert leaks(tree) == {}
    assert "_orders" in tree["metrics/orders.html"].decode()


def test_a_dashboard_that_places_something_hidden_names_it_nowhere() -> None:
    body = FILES["dashboards/deliveries.md"] + (
        "\nSalaries: {{ salaries }}, {{ salaries:change }}.\n\n[the number](../metrics/board/salaries.sql)\n\n"
        "```metrics\n- salaries\n```\n\n```table\nid: salaries\n```\n\n```okrs\nobjective: 2026-q4-board\n```\n"
    ).replace("Salaries: ", "Paid: ")
    tree = rendered({**FILES, "dashboards/deliveries.md": body})
    assert leaks(tree) == {}
    assert "not shared here" in tree["dashboards/deliveries.html"].decode()


def test_references_to_something_hidden_are_left_out() -> None:
    files = changed(
        "metrics/sales/orders.sql",
        ("drives: [active_offices]", "drives: [salaries, active_offices]"),
    )
    files |= changed(
        "metrics/okrs/2026-q4/deliver/objective.md",
        ("parent: 2026-q4-growth", "parent: 2026-q4-board"),
    ) | {"metrics/sales/orders.sql": files["metrics/sales/orders.sql"]}
    assert leaks(rendered(files)) == {}


def test_a_failure_that_names_something_hidden_is_told_without_it() -> None:
    files = changed("metrics/sales/orders.sql", ("FROM metrics._orders", "FROM metrics._payroll"))
    site = site_sample.site("team", files, told=False)
    failed = replace(
        site.results.results["orders"],
        failure=Problem(
            "query-failed",
            "the view _payroll could not be read from cashbook",
            Place("x.sql"),
            phase="data",
        ),
    )
    results = replace(site.results, results={**site.results.results, "orders": failed})
    tree = {each.path: each.content for each in render_site(replace(site, results=results))}
    assert leaks(tree) == {}
    assert "It could not be computed today." in tree["metrics/orders.html"].decode()


@pytest.mark.slow
def test_problems_of_the_build_stay_out_of_the_tree() -> None:
    site = site_sample.site("team")
    problem = Problem(
        "query-failed",
        "salaries: the cashbook is broken",
        Place("metrics/board/salaries.sql"),
        phase="data",
    )
    manifest = replace(
        site.manifest, problems=(problem,), files={"metrics/board/salaries.sql": "SELECT secret"}
    )
    results: Results = replace(site.results, problems=(problem,))
    tree = {
        each.path: each.content
        for each in render_site(replace(site, manifest=manifest, results=results))
    }
    assert leaks(tree) == {}


def test_what_revisions_tell_is_cut_too() -> None:
    note = RevisionNote(date=date(2026, 11, 20), reason="scope", why="Plain words.")
    revision = _told(
        "orders", "Paid orders", "mateo", "redefined", 11, 20, of="metric", note=note,
        fields=(
            FieldChange("audience", "team", "team"),
            FieldChange("objective", "2026-q4-board", "2026-q4-growth"),
            FieldChange("drives", ["salaries"], []),
        ),
        sql_changes=(SqlChange("~", "reads `metrics._orders` instead of `metrics._payroll`"),
                     SqlChange("+", "filter added: `amount > 0`", "_payroll")),
        sql_before="SELECT amount FROM metrics._payroll", sql_after="SELECT 1 FROM metrics._orders",
        touches=("salaries", "board/merger", "2026-q4-board", "active_offices"),
    )  # fmt: skip
    key_result = replace(
        revision, item="active_offices", title="Active offices", kind="key_result", id="rev-x"
    )
    tree = rendered(FILES, (revision, key_result))
    assert leaks(tree) == {}
    assert "Plain words." in tree["okrs/active_offices.html"].decode()


def test_what_texts_said_before_names_nothing_out_of_sight() -> None:
    """A page that placed a number, and prose that linked to it, while everybody could see it."""
    was = "{{ salaries }} [paid](../metrics/board/salaries.sql)\n\n```metrics\n- salaries\n```"
    linked = "See [paid](../../../board/salaries.sql)."
    page = _told(
        "deliveries", "Deliveries", "hana", "words", 11, 20, of="dashboard",
        fields=(FieldChange("text", was, "Plain words."),),
    )  # fmt: skip
    objective = _told(
        "2026-q4-growth", "Growth", "mateo", "words", 11, 20, of="objective",
        fields=(FieldChange("why", linked, "Plain words."), FieldChange("challenges", "None.", linked)),
    )  # fmt: skip
    number = _told(
        "orders", "Paid orders", "mateo", "words", 11, 20, of="metric",
        fields=(FieldChange("description", linked, "Plain words."),
                FieldChange("labels", {"region": "salaries.name"}, {"region": "drops.region"}),
                FieldChange("targets", "metrics.salaries", None)),
    )  # fmt: skip
    tree = rendered(FILES, (page, objective, number))
    assert leaks(tree) == {}
    assert "Plain words." in tree["objectives/2026-q4-growth.html"].decode()
    assert "Plain words." not in tree["dashboards/deliveries.html"].decode()


@pytest.mark.slow
def test_counts_of_rows_are_cut_with_the_sql_that_they_are_of() -> None:
    """A count over a source out of sight, and one by a condition that names it."""
    rows = (RowChange("-", "amount > 777777", 888888, 999999),)
    said = (RowChange("+", "kind <> 'metrics._payroll'", 888888, 999999),)
    for sql, changes in (
        ("SELECT amount FROM metrics._payroll", rows),
        ("SELECT 1 FROM metrics._orders", said),
    ):
        revision = _told(
            "orders", "Paid orders", "mateo", "redefined", 11, 20, of="metric",
            sql_changes=(SqlChange("+", "filter added: `amount > 0`"),), sql_before=sql, sql_after=sql,
            impact=Impact(2300, 2300, 2300, 0, 0, rows=changes),
        )  # fmt: skip
        assert leaks(rendered(FILES, (revision,)), (*SECRETS, "888,888", "999,999", "777777")) == {}


@pytest.mark.slow
def test_an_item_that_has_been_opened_keeps_its_former_self_to_itself() -> None:
    """Its audience became wider: the new one learns what it is, not what it was."""
    opened = _told(
        "orders", "Paid orders", "mateo", "redefined retargeted", 11, 20, of="metric", number=4,
        fields=(FieldChange("audience", "board", "team"), FieldChange("target", 777777, 2600)),
        sql_changes=(SqlChange("-", "filter removed: `hush = 1`"),),
        sql_before="SELECT hush", sql_after="SELECT value", impact=Impact(777777, 777777, 2300, 0, -1),
    )  # fmt: skip
    tree = rendered(FILES, (opened,))
    assert leaks(tree, (*SECRETS, "777,777", "777777")) == {}


@pytest.mark.slow
def test_a_key_result_is_no_more_visible_than_its_objective() -> None:
    """Its page would name the objective."""
    path = "metrics/okrs/2026-q4/board/price.sql"
    files = changed(path, ("audience: board", "audience: team"))
    assert leaks(rendered(files)) == {}


@pytest.mark.slow
def test_an_objective_is_scored_by_what_its_readers_see() -> None:
    """The mean would tell what a hidden key result does."""
    hidden = FILES["metrics/okrs/2026-q4/board/price.sql"].replace(
        "A price above the dream", "Sum whispered"
    )
    files = {**FILES, "metrics/okrs/2026-q4/growth/whispered.sql": hidden}
    team = json.loads(rendered(files)["sharekit.json"])
    growth = next(each for each in team["objectives"] if each["id"] == "2026-q4-growth")
    assert growth["key_results"] == ["active_offices", "churn", "margin"]
    page = rendered(files)["objectives/2026-q4-growth.html"]
    assert page == rendered(FILES)["objectives/2026-q4-growth.html"]
    assert page != rendered(files, audience="board")["objectives/2026-q4-growth.html"]


def test_audiences_that_only_overlap_see_nothing_of_each_other() -> None:
    config = FILES["sharekit.toml"] + '\n[audiences.sales]\nmembers = ["mateo", "olga"]\n'
    files = {**FILES, "sharekit.toml": config}
    tree = rendered(files, audience="sales")
    assert not [
        path
        for path in tree
        if path.startswith(("metrics/", "okrs/", "data/", "badges/", "objectives/"))
    ]
    assert "Team 1" not in tree["index.html"].decode()


def test_trees_of_several_audiences_stand_in_folders_of_their_own() -> None:
    project: Manifest = site_sample.manifest()
    assert tree_folder(project, "team") == "team/"
    assert tree_url(project, "team") == "https://numbers.kettlewick.example/team/"
    alone = site_sample.manifest(
        {"sharekit.toml": '[project]\nname = "One"\nurl = "https://x.example/a"\n'}
    )
    assert tree_folder(alone, "everyone") == ""
    assert tree_url(alone, "everyone") == "https://x.example/a/"
    assert (
        tree_url(site_sample.manifest({"sharekit.toml": '[project]\nname = "One"\n'}), "everyone")
        is None
    )
