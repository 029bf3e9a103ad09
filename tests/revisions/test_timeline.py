"""The history of an item reads like a story: declared, revised, revised again, each with its
number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from past_revisions import revisions_along
from projects import FILES, LEAVE, edited, manifest, noted

from sharekit.history import PastState
from sharekit.history.moment import Moment
from sharekit.revisions.added_notes import with_late_notes


def moments(*states: dict[str, str]) -> Iterator[PastState]:
    start = datetime(2013, 10, 1, 9, tzinfo=UTC)
    for number, files in enumerate(states):
        moment = Moment(f"{number:040}", start + timedelta(days=number), "Ann")
        yield PastState(moment, manifest(files))


def story(
    *states: dict[str, str], item: str = "leave"
) -> list[tuple[int, tuple[str, ...], float | None]]:
    return [
        (each.number, each.classes, each.original_target)
        for each in revisions_along(moments(*states))
        if each.item == item
    ]


def test_revisions_are_counted_and_keep_the_first_target() -> None:
    lower = edited(LEAVE, "0.90", "0.85")
    lowest = edited(LEAVE, "0.90", "0.80")
    assert story(FILES, lower, lowest) == [
        (1, ("introduced",), 0.9),
        (2, ("retargeted",), 0.9),
        (3, ("retargeted",), 0.9),
    ]


def test_words_check_ins_and_spelling_do_not_count() -> None:
    spelled = edited(LEAVE, "SELECT week,", "select  week,")
    worse = edited(LEAVE, "confidence: 7", "confidence: 5", spelled)
    lower = edited(LEAVE, "0.90", "0.85", worse)
    assert [(number, classes) for number, classes, _ in story(FILES, spelled, worse, lower)] == [
        (1, ("introduced",)),
        (1, ("check_in",)),
        (2, ("retargeted",)),
    ]


def test_every_entry_of_a_log_has_an_address_of_its_own() -> None:
    worse = edited(LEAVE, "confidence: 7", "confidence: 5")
    worst = edited(LEAVE, "confidence: 5", "confidence: 3", worse)
    lower = edited(LEAVE, "0.90", "0.85", worst)
    found = revisions_along(moments(FILES, worse, worst, lower))
    anchors = [each.anchor for each in found if each.item == "leave"]
    assert [anchors[0], anchors[-1]] == ["r1", "r2"]
    assert all(anchor.startswith("check_in-") for anchor in anchors[1:-1])
    assert len(set(anchors)) == 4


def test_there_and_back_is_two_revisions_of_history() -> None:
    lower = edited(LEAVE, "0.90", "0.85")
    assert [number for number, _, _ in story(FILES, lower, FILES)] == [1, 2, 3]


def test_a_note_belongs_to_the_commit_that_brought_it() -> None:
    lower = noted(files=edited(LEAVE, "0.90", "0.85"))
    lowest = edited(LEAVE, "0.85", "0.80", lower)
    found = [
        each for each in revisions_along(moments(FILES, lower, lowest)) if each.item == "leave"
    ]
    assert [each.note is not None for each in found] == [False, True, False]


def reasons(*states: dict[str, str]) -> list[tuple[str, str | None]]:
    """The leading class and the reason of each revision of the key result that history shows."""
    revisions = revisions_along(moments(*states))
    revisions = with_late_notes(revisions, manifest(states[-1]), date(2013, 11, 22))
    return [
        (each.classes[0], each.note and each.note.why)
        for each in revisions
        if each.item == "leave" and each.kind == "key_result"
    ]


def test_a_reason_written_in_a_later_commit_is_that_of_the_revision() -> None:
    lower = edited(LEAVE, "0.90", "0.85")
    since = noted(files=lower)
    assert reasons(FILES, lower, since) == [
        ("introduced", None),
        ("retargeted", "It was too easy."),
    ]


def test_commits_of_one_branch_share_the_reason_that_the_last_one_brings() -> None:
    lower = edited(LEAVE, "0.90", "0.85")
    filtered = noted(files=edited(LEAVE, "'JFK'", "'LGA'", lower))
    assert reasons(FILES, lower, filtered) == [
        ("introduced", None),
        ("retargeted", "It was too easy."),
        ("redefined", "It was too easy."),
    ]


def test_a_reason_of_before_is_none_of_a_later_revision() -> None:
    lower = noted(files=edited(LEAVE, "0.90", "0.85"))
    lowest = edited(LEAVE, "0.85", "0.80", lower)
    assert reasons(FILES, lower, lowest)[-1] == ("retargeted", None)


def test_the_reason_why_something_was_retired_may_come_later() -> None:
    gone = {path: text for path, text in FILES.items() if path != LEAVE}
    gone["dashboards/board.md"] = "---\ntitle: Board\n---\n\nNothing.\n"
    entry = "retired:\n  - {id: leave, date: 2013-10-03, why: The gates are closed.}\n"
    objective = "metrics/okrs/q4/punctual/objective.md"
    since = edited(objective, "period: 2013-Q4\n", f"period: 2013-Q4\n{entry}", gone)
    assert reasons(FILES, gone, since) == [
        ("introduced", None),
        ("retired", "The gates are closed."),
    ]
    # To those who may not see that objective the reason is not told.
    narrow = edited(objective, "period: 2013-Q4\n", "period: 2013-Q4\naudience: pair\n", since)
    assert reasons(FILES, gone, narrow)[-1] == ("retired", None)
