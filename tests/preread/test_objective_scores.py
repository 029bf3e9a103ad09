"""One objective has one score: on its page, in the alignment, on the first page, in the data and in
the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from page_facts import PageFacts
from preread_sample import FILES, SECRETS, rendered, site

from sharekit.numbers.results import ObjectiveReading, OkrReading, Status
from sharekit.okr.assessment import assess_objectives
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import ObjectiveFront, OkrConfig
from sharekit.terminal.summary import scorecard

OKRS = "metrics/okrs/2026-q4"
TOP = "---\ntitle: Coffee everywhere\nowner: priya\nperiod: 2026-Q4\nhelp_wanted: A patron.\n---\n"


def shop(**parents: str) -> dict[str, str]:
    """The shop with an objective without key results on top, which those named serve."""
    files = {**FILES, f"{OKRS}/top/objective.md": TOP}
    for name, parent in parents.items():
        path = f"{OKRS}/{name}/objective.md"
        kept = re.sub(r"parent: .*\n", "", files[path])
        files[path] = kept.replace("period:", f"parent: 2026-q4-{parent}\nperiod:", 1)
    return files


def said(files: Mapping[str, str], name: str, title: str, audience: str = "team") -> dict[str, str]:
    """Place -> the score and status that it tells of one objective."""
    tree = rendered(audience, files, told=False)
    page = PageFacts(tree[f"objectives/{name}.html"].decode())
    byline = re.search(r"(?:Score|objectives that serve it) ([\d.–]+)", page.text)
    assert byline is not None
    alignment = PageFacts(tree["alignment.html"].decode()).text
    node = re.search(
        rf"{title} ([A-Z][a-z ]+?)(?: average)? score(?: of the objectives that serve it)? ([\d.–]+)",
        alignment,
    )
    assert node is not None, alignment
    row = next(
        objective
        for objective in json.loads(tree["sharekit.json"])["objectives"]
        if objective["id"] == name
    )
    home = re.search(
        rf"{title} \w+ \w+, (?:average )?score(?: of the objectives that serve it)? ([\d.]+)",
        PageFacts(tree["index.html"].decode()).text,
    )
    head = next(node.text for node in page.all("div", "title-row"))
    return {
        "page": byline[1],
        "alignment": node[2],
        "json": f"{row['score']:.2f}",
        "home": home[1] if home else "not there",
        "statuses": ", ".join(sorted({node[1], head.replace(title, "").strip(), row["status"]})),
    }


@pytest.mark.slow
@pytest.mark.parametrize("audience", ["team", "board"])
def test_an_objective_without_key_results_has_one_score_everywhere(audience: str) -> None:
    files = shop(growth="top")
    found = said(files, "2026-q4-top", "Coffee everywhere", audience)
    scores = {found[place] for place in ("page", "alignment", "json", "home")}
    assert scores == {"0.46"}, (
        "that of the one objective which serves it and has key results of its own"
    )
    assert found["statuses"] == "On track, on_track"
    results = site(audience, files, told=False)
    line = next(
        line for line in scorecard(results.manifest, results.results) if "Coffee everywhere" in line
    )
    assert re.search(r"0\.46 +0\.49 +\[on\] On track", line)


@pytest.mark.slow
def test_an_objective_with_both_is_scored_by_its_own_key_results() -> None:
    """It is served by "Deliveries keep their promise", whose score is another one."""
    found = said(FILES, "2026-q4-growth", "Offices stay with us and grow")
    scores = {found[place] for place in ("page", "alignment", "json", "home")}
    assert scores == {"0.46"}
    served = said(FILES, "2026-q4-deliver", "Deliveries keep their promise")
    assert served["page"] != "0.46"


@pytest.mark.slow
def test_what_an_audience_may_not_see_does_not_count_in_its_tree() -> None:
    files = shop(growth="top", board="top")
    team = said(files, "2026-q4-top", "Coffee everywhere", "team")
    board = said(files, "2026-q4-top", "Coffee everywhere", "board")
    assert {team[place] for place in ("page", "alignment", "json", "home")} == {"0.46"}
    assert len({board[place] for place in ("page", "alignment", "json", "home")}) == 1
    assert board["page"] != "0.46"
    tree = rendered("team", files, told=False)
    page = tree["objectives/2026-q4-top.html"].decode()
    assert [secret for secret in SECRETS if secret in page] == []


@pytest.mark.slow
def test_the_pages_say_that_it_is_a_mean_and_of_what() -> None:
    tree = rendered(files=shop(growth="top"), told=False)
    page = PageFacts(tree["objectives/2026-q4-top.html"].decode())
    assert "Average score of the objectives that serve it 0.46, 0.49 expected" in page.text
    assert (
        "Offices stay with us and grow Serves this objective, Mateo Ferreira On track score 0.46"
        in page.text
    )
    rules = PageFacts(tree["scoring.html"].decode()).text
    assert "the average score of the objectives that serve it. Its status follows" in rules
    assert "On track is at most 0.10 below the score expected" in page.text
    child = PageFacts(tree["objectives/2026-q4-growth.html"].decode()).text
    assert (
        "Coffee everywhere The objective that this one serves, Priya Raman On track score 0.46"
        in child
    )
    home = PageFacts(tree["index.html"].decode())
    assert "Priya Raman, average score of the objectives that serve it 0.46" in home.text
    assert "A patron." in home.text, "the help that such an objective wants is wanted too"
    assert home.faults == []
    assert "served by one objective, " in tree["llms.txt"].decode()
    listed = PageFacts(tree["okrs/index.html"].decode())
    assert (
        "Coffee everywhere Priya Raman, average score of the objectives that serve it 0.46"
        in listed.text
    )


# -- the rule -------------------------------------------------------------------------------------


def judged(**parents: str | None) -> dict[str, ObjectiveReading]:
    """a: no key results; b: 0.2; c: 0.6; d: dropped 0.0; e: nothing at all. Each serves the one
    named."""
    own: dict[str, list[tuple[float, Status]]] = {
        "b": [(0.2, "off_track")], "c": [(0.6, "on_track")], "d": [(0.0, "dropped")],
    }  # fmt: skip
    objectives = [
        Objective(
            name, "o.md", ("all",), front=ObjectiveFront(title=name, parent=parents.get(name))
        )
        for name in "abcde"
    ]
    members = {
        name: [
            (Metric(f"kr_{name}", "x.sql", "all"), reading(*arguments)) for arguments in own[name]
        ]
        for name in own
    }
    return assess_objectives(objectives, members, OkrConfig())


def reading(score: float, status: Status) -> OkrReading:
    return OkrReading(
        baseline=0, target=1, original_target=1, current=score, raw=score, expected=0.5,
        gap=0.5 - score, score=score, status=status, closed=False, elapsed_days=1, total_days=2,
    )  # fmt: skip


def test_the_mean_is_over_those_that_have_a_score() -> None:
    found = judged(b="a", c="a", d="a", e="a")["a"]
    assert found.score == pytest.approx(0.4)
    assert found.expected == pytest.approx(0.5)
    assert (found.status, found.by_objectives) == ("on_track", True)
    assert dict(found.counts) == {"at_risk": 1, "dropped": 1, "on_track": 1, "unknown": 1}


def test_it_goes_up_through_several() -> None:
    found = judged(a="e", b="a", c="a")
    assert found["e"].score == found["a"].score == pytest.approx(0.4)


def test_own_key_results_are_all_that_counts_where_there_are_any() -> None:
    found = judged(c="b")["b"]
    assert (found.score, found.by_objectives) == (0.2, False)
    assert judged(c="d")["d"].status == "dropped", "dropped ones are its own all the same"


def test_nothing_below_is_nothing_known_and_a_circle_ends() -> None:
    assert (judged()["a"].score, judged()["a"].status) == (None, "unknown")
    assert judged(a="e", e="a", b="a")["a"].score == pytest.approx(0.2)


def test_what_is_dropped_below_leaves_nothing() -> None:
    assert judged(d="a")["a"].status == "dropped"
