"""A peer who reads only the mail learns what changed, why, what it does to the number and what
comes next."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import mail_sample as sample
import pytest

from sharekit.mail.announcement import ROOM, bundle_mail, revision_mail
from sharekit.project.manifest import Objective
from sharekit.project.shapes import ObjectiveFront
from sharekit.revisions.revision import FieldChange, RowChange, SqlChange

EVIL = "<script>alert(1)</script>"


class Html(HTMLParser):
    """Text and tags of a mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def content(image: bytes | None = None, **keys: object):  # type: ignore[no-untyped-def]
    manifest = sample.manifest(sample.front(), sample.config())
    return revision_mail(*sample.seen(sample.revision(**keys), manifest), image=image)


IN_ORDER = [
    "JFK leaves on time was counted wrong. It is 86.5%, not 86.9%.",
    "76.7%",
    "88.0%",
    "Cancelled flights were left out",
    "definition lowers the number by 0.4 pt",
    "instead of",
    "Count them as late from now on",
    "overdue, 15 Nov",
    "The evening bank is worse than the morning.",
    "A second tow team. Four people. Needed by Monday 25 November",
    "full revision",
]


def test_text_and_html_say_everything_in_the_same_order() -> None:
    mail = content()
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert IN_ORDER[0] in text
        places = [text[text.index("Head of JFK") :].index(part) for part in IN_ORDER[1:]]
        assert places == sorted(places)


def test_rows_that_no_longer_count_are_told() -> None:
    rows = (RowChange("-", "origin <> 'JFK'", 1204, 31000),)
    mail = content(impact=replace(sample.revision().impact, rows=rows))
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert "1,204 of 31,000 rows no longer count" in text
        assert "origin <> 'JFK'" in text


def test_the_subject_stays_the_same_over_all_revisions_of_one_okr() -> None:
    first = content(
        fields=(FieldChange("target", 0.95, 0.9),), classes=("retargeted",), impact=None
    )
    assert first.subject == content().subject == "OKR revised: JFK leaves on time"


def test_a_new_target_leads_where_the_definition_did_not_change() -> None:
    mail = content(classes=("retargeted",), impact=None, sql_changes=())
    assert "JFK leaves on time: the target is 88.0%, not 90.0%." in mail.text
    assert "What changed in the definition" not in mail.html


@pytest.mark.parametrize(
    ("fields", "heading"),
    [
        (
            FieldChange("band", [0, 0.01], [0, 0.02]),
            "JFK leaves on time: the band is 0.0% to 2.0%, not 0.0% to 1.0%.",
        ),
        (FieldChange("target", 0.8801, 0.8804), "JFK leaves on time promises something else now."),
    ],
)
def test_a_promise_is_told_where_people_see_it_move(fields: FieldChange, heading: str) -> None:
    mail = content(classes=("retargeted",), impact=None, sql_changes=(), fields=(fields,))
    assert " ".join(mail.text.split()).startswith(heading)


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (0.012, "The new definition raises the number by 1.2 pt"),
        (-0.012, "The new definition lowers the number by 1.2 pt"),
        (0.0, "The new definition leaves the number as it is"),
    ],
)
def test_the_effect_has_a_direction_in_words(effect: float, said: str) -> None:
    impact = sample.revision().impact
    assert impact is not None
    moved = replace(impact, definition_effect=effect)
    assert said in " ".join(content(impact=moved).text.split())


def test_gridlines_of_the_picture_are_told_beside_it() -> None:
    assert re.search(r"Lines at \d+%, \d+%", content(image=b"png").html)


def test_a_bundle_names_each_key_result_once_and_has_the_day_of_its_notes() -> None:
    manifest = sample.manifest(sample.front(), sample.config())
    revisions = [
        sample.revision(classes=("retargeted",), impact=None, sql_changes=()) for _ in range(6)
    ]
    html = Html(
        bundle_mail((visible := sample.share(manifest, *revisions)).revisions, visible).html
    ).text
    assert html.count("JFK leaves on time") == 6 + 6, "in the line for the inbox, and once for each"
    assert "Monday 4 November 2013" in html


def test_the_original_target_stands_beside_a_later_one() -> None:
    mail = content(
        classes=("retargeted",), fields=(FieldChange("target", 0.89, 0.88),), original_target=0.9
    )
    assert re.search(r"Original target +90\.0%", mail.text)


@pytest.mark.parametrize(
    ("classes", "heading"),
    [
        (("introduced",), "New: JFK leaves on time, from 75.7% to 88.0% by 31 Dec 2013."),
        (("retired",), "JFK leaves on time is no longer a key result."),
        (("rescheduled",), "JFK leaves on time has new dates."),
        (("reassigned",), "JFK leaves on time has a new owner: Maria Okafor."),
    ],
)
def test_each_kind_of_change_has_its_own_sentence(classes: tuple[str, ...], heading: str) -> None:
    assert " ".join(content(classes=classes, fields=(), impact=None).text.split()).startswith(
        heading
    )


def test_no_text_of_a_file_becomes_markup() -> None:
    front = sample.front(title=EVIL, challenges=EVIL, plan=EVIL, help_wanted=EVIL, decisions=EVIL)
    revision = sample.revision(title=EVIL, sql_changes=(SqlChange("+", f"`{EVIL}`"),))
    manifest = sample.manifest(front, sample.config(name=EVIL))
    tags = Html(revision_mail(*sample.seen(revision, manifest)).html).tags
    assert "script" not in tags


def test_what_is_to_be_decided_stands_in_the_mail_and_what_was_decided_does_not() -> None:
    asked = [
        {"what": "May we borrow the tow team?", "who": "jonas", "by": date(2013, 11, 20)},
        {"what": "Whether gate 4 closes", "by": date(2013, 11, 25)},
        {"what": "Who calls the crews", "decided": "Maria."},
    ]
    manifest = sample.manifest(sample.front(decisions=asked), sample.config())
    mail = revision_mail(*sample.seen(sample.revision(), manifest))
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert "Jonas Lind: May we borrow the tow team?" in text
        assert "It was to be decided by Wednesday 20 November 2013 and is still open." in text
        assert "Whether gate 4 closes. To be decided by Monday 25 November 2013." in text
        assert "Who calls the crews" not in text


def test_the_mail_of_an_objective_has_what_its_owner_shares() -> None:
    front = ObjectiveFront.model_validate(
        {
            "title": "Everyone leaves on time",
            "owner": "maria",
            "challenges": "Ice.",
            "plan": [{"what": "A joint snow plan", "who": "jonas", "due": date(2013, 11, 15)}],
            "help_wanted": [
                {"what": "Forecasts of the winds", "who": "jonas", "by": date(2013, 11, 20)}
            ],
        }
    )
    plain = sample.manifest(sample.front(), sample.config())
    manifest = replace(
        plain, objectives={"punctual": Objective("punctual", "o.md", "airports", front=front)}
    )
    revision = sample.revision(
        item="punctual", kind="objective", classes=("reassigned",), impact=None, sql_changes=()
    )
    mail = revision_mail(*sample.seen(revision, manifest))
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert "Ice." in text
        assert "overdue, 15 Nov" in text
        assert "It was needed by Wednesday 20 November 2013 and is still open." in text


def test_html_needs_nothing_that_mail_programs_drop() -> None:
    mail = content(image=b"png")
    assert not {"svg", "script", "style", "link", "form"} & set(Html(mail.html).tags)
    assert re.findall(r'src="([^"]*)"', mail.html) == ["cid:chart"]
    assert "class=" not in mail.html


def test_a_picture_without_a_series_is_not_sent() -> None:
    mail = content(image=b"png", impact=None)
    assert mail.image is None
    assert "<img" not in mail.html


def test_two_hundred_changes_stay_under_the_size_that_mail_programs_cut() -> None:
    changes = tuple(
        SqlChange("+", f"filter added: `carrier <> '{number}'`") for number in range(200)
    )
    assert len(content(sql_changes=changes).html.encode()) < 60_000
    manifest = sample.manifest(sample.front(), sample.config())
    visible = sample.share(manifest, *(sample.revision() for _ in range(200)))
    bundle = bundle_mail(visible.revisions, visible)
    assert len(bundle.html.encode()) < 60_000
    assert f"And {200 - ROOM} more" in bundle.html


def test_without_an_address_no_link_is_made_up() -> None:
    manifest = sample.manifest(sample.front(), sample.config(url=None))
    mail = revision_mail(*sample.seen(sample.revision(), manifest))
    assert "http" not in re.sub(r"<html[^>]*>", "", mail.html)


def test_a_definition_that_no_longer_runs_is_said_to() -> None:
    impact = sample.revision().impact
    assert impact is not None
    gone = replace(
        impact,
        old=None,
        old_series=(),
        steps=(),
        unavailable="The old SQL reads flights_v1, which is gone.",
    )
    assert "The old SQL reads flights_v1, which is gone." in content(impact=gone).text


def test_the_same_revision_gives_the_same_bytes() -> None:
    assert content() == content()


def test_restated_history_is_told_period_by_period() -> None:
    moved = (FieldChange("2013-11-04", 0.8867, 0.8812), FieldChange("2013-11-11", 0.8647, 0.8599))
    text = content(classes=("restated",), fields=moved, impact=None, note=None, sql_changes=()).text
    assert text.startswith("Past values of JFK leaves on time changed.")
    assert re.search(r"4 Nov 2013 +88\.7% +88\.1%", text)
