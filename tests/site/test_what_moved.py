"""A change is described by the field that moved, whatever else is known of it: "3 to 3 steps" never
stands on a page, in a feed, a pre-read or a file."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from site_sample import render_site, site

from sharekit.preread.content import digest_view
from sharekit.preread.mail import digest_markdown
from sharekit.project.manifest import AudienceThen
from sharekit.revisions.revision import FieldChange, Impact, Moment, Revision, RevisionClass
from sharekit.site.context import AudienceTree
from sharekit.site.events import ItemEvent, events

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
    assert (event.was, event.now) == ("2,268", "2,041 offices")
    assert "Target 2,250 offices, was 2,400 offices" in event.details


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


def test_no_form_says_that_a_thing_went_from_itself_to_itself() -> None:
    revision = changed(("rescheduled",), SAME)
    tree = tree_of(revision)
    texts = {each.path: each.content.decode() for each in render_site(replace(site(), revisions=(revision,)))
             if each.path.endswith((".html", ".md", ".xml", ".json"))}  # fmt: skip
    texts["digest"] = digest_markdown(digest_view(tree))
    for path, text in texts.items():
        pairs = re.findall(r'class="was">([^<]*)</span>.*?<b>([^<]*)</b>', text)
        pairs += re.findall(r"(\S+) → \**(\S+)", text)
        assert [pair for pair in pairs if pair[0] == pair[1]] == [], path
