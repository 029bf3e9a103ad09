"""The pre-read says what to talk about, why things were revised and who needs help, and nothing of
anybody else's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from golden import Golden
from hypothesis import given
from hypothesis import strategies as st
from preread_sample import AS_OF, ASKED, FILES, SECRETS, changed, rendered, site, tree

from sharekit.preread.content import DigestView, digest_view
from sharekit.preread.item_lines import first_sentence
from sharekit.preread.mail import digest_mail
from sharekit.preread.message import digest_markdown, summary
from sharekit.records import replace
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import events
from sharekit.site.pages.preread import PrereadView, digest_page
from sharekit.visible import visible_to
from sharekit.wording.meetings import previous_meeting

EXPECTED = Path(__file__).parent / "expected"
URL = "https://numbers.kettlewick.example/team/"


def view(
    audience: str = "team", files: Mapping[str, str] = ASKED, *, told: bool = True
) -> DigestView:
    return digest_view(tree(audience, files, told=told))


def forms(audience: str, files: Mapping[str, str] = ASKED) -> dict[str, str]:
    """Everything that a pre-read becomes, by name."""
    shop = tree(audience, files)
    made = digest_view(shop)
    mail = digest_mail(made, shop.scope)
    page = rendered(audience, files)["digest.html"].decode()
    return {
        "markdown": digest_markdown(made, shop.url),
        "text": mail.text,
        "html": mail.html,
        "page": page,
    }


def test_golden_markdown(golden: Golden) -> None:
    golden.check(digest_markdown(view(), URL), EXPECTED / "team.md")


def test_golden_mail(golden: Golden) -> None:
    mail = digest_mail(view(), tree().scope)
    golden.check(mail.html, EXPECTED / "team.html")
    golden.check(mail.text, EXPECTED / "team.txt")


def test_it_is_of_the_next_meeting_and_its_news_begin_at_the_one_before() -> None:
    made = view()
    assert (made.meeting, made.since) == (date(2026, 11, 23), date(2026, 11, 16))
    assert made.title == "Pre-read for Monday 23 November 2026"
    assert (
        made.byline
        == "For Team 1 on Monday 23 November 2026, 09:30 (Europe/Berlin), The long table. Day 53 of"
        " 92 in Q4."
    )


def test_on_the_day_of_a_meeting_it_is_still_that_one() -> None:
    files = changed(
        "sharekit.toml", ('day = "monday", time = "09:30"', 'day = "sunday", time = "09:30"')
    )
    made = view(files=files)
    assert (made.meeting, made.since) == (AS_OF, date(2026, 11, 15))


def test_a_meeting_every_second_week_looks_two_weeks_back() -> None:
    files = changed(
        "sharekit.toml", ('time = "09:30"', 'time = "09:30", every = 2, starts = "2026-10-05"')
    )
    assert previous_meeting(tree(files=files).scope) == date(2026, 11, 16)
    assert view(files=files).meeting == date(2026, 11, 30)


def test_without_a_meeting_it_is_of_the_last_week() -> None:
    files = changed(
        "sharekit.toml", ('meeting = { day = "monday"', 'meeting_not = { day = "monday"')
    )
    text = files["sharekit.toml"]
    files["sharekit.toml"] = "\n".join(
        line for line in text.splitlines() if not line.startswith("meeting_not")
    )
    made = view(files=files)
    assert (made.meeting, made.since, made.title) == (
        None,
        date(2026, 11, 15),
        "Pre-read of Sunday 22 November 2026",
    )
    assert made.byline == "For Team 1, as of Sunday 22 November 2026. Day 53 of 92 in Q4."


def test_what_needs_talk_stands_first_worst_first_with_the_owners_words() -> None:
    made = view()
    assert [(line.title, line.word) for line in made.talk] == [
        ("The second kitchen opens", "Off track"),
        ("Active offices", "At risk"),
    ]
    offices = made.talk[1]
    assert offices.voice == "Trials convert late.", "one sentence, without its Markdown"
    assert (offices.next, offices.late) == (
        "Overdue since 15 Nov: Call trial offices on day 7, Mateo Ferreira.",
        True,
    )
    assert made.talk[0].next == "Neither a challenge nor a plan is written down yet."
    assert {line.title for line in made.quiet} == {
        "Margin stays healthy",
        "Offices lost",
        "Find out what we throw away",
    }


def test_a_number_that_is_too_old_is_talked_about_and_says_so() -> None:
    sql = FILES["metrics/okrs/2026-q4/growth/churn.sql"]
    made = digest_view(tree(files={**FILES, "metrics/okrs/2026-q4/growth/unmeasured.sql": sql}))
    lost = next(line for line in made.talk if line.id == "unmeasured")
    assert (lost.now, lost.stale, lost.done) == ("no data", "It has no value yet.", None)


def test_a_revision_stands_with_its_reason_and_what_the_owner_promises() -> None:
    revised = view().revised[0]
    assert (revised.title, revised.was, revised.now) == (
        "Active offices",
        "2,268 (target 2,400 offices)",
        "2,041 offices (target 2,250 offices)",
    )
    assert revised.why == "I was counting trials and refunds as customers."
    assert revised.we_will == "Count payments only, and keep the growth that we promised."


def test_help_wanted_of_all_teams_is_one_list_with_what_is_overdue_said() -> None:
    wants = view().wants
    assert [(line.who, line.owner, line.when, line.late) for line in wants] == [
        ("Priya Raman", "Mateo Ferreira", "20 Nov, overdue", True),
        ("Hana Sato", "Mateo Ferreira", "1 Dec", False),
    ], "the answered one is left out, the most urgent is first"
    assert [(line.what, line.who, line.until) for line in view().offers] == [
        ("Two trained callers", "Mateo Ferreira", "until 18 Dec")
    ]


def test_what_is_overdue_in_any_plan_is_said_once() -> None:
    """That of a key result to talk about stands there; the others, of quiet ones and of objectives,
    were not told."""
    assert [(line.what, line.who, line.title, line.when) for line in view().overdue] == [
        ("Fill one seat", "Priya Raman", "Offices stay with us and grow", "11 Nov, overdue")
    ]
    quiet = "metrics/okrs/2026-q4/growth/churn.sql"
    plan = (
        "grain: week\nplan: [{what: Call *each* office, due: 2026-11-20}, {what: Ask why, due:"
        " 2026-12-01}]"
    )
    files = {**ASKED, quiet: FILES[quiet].replace("grain: week", plan)}
    told = forms("team", files)
    for form in ("markdown", "text", "html", "page"):
        assert told[form].count("Call each office") == 1, form
        assert "20 Nov, overdue" in told[form]
        assert "Ask why" not in told[form]
    assert told["markdown"].count("Call trial offices on day 7") == 1


def test_a_question_that_waits_says_who_promised_an_answer() -> None:
    (asked,) = view().waiting
    assert (
        asked.line
        == "Asked twice by Hana Sato and Priya Raman. Mateo Ferreira promised it for 20 Nov,"
        " overdue"
    )
    assert asked.late


def test_since_takes_any_day() -> None:
    assert [line.title for line in digest_view(tree(), date(2026, 11, 20)).revised] == [
        "Active offices"
    ]
    later = digest_view(tree(), date(2026, 11, 22))
    assert (
        later.nothing
        == "Nothing was revised or shared, and nothing slipped or recovered, since Sunday 22"
        " November."
    )
    assert later.headline.startswith("One of five key results is met, two are on track")


def test_nothing_happened_is_one_line_in_every_form() -> None:
    shop = tree()
    made = digest_view(shop, date(2026, 11, 22))
    mail = digest_mail(made, shop.scope)
    for text in (digest_markdown(made), mail.html, " ".join(mail.text.split())):
        assert (
            text.count(
                "Nothing was revised or shared, and nothing slipped or recovered, since Sunday"
            )
            == 1
        )
        assert "evised since" not in text


@pytest.mark.slow
@pytest.mark.parametrize("form", ["markdown", "text", "html", "page"])
def test_nothing_of_the_board_is_in_the_teams_pre_read(form: str) -> None:
    told = forms("team")[form]
    assert [
        secret for secret in (*SECRETS, "Whisper", "hushed", "nobody may know") if secret in told
    ] == []


def test_the_board_reads_its_own() -> None:
    told = forms("board")
    for text in (told["markdown"], told["html"], told["page"]):
        assert "An adviser called Rumpelstilz" in text
        assert "What do salaries cost when nobody may know?" in text
    assert "Tuesday 24 November 2026, 21:00" in told["markdown"]


def test_hostile_texts_stay_texts() -> None:
    files = changed(
        "metrics/okrs/2026-q4/growth/active_offices.sql",
        ("title: Active offices", "title: '<img src=x onerror=alert(1)> [a](javascript:b) | `c`'"),
        ("what: A reminder in the app on day 7", "what: '<script>alert(2)</script>'"),
    )
    told = forms("team", files)
    for form in ("html", "page"):
        assert "<img src=x" not in told[form]
        assert "<script>alert" not in told[form]
    assert "&lt;img src=x onerror=alert(1)> \\[a\\](javascript:b) \\| \\`c\\`" in told["markdown"]
    assert "<script" not in told["markdown"]


def test_a_mail_of_a_large_project_is_cut_below_the_limit_and_says_so() -> None:
    front = FILES["metrics/okrs/2026-q4/deliver/launch.sql"]
    many = {
        f"metrics/okrs/2026-q4/deliver/late_{number:02}.sql": front.replace(
            "grain: week",
            f"grain: week\nhelp_wanted: [{{what: Help number {number}, who: hana, by: 2026-11-20}}]"
            f"\nchallenges: {'A long story. ' * 20}",
        )
        for number in range(60)
    }
    shop = tree(files={**ASKED, **many})
    made = digest_view(shop)
    mail = digest_mail(made, shop.scope)
    assert len(made.talk) == 62
    assert len(mail.html.encode()) < 60_000
    assert "And 52 more on the page." in mail.html
    assert "Help number 59" in mail.text, "the plain text has all"


def test_without_an_address_nothing_is_linked() -> None:
    shop = site("team", ASKED)
    nowhere = visible_to(shop.audience, shop.manifest, shop.results, shop.lineage, shop.revisions)
    made = digest_view(AudienceTree(nowhere, None))
    assert "](" not in digest_markdown(made)
    assert "href" not in digest_mail(made, nowhere).html


def test_the_mail_says_what_to_expect() -> None:
    assert (
        summary(view()) == "2 to talk about, 2 requests for help, 3 key results that need no talk."
    )
    assert digest_mail(view(), tree().scope).subject == "Pre-read for Monday 23 November 2026"


def test_what_is_asked_of_its_reader_stands_first() -> None:
    shop = tree()
    made = digest_view(shop)
    priya, mateo = (digest_mail(made, shop.scope, key) for key in ("priya", "mateo"))
    for text in (
        " ".join(priya.text.split()),
        " ".join(re.sub(r"<[^>]*>", " ", priya.html).split()),
    ):
        mine = text[: text.index("2 to talk about")]
        assert re.search(r"Overdue: +Fill one seat", mine)
        assert re.search(r"Asked of you: +A reminder in the app on day 7", mine)
        assert "Names of people who sell coffee" not in mine
    assert "Overdue: Call trial offices on day 7" in " ".join(mateo.text.split())
    everybody = digest_mail(made, shop.scope)
    assert "YOU\n" not in everybody.text
    assert priya.text.endswith(everybody.text[everybody.text.index("2 to talk about") :])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("It is hard. Very.", "It is hard."),
        ("Costs rose by 4.5 points, e.g. in May", "Costs rose by 4.5 points, e.g. in May"),
        ("Why? Nobody knows.", "Why?"),
        ("No stop", "No stop"),
        ("", ""),
    ],
)
def test_first_sentence(text: str, first: str) -> None:
    assert first_sentence(text) == first


@given(st.text())
def test_the_first_sentence_is_a_beginning(text: str) -> None:
    assert text.startswith(first_sentence(text))


def test_what_is_new_is_one_word_on_the_page() -> None:
    """ "New key result" once ran into the title beside it."""
    shop = tree()
    found = [
        replace(event, kind="new", details=("New key result",))
        for event in events(shop)
        if event.revision and event.revision.kind == "key_result"
    ]
    view = digest_page(shop, found).view
    assert isinstance(view, PrereadView)
    (section,) = view.happened
    assert {item.word for item in section.news.shown} == {"New"}
    assert all(item.who.endswith("New key result") for item in section.news.shown)


def test_a_check_in_is_progress_and_stands_apart_from_what_was_revised() -> None:
    shop = tree()
    found = [
        replace(event, kind="checkin", details=("Check-in",), voice="Two signed.")
        for event in events(shop)
        if event.revision and event.revision.kind == "key_result"
    ]
    text = digest_mail(digest_view(shop, item_events=found), shop.scope).text
    assert "CHECK-INS AND UPDATES" in text
    assert "REVISED SINCE" not in text
    assert "(Check-in. Mateo Ferreira, 21 Nov)." in text
