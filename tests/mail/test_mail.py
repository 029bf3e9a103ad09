"""A peer who reads only the mail learns what changed, why, what it does to the number and what
comes next."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import mail_sample as sample
import pytest

from sharekit.mail.compose import MailContent, mail_of
from sharekit.mail.envelope import Mail, Mailbox, content_id, eml, message_id
from sharekit.mail.revision_view import revision_view
from sharekit.project.manifest import Manifest, Objective
from sharekit.project.shapes import ObjectiveFront, RevisionNote, RevisionReason
from sharekit.records import replace
from sharekit.revisions.revision import FieldChange, Reason, Revision, RowChange, SqlChange

NOTE = RevisionNote.model_validate(sample.NOTE)
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


STOP = "numbers@ports.example"


def made(revision: Revision, manifest: Manifest, image: bytes | None = None) -> MailContent:
    view = revision_view(*sample.seen(revision, manifest))
    return mail_of([replace(view, image=image if view.chart_alt else None)], STOP)


def content(image: bytes | None = None, **keys: object) -> MailContent:
    manifest = sample.manifest(sample.front(), sample.config())
    return made(sample.revision(**keys), manifest, image)


IN_ORDER = [
    "JFK leaves on time was counted wrong. It is 86.5%, not 86.9%, and the target is 88.0%, not"
    " 90.0%.",
    "88.0%",
    "76.7%",
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


@pytest.mark.parametrize(
    ("keys", "subject"),
    [
        ({"classes": ("retargeted",)}, "JFK leaves on time: target 88.0%, was 90.0%"),
        (
            {"classes": ("redefined",), "fields": ()},
            "JFK leaves on time was counted wrong: 86.5%, not 86.9%",
        ),
        ({"classes": ("retired",)}, "Retired: JFK leaves on time"),
        (
            {"classes": ("introduced",), "impact": None},
            "New: JFK leaves on time, from 75.7% to 88.0% by 31 Dec 2013",
        ),
        (
            {"classes": ("reassigned",), "fields": (FieldChange("owner", "jonas", "maria"),)},
            "New owner: Maria Okafor for JFK leaves on time, was Jonas Lind",
        ),
        ({"classes": ("slipped",), "fields": ()}, "Slipped: JFK leaves on time, on track, after on track"),
        ({"classes": ("restated",), "fields": ()}, "Restated: past values of JFK leaves on time"),
    ],
)  # fmt: skip
def test_the_subject_says_what_changed(keys: dict[str, object], subject: str) -> None:
    assert content(**keys).subject == subject


@pytest.mark.parametrize(
    ("change", "subject", "heading"),
    [
        (
            FieldChange("baseline", 0.70, 0.76),
            "baseline 76.0%, was 70.0%",
            "the baseline is 76.0%, not 70.0%.",
        ),
        (
            FieldChange("commitment", "committed", "aspirational"),
            "commitment aspirational, was committed",
            "the commitment is aspirational, not committed.",
        ),
    ],
)
def test_the_one_promise_that_moved_is_told_from_what_to_what(
    change: FieldChange, subject: str, heading: str
) -> None:
    mail = content(classes=("retargeted",), impact=None, sql_changes=(), fields=(change,))
    assert mail.subject == f"JFK leaves on time: {subject}"
    assert f"JFK leaves on time: {heading}" in " ".join(mail.text.split())


def test_a_new_target_leads_where_the_definition_did_not_change() -> None:
    mail = content(classes=("retargeted",), impact=None, sql_changes=())
    assert "JFK leaves on time: the target is 88.0%, not 90.0%." in mail.text
    assert "What changed in the definition" not in mail.html


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ((FieldChange("target", 0.90, 0.88),), "the target is 88.0%, not 90.0%"),
        ((FieldChange("baseline", 0.70, 0.76),), "the baseline is 76.0%, not 70.0%"),
        (
            (FieldChange("baseline", 0.70, 0.76), FieldChange("direction", "up", "down")),
            "its baseline and direction have changed",
        ),
    ],
)
def test_a_new_definition_never_hides_a_new_promise(
    fields: tuple[FieldChange, ...], promise: str
) -> None:
    both = ("redefined", "retargeted")
    said = " ".join(content(classes=both, fields=fields).text.split())
    counted = "JFK leaves on time was counted wrong"
    assert said.startswith(f"{counted}. It is 86.5%, not 86.9%, and {promise}.")
    said = " ".join(content(classes=both, fields=fields, impact=None).text.split())
    assert said.startswith(f"{counted} and {promise}.")


@pytest.mark.parametrize(
    ("fields", "heading"),
    [
        (
            FieldChange("band", [0, 0.01], [0, 0.02]),
            "JFK leaves on time: the band is 0.0% to 2.0%, not 0.0% to 1.0%.",
        ),
        (
            FieldChange("target", 0.8801, 0.8804),
            "JFK leaves on time: the target is 88.0% (0.8804), not 88.0% (0.8801).",
        ),
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


def test_newer_data_are_told_apart_where_they_move_what_shows() -> None:
    impact = sample.revision().impact
    assert impact is not None
    text = content(impact=replace(impact, data_effect=-0.003)).text
    assert "newer data lower the previously published 86.9% by 0.3 pt." in " ".join(text.split())
    assert "newer data" not in content(impact=replace(impact, data_effect=0.0)).text


def test_gridlines_of_the_picture_are_told_beside_it() -> None:
    assert re.search(r"Lines at \d+%, \d+%", content(image=b"png").html)


def several(*revisions: Revision, manifest: Manifest | None = None) -> MailContent:
    visible = sample.share(manifest or sample.manifest(sample.front(), sample.config()), *revisions)
    return mail_of([revision_view(each, visible) for each in visible.revisions], STOP)


def test_one_note_that_explains_several_is_read_once() -> None:
    """Six key results under one note are one paragraph with six lines."""
    mail = several(
        *(
            sample.revision(id=f"r{n}", title=f"KR {n}", classes=("retargeted",), impact=None, sql_changes=())
            for n in range(6)
        )
    )  # fmt: skip
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert text.count("Cancelled flights were left out") == 1
        assert all(text.replace(" ,", ",").count(f"KR {n}, 90.0% → 88.0%") == 1 for n in range(6))
        assert "Monday 4 November 2013" in text


def test_the_most_important_change_is_the_subject_of_many() -> None:
    mail = several(
        sample.revision(id="a", title="A", classes=("reassigned",), note=None, impact=None, fields=()),
        sample.revision(id="b", title="B", classes=("introduced",), note=None, impact=None, fields=()),
        sample.revision(id="c", title="C", classes=("retargeted",), impact=None, sql_changes=()),
        sample.revision(id="d", title="D", classes=("retired",), note=None, impact=None, fields=()),
    )  # fmt: skip
    assert mail.subject == "Retired: D, and three more changes"
    places = [mail.text.index(f"{title} ") for title in ("D", "C", "A")]
    assert places == sorted(places)


def test_a_change_of_a_view_that_moves_four_numbers_is_one_paragraph() -> None:
    change = SqlChange("+", "filter added: `cancelled = 0`", "_operated")
    mail = several(
        *(
            sample.revision(id=f"r{n}", title=f"KR {n}", classes=("redefined",), fields=(), sql_changes=(change,))
            for n in range(4)
        )
    )  # fmt: skip
    text = " ".join(mail.text.split())
    assert text.count("ilter added") == 1
    assert "Four numbers are counted differently now." in text
    assert all(f"KR {n}, 86.9% → 86.5%" in text for n in range(4))


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


def test_a_value_stands_with_its_period() -> None:
    mail = content()
    assert "Now, week to 17 Nov 2013" in mail.text
    assert "Now, week to 17 Nov 2013" in mail.html


def test_the_mail_about_what_is_gone_leads_to_a_page_that_is_there() -> None:
    text = content(classes=("retired",), fields=(), impact=None).text
    assert "/changes.html" in text
    assert "/okrs/jfk_on_time.html" not in text


@pytest.mark.parametrize(
    ("reason", "title"),
    [("scope", "WHY IT WAS RETIRED"), ("world_changed", "WHAT CHANGED IN THE WORLD")],
)
def test_the_mail_about_what_is_gone_says_why(reason: RevisionReason, title: str) -> None:
    note = RevisionNote(date=date(2013, 11, 20), reason=reason, why="The maker went broke.")
    assert title in content(classes=("retired",), fields=(), impact=None, note=note).text


def test_a_dropped_key_result_is_told_as_it_was_and_comes_back_as_itself() -> None:
    dropped, back = FieldChange("state", None, "dropped"), FieldChange("state", "dropped", None)
    owner = FieldChange("owner", "jonas", "maria")
    gone = content(classes=("retired",), fields=(owner, dropped), impact=None)
    assert re.search(r"Owner +Jonas Lind +-", gone.text)
    again = content(classes=("retargeted",), fields=(back,), impact=None)
    assert again.subject == "JFK leaves on time is a key result again"
    assert again.text.startswith("JFK leaves on time is a key result again.")


def test_no_text_of_a_file_becomes_markup() -> None:
    front = sample.front(title=EVIL, challenges=EVIL, plan=EVIL, help_wanted=EVIL, decisions=EVIL)
    revision = sample.revision(title=EVIL, sql_changes=(SqlChange("+", f"`{EVIL}`"),))
    manifest = sample.manifest(front, sample.config(name=EVIL))
    tags = Html(made(revision, manifest).html).tags
    assert "script" not in tags


def test_what_people_write_has_its_own_direction() -> None:
    words = "السوق بطيء هذا العام."
    manifest = sample.manifest(sample.front(challenges=words), sample.config())
    cell = re.search(rf"<td[^>]*>{words}", made(sample.revision(), manifest).html)
    assert cell
    assert 'dir="auto"' in cell[0]


def test_what_is_to_be_decided_stands_in_the_mail_and_what_was_decided_does_not() -> None:
    asked = [
        {"what": "May we borrow the tow team?", "who": "jonas", "by": date(2013, 11, 20)},
        {"what": "Whether gate 4 closes", "by": date(2013, 11, 25)},
        {"what": "Who calls the crews", "decided": "Maria."},
    ]
    manifest = sample.manifest(sample.front(decisions=asked), sample.config())
    mail = made(sample.revision(), manifest)
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
        plain, objectives={"punctual": Objective("punctual", "o.md", ("airports",), front=front)}
    )
    revision = sample.revision(
        item="punctual", kind="objective", classes=("reassigned",), impact=None, sql_changes=()
    )
    mail = made(revision, manifest)
    for text in (" ".join(mail.text.split()), Html(mail.html).text.replace("\xa0", " ")):
        assert "Ice." in text
        assert "overdue, 15 Nov" in text
        assert "It was needed by Wednesday 20 November 2013 and is still open." in text


def test_html_needs_nothing_that_mail_programs_drop() -> None:
    mail = content(image=b"png")
    assert not {"svg", "script", "link", "form"} & set(Html(mail.html).tags)
    assert re.findall(r'src="([^"]*)"', mail.html) == [f"cid:{content_id(b'png')}"]
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
    own = [
        sample.revision(
            id=f"{n}", title=f"KR {n}", note=NOTE.model_copy(update={"why": f"Why {n}."})
        )
        for n in range(200)
    ]
    many = several(*own)
    assert len(many.html.encode()) < 60_000
    assert re.search(r"And \d+ more changes", many.html)
    assert all(f"KR {n} " in many.text for n in range(200)), "each is named"


def test_without_an_address_no_link_is_made_up() -> None:
    manifest = sample.manifest(sample.front(), sample.config(url=None))
    mail = made(sample.revision(), manifest)
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


def test_a_reason_and_a_change_that_several_share_are_read_once() -> None:
    """Each has a paragraph of its own, since each has a new target of its own, too."""
    change = SqlChange("+", "filter added: `cancelled = 0`", "_operated")
    shared = Reason(NOTE.model_copy(update={"why": "We counted what never flew."}))
    mail = several(
        *(
            sample.revision(
                id=f"r{n}",
                title=f"KR {n}",
                sql_changes=(change,),
                note=NOTE.model_copy(update={"why": f"Own reason {n}."}),
                earlier=(shared,),
            )
            for n in range(3)
        )
    )
    text = " ".join(mail.text.split())
    assert text.count("We counted what never flew.") == 1
    assert text.count("ilter added") == 1
    assert all(text.count(f"Own reason {n}.") == 1 for n in range(3))


def test_spamassassin_finds_nothing_in_a_mail() -> None:
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("spamassassin is not installed")
    mail = content(image=b"png")
    message = Mail(
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        image=mail.image,
        sender=Mailbox("New York Airports", "numbers@ports.example"),
        to=Mailbox("Eve Sato", "eve@ports.example"),
        date=datetime(2013, 11, 22, 9, 30, tzinfo=UTC),
        message_id=message_id("p", "k", host="ports.example"),
        thread=message_id("p", "t", host="ports.example"),
        list_id="airports.ports.example",
        list_name="Airport heads",
        unsubscribe="numbers@ports.example",
    )
    read = subprocess.run(
        [program, "-L", "-t"], input=eml(message), capture_output=True, timeout=300, check=True
    )
    said = read.stdout.decode("utf-8", "replace")
    score = re.search(r"score=(-?[\d.]+)", said)
    assert score is not None, said
    of_age = (
        float(re.search(r"(-?[\d.]+) DATE_IN_PAST", said)[1]) if "DATE_IN_PAST" in said else 0.0
    )  # type: ignore[index]
    assert float(score[1]) - of_age <= 0.0, said
