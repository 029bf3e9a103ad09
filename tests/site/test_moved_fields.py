"""A change is described by the field that moved, whatever else is known of it: "3 to 3 steps" never
stands on a page, in a feed, a pre-read or a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import cycle, product
from typing import get_args

import pytest
from site_sample import render_site, site

from sharekit.mail.chat import chat_message
from sharekit.mail.compose import mail_of, message_of
from sharekit.mail.revision_view import revision_view
from sharekit.mcp.answer_text import changes_text
from sharekit.mcp.answer_types import Change, ChangesAnswer, Freshness
from sharekit.preread.content import digest_view
from sharekit.preread.message import digest_markdown
from sharekit.project.manifest import AudienceThen
from sharekit.records import replace
from sharekit.revisions.change_sentences import revision_sentences
from sharekit.revisions.fields import CLASSES
from sharekit.revisions.revision import (
    FieldChange,
    Impact,
    Moment,
    PastName,
    Revision,
    RevisionClass,
    RevisionNote,
)
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, events
from sharekit.site.from_to_rows import from_to

pytestmark = pytest.mark.slow

QUARTER = {"label": "2026-Q4", "start": "2026-10-01", "end": "2026-12-31"}
LATER = {"label": "2027-Q1", "start": "2026-10-01", "end": "2027-03-31"}
MOVED: dict[RevisionClass, FieldChange | None] = {
    "redefined": None,
    "retargeted": FieldChange("target", 2400, 2250),
    "rescheduled": FieldChange("period", QUARTER, LATER),
    "reassigned": FieldChange("owner", "mateo", "hana"),
}
SAYS: dict[RevisionClass, tuple[str, str]] = {
    "retargeted": ("2,400 offices", "2,250 offices"),
    "rescheduled": ("1 October 2026 to 31 December 2026", "1 October 2026 to 31 March 2027"),
    "reassigned": ("Mateo Ferreira", "Hana Sato"),
}
SAME = Impact(2041, 2041, 2041, 0, 0)
OTHER = Impact(2268, 2268, 2041, 0, -227)


def changed(classes: tuple[RevisionClass, ...], impact: Impact | None) -> Revision:
    moments = [
        Moment(name, datetime(2026, 11, day, 9, tzinfo=UTC), "Mateo")
        for name, day in (("a", 1), ("b", 19))
    ]
    return Revision(
        id="rev-active_offices-2", item="active_offices", kind="key_result", title="Active offices",
        owner="mateo", readers=(AudienceThen("team"),), classes=classes, before=moments[0], after=moments[1],
        number=2, impact=impact,
        fields=tuple(field for each in classes if (field := MOVED[each]) is not None),
    )  # fmt: skip


def tree_of(revision: Revision) -> AudienceTree:
    return AudienceTree(replace(site(), revisions=(revision,)).share())


def event_of(revision: Revision) -> ItemEvent:
    return next(each for each in events(tree_of(revision)) if each.revision)


@pytest.mark.parametrize("impact", [None, SAME, OTHER], ids=["unknown", "same", "other"])
@pytest.mark.parametrize("moved", list(SAYS))
def test_the_summary_is_of_the_field_that_moved(moved: RevisionClass, impact: Impact) -> None:
    event = event_of(changed((moved,), impact))
    assert (event.was, event.now) == SAYS[moved]


def test_a_redefinition_says_the_number_under_both_definitions_and_the_target() -> None:
    event = event_of(changed(("redefined", "retargeted"), OTHER))
    assert event.was == "2,268 (target 2,400 offices)"
    assert event.now == "2,041 offices (target 2,250 offices)"
    alone = event_of(changed(("redefined",), OTHER))
    assert (alone.was, alone.now) == ("2,268", "2,041 offices")


def test_page_and_mail_of_a_redefinition_begin_with_the_same_number() -> None:
    revision = changed(("redefined",), Impact(2200, 2268, 2041, 68, -227))
    tree = tree_of(revision)
    (row,) = from_to(tree, tree.scope.revisions[0])
    assert (row.label, row.was, row.now) == ("Now", "2,268", "2,041 offices")
    view = revision_view(tree.scope.revisions[0], tree.scope)
    assert "2,268" in mail_of([view], STOP).text
    assert "newer data raise the previously published 2,200 offices by 68 offices" in " ".join(
        mail_of([view], STOP).text.split()
    )


def test_a_redefinition_that_moves_nothing_says_so() -> None:
    event = event_of(changed(("redefined",), SAME))
    assert (event.was, event.now) == ("", "")
    assert "The number stays at 2,041 offices" in event.details


COMBINED = [
    tuple(name for name, there in zip(MOVED, chosen, strict=True) if there)
    for chosen in product((False, True), repeat=len(MOVED))
    if any(chosen)
]


@pytest.mark.parametrize("classes", COMBINED, ids="+".join)
def test_from_and_to_never_read_the_same(classes: tuple[RevisionClass, ...]) -> None:
    for impact in (None, SAME, OTHER):
        event = event_of(changed(classes, impact))
        assert (
            event.now == ""
            or event.was.split(" ")[0] != event.now.split(" ")[0]
            or (event.was != event.now)
        )


FIELDS: Mapping[str, FieldChange] = {
    "target": FieldChange("target", 2400, 2250),
    "target by little": FieldChange("target", 2400.001, 2400.002),
    "first target": FieldChange("target", None, 2250),
    "baseline": FieldChange("baseline", 1800, 1900),
    "band": FieldChange("band", [2000, 2400], [2000, 2400.001]),
    "pace": FieldChange("pace", "linear", [{"on": "2026-11-01", "value": 2100}]),
    "unit": FieldChange("unit", "offices", "sites"),
    "commitment": FieldChange("commitment", "committed", "aspirational"),
    "period": FieldChange("period", QUARTER, LATER),
    "period of one name": FieldChange("period", QUARTER, {**QUARTER, "end": "2026-12-24"}),
    "owner": FieldChange("owner", "mateo", "hana"),
    "owners of one name": FieldChange("owner", "gone", "left", PastName("Ana Ruiz"), PastName("Ana Ruiz")),
    "objective": FieldChange("objective", "2026-q4-growth", "2026-q4-deliver"),
    "objectives out of sight": FieldChange("objective", "secret-1", "secret-2"),
}  # fmt: skip
STOP = "numbers@kettlewick.example"


def moved_by(change: FieldChange, impact: Impact | None) -> Revision:
    """A revision of this one field."""
    return replace(changed((CLASSES[change.name],), impact), fields=(change,))


def forms(revision: Revision) -> dict[str, str]:
    """All that says a revision: name of the form -> text."""
    made = site()
    tree = tree_of(revision)
    files = {each.path: each.content.decode() for each in render_site(replace(made, revisions=(revision,)))
             if each.path.endswith((".html", ".md", ".xml", ".json"))}  # fmt: skip
    view = revision_view(tree.scope.revisions[0], tree.scope)
    mail, message = mail_of([view], STOP), message_of([view])
    day = datetime(2026, 11, 20, tzinfo=UTC)
    rows = json.loads(files["changes.json"])["changes"]
    changes = [Change(**{**row, "owner": None, "url": None}) for row in rows]
    fresh = Freshness(sentence="", as_of=date(2026, 11, 20), age_days=0)
    return {
        **files,
        "digest": digest_markdown(digest_view(tree)),
        "subject": mail.subject,
        "mail": mail.text,
        "mail as HTML": mail.html,
        **{kind: chat_message(kind, message, [view], day).decode() for kind in CHATS},
        "terminal": "\n".join(revision_sentences(revision, made.manifest)),
        "MCP": changes_text(ChangesAnswer(freshness=fresh, changes=changes, total=len(changes))),
    }


CHATS = ("slack", "teams", "json")
_ARROW = r"(?m)(?:: |\\n|^|\")([^:\n→\"]+?) (?:→|->) \**([^\n→\"\\]+)"
_COLUMNS = r"(?m)^[\w ]+?\s{2,}(\S.*?)\s{2,}(\S.*)$"
PAIRS: Mapping[str, tuple[str, ...]] = {
    "html": (r'class="was">([^<]*)</span>.*?<b>([^<]*)</b>', _ARROW),
    "md": (_ARROW, r"(?m)^\|(?! ---)[^|]*\| ([^|:]+) \| ([^|:]+) \|$"),
    "xml": (_ARROW,),
    "json": (
        r'"was": "([^"]+)",\s*"now": "([^"]+)"',
        r'"after": "([^"]+)", "before": "([^"]+)"',
    ),
    "subject": (r": \w+ (.+), was (.+)$",),
    "mail": (_COLUMNS, r"(?m)It is (.+), not (.+)\.$", r"(?m)^[\w ]+: (.+) to (.+)$"),
    "mail as HTML": (r"<td[^>]*>([^<]+)</td><td[^>]*>([^<]+)</td>",),
    "terminal": (_ARROW,),
    "MCP": (r"(?m): (.+) to (.+)$",),
}
"""Kind of form -> how it writes a value before and after."""


def selfsame(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Form and value of what is said to have gone from itself to itself."""
    return [
        (form, one)
        for form, text in texts.items()
        for pattern in PAIRS.get(form) or PAIRS.get(form.rpartition(".")[2]) or (_ARROW,)
        for one, other in re.findall(pattern, text)
        if one.strip("* ") == other.strip("* ")
    ]


@pytest.mark.parametrize("field", FIELDS)
def test_no_form_says_that_a_field_went_from_itself_to_itself(field: str) -> None:
    assert selfsame(forms(moved_by(FIELDS[field], SAME))) == []


@pytest.mark.parametrize(
    ("classes", "impact"),
    list(zip(COMBINED, cycle((SAME, OTHER, None)), strict=False)),
    ids=["+".join(classes) for classes in COMBINED],
)
def test_no_form_says_that_a_thing_went_from_itself_to_itself(
    classes: tuple[RevisionClass, ...], impact: Impact | None
) -> None:
    assert selfsame(forms(changed(classes, impact))) == []


HERE = changed(("redefined",), None)
BEGUN = (FieldChange("target", None, 2400), FieldChange("baseline", None, 2010))
LITTLE = Impact(2041.0001, 2041.0002, 2041.0002, 0.0001, None)
SCOPE = RevisionNote(date=date(2026, 11, 19), reason="scope", why="Trials are not customers.")
TURNED: Mapping[str, Revision] = {
    "introduced": replace(HERE, classes=("introduced",), before=None, number=1, fields=BEGUN),
    "introduced to more people": replace(
        HERE, classes=("introduced",), before=None, number=1, fields=BEGUN, known_to=("board",)
    ),
    "retired": replace(HERE, item="trials", title="Trials", classes=("retired",), note=SCOPE),
    **{
        f"{turn} from {was} to {now}": replace(
            HERE, classes=(turn,), number=0, impact=replace(SAME, status_before=was, status_after=now)
        )
        for turn, was, now in (
            ("slipped", "on_track", "at_risk"), ("slipped", "at_risk", "off_track"),
            ("slipped", "achieved", "partial"), ("slipped", "on_track", "missed"),
            ("recovered", "off_track", "at_risk"), ("recovered", "at_risk", "achieved"),
        )
    },
    "restated by little": replace(
        HERE, classes=("restated",), number=0, impact=LITTLE,
        fields=(FieldChange("2026-11-02", 2041.0001, 2041.0002),),
    ),
    "restated after the end": replace(
        HERE, classes=("restated",), number=0, after_end="2026-Q3",
        fields=(FieldChange("2026-09-28", 2000, 2001),),
        impact=replace(SAME, score_before=0.7, score_after=0.7, status_before="partial", status_after="partial"),
    ),
    "checked in": replace(
        HERE, classes=("check_in",), fields=(FieldChange("confidence", 7, 7.0), FieldChange("plan", "A", "B"))
    ),
    "new words": replace(HERE, classes=("words",), fields=(FieldChange("title", "Offices", "Active offices"),)),
}  # fmt: skip
"""The other classes of revision: what came, went, turned by itself, or is said in other words."""


def test_what_came_on_a_day_that_nobody_knows_stands_below_what_is_dated_alike() -> None:
    """Both were committed after the date that the project fixes."""
    late = Moment("c", datetime(2026, 11, 25, 9, tzinfo=UTC), "Mateo")
    came, worded = (replace(TURNED[name], after=late) for name in ("introduced", "new words"))
    tree = AudienceTree(replace(site(), revisions=(came, worded)).share())
    happened = [event for event in events(tree) if event.revision]
    assert [(event.kind, event.when) for event in happened] == [("words", "22 Nov"), ("new", "")]


@pytest.mark.parametrize("case", TURNED)
def test_no_form_says_that_what_came_went_or_turned_went_from_itself_to_itself(case: str) -> None:
    assert selfsame(forms(TURNED[case])) == []


def test_every_class_of_revision_is_tried() -> None:
    tried = {name for revision in TURNED.values() for name in revision.classes} | set(MOVED)
    assert tried | {"cosmetic"} == set(get_args(RevisionClass)), "what is cosmetic is not shown"


def test_the_oracle_sees_what_went_nowhere() -> None:
    said = {
        "mail": "Now   3 steps   3 steps",
        "slack": '"Now: 3 steps → 3 steps"',
        "subject": "A: target 3, was 3",
        "json": '{"after": "3", "before": "3"}',
        "changes.md": "- A: 3 → 3",
        "changes.html": '<span class="was">3</span> <b>3</b>',
        "MCP": "Target: 3 to 3",
    }
    assert {form for form, _ in selfsame(said)} == set(said)


@pytest.mark.parametrize("field", ["target", "period", "owner"])
def test_every_form_says_the_field_that_moved(field: str) -> None:
    texts = forms(moved_by(FIELDS[field], SAME))
    was, now = SAYS[CLASSES[field]]
    for form in ("mail", "mail as HTML", *CHATS, "terminal", "MCP", "digest", "changes.html"):
        assert now in texts[form].replace("\xa0", " "), form
        assert was in texts[form].replace("\xa0", " "), form
    assert "new definition" not in texts["mail"].lower(), "there is none"


def test_a_target_that_moved_by_little_has_all_its_digits() -> None:
    event = event_of(moved_by(FIELDS["target by little"], None))
    assert (event.was, event.now) == (
        "2,400 offices (2400.001)",
        "2,400 offices (2400.002)",
    )
