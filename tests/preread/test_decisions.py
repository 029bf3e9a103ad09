"""A decision that an owner asks for stands wherever peers prepare for their meeting, and says when
it is late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import icalendar
import pytest
from page_facts import PageFacts
from preread_sample import ASKED, FILES, changed, rendered, site, tree

from sharekit.preread.content import digest_view
from sharekit.preread.mail import digest_mail
from sharekit.preread.message import digest_markdown, summary
from sharekit.records import replace
from sharekit.revisions.revision import FieldChange
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import events

pytestmark = pytest.mark.slow

OFFICES, GROWTH = (
    "metrics/okrs/2026-q4/growth/active_offices.sql",
    "metrics/okrs/2026-q4/growth/objective.md",
)
BOARD = "metrics/okrs/2026-q4/board/objective.md"
ASKS = """decisions:
  - {what: "May **sales** borrow two drivers?", who: [hana, priya], by: 2026-11-24}
  - {what: Whether trials count, who: priya, by: 2026-11-20}
  - {what: Which city is next, by: 2026-11-16, decided: "Graz, in March."}
offers:"""
SHOP = {
    **ASKED,
    OFFICES: FILES[OFFICES].replace("offers:", ASKS),
    GROWTH: FILES[GROWTH].replace("retired:", "decisions: Do we close on 24 December?\nretired:"),
    BOARD: (
        FILES[BOARD].replace(
            "help_wanted:", "decisions: Whom of us Rumpelstilz may tell.\nhelp_wanted:"
        )
    ),
}
OPEN = ("Whether trials count", "May sales borrow two drivers?", "Do we close on 24 December?")


def words(html: bytes) -> str:
    return PageFacts(html.decode()).text


def forms(files: Mapping[str, str] = SHOP) -> dict[str, str]:
    shop = tree(files=files)
    made = digest_view(shop)
    mail = digest_mail(made, shop.scope)
    page = rendered(files=files)["digest.html"].decode()
    return {
        "markdown": digest_markdown(made, shop.url),
        "text": mail.text,
        "html": mail.html,
        "page": page,
    }


def test_a_pre_read_begins_with_what_is_to_be_decided_the_most_urgent_first() -> None:
    made = digest_view(tree(files=SHOP))
    assert [(line.what, line.who, line.owner, line.when, line.late) for line in made.decisions] == [
        ("Whether trials count", "Priya Raman", "Mateo Ferreira", "20 Nov, overdue", True),
        (
            "May sales borrow two drivers?",
            "Hana Sato and Priya Raman",
            "Mateo Ferreira",
            "24 Nov",
            False,
        ),
        ("Do we close on 24 December?", "", "Mateo Ferreira", "", False),
    ], "what was decided is left out"
    assert summary(made).startswith("3 to decide, 2 to talk about")
    assert made.minutes >= digest_view(tree(files=ASKED)).minutes


@pytest.mark.parametrize("form", ["markdown", "text", "html", "page"])
def test_every_form_of_a_pre_read_says_it_before_what_to_talk_about(form: str) -> None:
    told = forms()[form]
    places = [told.lower().index("to decide: 3"), *(told.index(text) for text in OPEN)]
    assert places == sorted(places)
    assert places[-1] < told.lower().index("to talk about: 2")
    assert "20 Nov, overdue" in told
    assert "Which city is next" not in told
    assert "Rumpelstilz" not in told


def test_without_anything_to_decide_nothing_is_said_of_it() -> None:
    assert [form for form, told in forms(ASKED).items() if "decide" in told] == []


def test_a_long_list_is_cut_in_the_mail_and_says_so() -> None:
    many = "".join(f'\n  - {{what: "Question {number}?", by: 2026-12-01}}' for number in range(14))
    shop = tree(
        files={**ASKED, OFFICES: FILES[OFFICES].replace("offers:", f"decisions:{many}\noffers:")}
    )
    mail = digest_mail(digest_view(shop), shop.scope)
    assert "And four more on the page." in mail.html
    assert "Question 13?" in mail.text


def test_the_page_of_a_key_result_says_who_decides_by_when_and_what_was_decided() -> None:
    page = rendered(files=SHOP)["okrs/active_offices.html"]
    text = words(page)
    assert "Asked of Hana Sato and Priya Raman. To be decided by 24 Nov. Answer" in text
    assert (
        "Whether trials count Asked of Priya Raman. Was to be decided by 20 Nov, and is"
        " still open" in text
    )
    assert "Which city is next Decided: Graz, in March." in text
    assert b"<b>May <strong>sales</strong> borrow two drivers?</b>" in page
    assert (
        b"mailto:mateo@kettlewick.example?subject=Active%20offices%3A%20Whether%20trials%20count"
        in page
    )
    assert "Do we close on 24 December?" in words(
        rendered(files=SHOP)["objectives/2026-q4-growth.html"]
    )


def test_a_decision_alone_is_reason_enough_to_open_the_section() -> None:
    lost = "metrics/okrs/2026-q4/growth/churn.sql"
    files = changed(lost, ("grain: week", "grain: week\ndecisions: Do we refund?"))
    text = words(rendered(files=files)["okrs/churn.html"])
    assert "Decisions asked for In the words of Mateo Ferreira To decide Do we refund?" in text


def test_the_first_page_names_them_beside_the_help_wanted() -> None:
    text = words(rendered(files=SHOP)["index.html"])
    assert "To decide Whether trials count Mateo asks Priya, by 20 Nov, still undecided" in text
    assert text.index("To decide") < text.index("Help wanted")
    assert "Which city" not in text


def test_days_of_open_decisions_are_in_the_calendar_and_keep_their_identity() -> None:
    def days(files: Mapping[str, str], *, told: bool = True) -> dict[str, icalendar.Event]:
        found = icalendar.Calendar.from_ical(rendered(files=files, told=told)["calendar.ics"]).walk(
            "VEVENT"
        )
        return {
            str(event["SUMMARY"]): event
            for event in found
            if str(event["SUMMARY"]).startswith("To decide")
        }

    shown = days(SHOP)
    assert set(shown) == {
        "To decide: May **sales** borrow two drivers?",
        "To decide: Whether trials count",
    }
    trials = shown["To decide: Whether trials count"]
    assert (trials["DTSTART"].dt, str(trials["DESCRIPTION"])) == (
        date(2026, 11, 20),
        "Priya Raman\nActive offices",
    )
    assert trials["SEQUENCE"] > days(SHOP, told=False)["To decide: Whether trials count"].get(
        "SEQUENCE", 0
    )
    moved = days(
        {
            **SHOP,
            OFFICES: (
                SHOP[OFFICES].replace("who: priya, by: 2026-11-20}", "who: hana, by: 2026-11-30}")
            ),
        }
    )
    assert moved["To decide: Whether trials count"]["UID"] == trials["UID"]
    assert moved["To decide: Whether trials count"]["DTSTART"].dt == date(2026, 11, 30)


def test_the_data_of_a_key_result_has_all_of_them() -> None:
    data = {
        path: content for path, content in rendered(files=SHOP).items() if path.endswith(".json")
    }
    assert json.loads(data["data/active_offices.json"])["okr"]["decisions"] == [
        {
            "what": "May **sales** borrow two drivers?",
            "who": ["hana", "priya"],
            "by": "2026-11-24",
            "decided": None,
        },
        {"what": "Whether trials count", "who": ["priya"], "by": "2026-11-20", "decided": None},
        {"what": "Which city is next", "who": [], "by": "2026-11-16", "decided": "Graz, in March."},
    ]
    assert json.loads(data["data/churn.json"])["okr"]["decisions"] == []
    text = changed(
        "metrics/okrs/2026-q4/growth/churn.sql",
        ("grain: week", 'grain: week\ndecisions: "Refund?"'),
    )
    assert json.loads(rendered(files=text)["data/churn.json"])["okr"]["decisions"] == [
        {"what": "Refund?", "who": [], "by": None, "decided": None}
    ]


def test_asking_for_a_decision_is_told_as_such_in_the_owners_words() -> None:
    shop = site("team", SHOP)
    asked = FieldChange("decisions", None, [{"what": "Whether trials count", "who": "priya"}])
    told = [
        replace(revision, fields=(asked,)) if revision.item == "margin" else revision
        for revision in shop.revisions
    ]
    made = events(AudienceTree(replace(shop, revisions=tuple(told)).share(), None))
    event = next(event for event in made if event.item == "margin")
    assert (event.kind, event.voice) == ("decision", "Whether trials count")


def test_what_is_written_over_several_lines_is_one_line_everywhere() -> None:
    folded = (
        "decisions:\n  - what: >\n      May we borrow\n      two drivers?\n    by:"
        " 2026-11-24\noffers:"
    )
    files = {**ASKED, OFFICES: FILES[OFFICES].replace("offers:", folded)}
    assert [line.what for line in digest_view(tree(files=files)).decisions] == [
        "May we borrow two drivers?"
    ]
    assert (
        b"SUMMARY:To decide: May we borrow two drivers?\r\n"
        in rendered(files=files)["calendar.ics"]
    )
    assert (
        b'subject=Active%20offices%3A%20May%20we%20borrow%20two%20drivers%3F"'
        in (rendered(files=files)["okrs/active_offices.html"])
    )
