"""Every place with a status says by what rule: for each type of key result, pace and commitment, as
`judge` does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from page_facts import PageFacts
from site_files import FILES
from test_site_pages import rendered

from sharekit.project.manifest import KeyResultTerms, Period
from sharekit.project.shapes import KeyResultFront, OkrConfig
from sharekit.wording.scoring import how_we_score, key_result_rule

Page = Callable[[str], PageFacts]
Q4 = Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
KEPT = (
    "the share of the period that has passed, times the share of its weeks so far inside the band"
)
THRESHOLDS = (
    "on track while its score is at most 0.10 below the score expected, at risk up to 0.30, and off"
    " track beyond"
)
DEFAULTS = OkrConfig()
EARLY = "There is no status in the first 10% of a period, nor before a whole week"


def rule(
    grain: Any = "week",
    config: OkrConfig = DEFAULTS,
    commitment: Any = "committed",
    **keys: object,
) -> str:
    front = KeyResultFront.model_validate({"title": "T"} | keys)
    return key_result_rule(KeyResultTerms("o", Q4, commitment, front), config, grain)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"type": "increase", "baseline": 1, "target": 2},
            "has come from its baseline to its target, 0 to 1.",
        ),
        (
            {"type": "decrease", "baseline": 2, "target": 1},
            "has come from its baseline to its target, 0 to 1.",
        ),
        ({"type": "milestone"}, "how far the milestone has come from 0 to 1."),
        ({"type": "milestone", "target": 3}, "has come from its baseline to its target, 0 to 1."),
        (
            {"type": "maintain", "band": [0, 1]},
            f"Its score is {KEPT}: what is kept earns as time passes",
        ),
        (
            {"type": "baseline"},
            "It only measures: its score is 1 as soon as one whole week is measured.",
        ),
        (
            {"type": "baseline", "target": 13},
            "its score is the number of weeks measured, by the 13 wanted.",
        ),
    ],
)
def test_each_type_says_what_its_score_is(keys: dict[str, object], said: str) -> None:
    assert said in rule(**keys)
    assert f"It is {THRESHOLDS}." in rule(**keys)
    assert f"{EARLY} of it is measured." in rule(**keys)


def test_a_kept_band_is_never_met_early_and_at_risk_at_best_outside() -> None:
    kept = rule(type="maintain", band=[0, 1])
    assert "While its value is outside the band, it is at risk at best." in kept
    assert "At 1.00 it is met." not in kept
    assert "At 1.00 it is met." in rule(baseline=1, target=2)


def test_checkpoints_are_what_is_expected_where_the_type_has_any() -> None:
    pace = [{"on": date(2026, 11, 1), "value": 1.5}]
    straight = "Expected is the share of the period that had passed on the last day measured."
    assert (
        "Expected is what its dated checkpoints say for the last day measured, in a straight line"
        in rule(baseline=1, target=2, pace=pace)
    )
    assert straight in rule(baseline=1, target=2)
    assert straight in rule(type="maintain", band=[0, 1], pace=pace), (
        "judge takes no checkpoints there"
    )


def test_the_end_is_told_by_commitment() -> None:
    assert "over it is met at 1.00, partly met from 0.40 on, else missed." in rule(
        baseline=1, target=2
    )
    bold = rule(commitment="aspirational", baseline=1, target=2)
    assert "over it is met from 0.70 on, partly met from 0.40 on, else missed." in bold
    assert "Until then it is held to the same pace as a committed one." in bold


def test_settings_are_said_as_they_are_set() -> None:
    said = rule(config=OkrConfig(on_track=0.125, at_risk=0.4, grace=0), baseline=1, target=2)
    assert "at most 0.125 below" in said
    assert "at risk up to 0.40" in said
    assert "There is no status before a whole week of it is measured." in said
    assert "before a whole week, month or day of it" in rule(grain=None, baseline=1, target=2)


@pytest.mark.parametrize(
    "path",
    ["index.html", "okrs/index.html", "alignment.html", "digest.html", "objectives/2026-q4-growth.html",
     "dashboards/deliveries.html"],
)  # fmt: skip
def test_every_page_with_a_scorecard_has_one_line_that_leads_to_the_rule(
    page: Page, path: str
) -> None:
    said = page(path)
    line = "On track is at most 0.10 below the score expected, at risk up to 0.30. How we score"
    assert line in said.text
    assert "An objective’s score is the average" not in said.text
    assert any(a.attrs["href"].endswith("scoring.html") for a in said.all("a") if "href" in a.attrs)


def test_how_we_score_says_all_that_the_key_results_need(page: Page) -> None:
    text = page("scoring.html").text
    assert (
        "A score is how far a key result has come from its baseline to its target, 0 to 1." in text
    )
    assert "so far inside the band; outside the band today it is at risk at best." in text
    assert "A milestone goes from 0 to 1 where nothing else is declared." in text
    assert "share of the periods wanted that have been measured." in text
    assert f"Too early to say {EARLY}" in text
    assert "On track The score is at most 0.10 below the score expected." in text
    assert "At risk The score is up to 0.30 below" in text
    assert "Met The score is at least 1.00, or 0.70 of an aspirational key result." in text
    assert "Partly met The score is at least 0.40." in text
    assert "An objective’s score is the average of its key results’ scores by weight" in text


def test_how_we_score_says_why_a_reached_target_may_not_be_met_yet(page: Page) -> None:
    text = page("scoring.html").text
    assert "The score is 1.00, and the number is projected to stay there until the end." in text
    (_, _, running, *_) = how_we_score([], OkrConfig())
    assert ("achieved", "The score is 1.00.") in running.statuses


def test_how_we_score_leaves_out_what_no_key_result_needs() -> None:
    parts = how_we_score([], OkrConfig(on_track=0.125))
    said = " ".join(
        text for part in parts for text in (*part.sentences, *(text for _, text in part.statuses))
    )
    assert "band" not in said
    assert "aspirational" not in said
    assert "checkpoints" not in said
    assert "at most 0.125 below" in said


@pytest.mark.parametrize("name", ["active_offices", "churn", "margin", "launch", "waste"])
def test_every_key_result_says_in_a_line_what_its_score_is(page: Page, name: str) -> None:
    text = page(f"okrs/{name}.html").text
    assert "How we score" in text
    assert (KEPT in text) == (name == "margin")


def test_a_project_without_goals_has_no_such_page() -> None:
    files = {path: text for path, text in FILES.items() if "/okrs/" not in path}
    assert "scoring.html" not in rendered(files)


@pytest.mark.slow
def test_what_a_baseline_counts_is_no_value_of_it() -> None:
    """Its target once stood on pages as "13 kg"."""
    path = "metrics/okrs/2026-q4/deliver/waste.sql"
    pages = rendered(
        {**FILES, path: FILES[path].replace("type: baseline", "type: baseline\ntarget: 13")}
    )
    for each in (
        "okrs/waste.html",
        "index.html",
        "digest.html",
        "objectives/2026-q4-deliver.html",
        "alignment.html",
    ):
        assert "13 kg" not in pages[each].text, each
    assert "To measure 13 weeks aspirational, 0.7 is good" in pages["okrs/waste.html"].text


def test_a_band_is_named_and_is_not_the_ends_of_its_bar(page: Page) -> None:
    row = next(
        each.text
        for each in page("index.html").all("tr", "kr")
        if "Margin stays healthy" in each.text
    )
    said = " ".join(row.split())
    assert "stay between 35.0% and 45.0%" in said
    assert "0.49 expected by 15 Nov 0.49 On track" in said
