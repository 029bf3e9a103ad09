"""A pull request is told exactly what is missing, and the entry fits the file it goes into."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from projects import FILES, LEAVE, NOTE, OBJECTIVE, edited, manifest, noted, revisions

from sharekit.errors import SharekitError
from sharekit.revisions.gate import gate
from sharekit.revisions.note_snippet import (
    insert_note,
    note_snippet,
    through_view,
    view_note_snippet,
)

CHANGED = edited(LEAVE, "target: 0.90", "target: 0.85")
DAY = date(2013, 11, 22)


def snippet(after: dict[str, str]) -> str:
    return note_snippet(revisions(after)["leave"], manifest(after), on=DAY)


def filled(text: str) -> str:
    text = text.replace('why: ""', "why: It was too easy.")
    text = text.replace('we_will: ""', "we_will: Aim higher.")
    return text.replace('reason: ""', "reason: new_information")


def test_the_gate_asks_for_exactly_the_missing_note() -> None:
    files = edited("metrics/flights_flown.sql", "count(*)", "count(id)", CHANGED)
    problems = gate(revisions(files).values(), manifest(files), manifest(FILES))
    assert [(problem.code, str(problem.place)) for problem in problems] == [
        ("revision-without-note", f"{LEAVE}:6:9")
    ]
    assert "Leave on time was revised without a reason" in problems[0].message
    hint = problems[0].hint or ""
    assert "target: 90% -> 85%" in hint.replace(".0%", "%")
    assert "sharekit note leave" in hint
    assert 'why: ""' in hint
    assert 'reason: ""' in hint, "the reason is the owner's to give"


def test_the_gate_is_quiet_where_there_is_a_note_or_nothing_to_tell() -> None:
    files = noted(files=CHANGED)
    assert gate(revisions(files).values(), manifest(files), manifest(FILES)) == ()
    words = edited(LEAVE, "title: Leave on time", "title: Leave in time")
    assert gate(revisions(words).values(), manifest(words), manifest(FILES)) == ()


def test_a_rename_without_an_id_is_shown_its_way_out() -> None:
    files = {path: text for path, text in FILES.items() if path != "dashboards/board.md"}
    before = dict(files)
    files["metrics/okrs/q4/punctual/depart.sql"] = files.pop(LEAVE)
    problems = gate(revisions(files, before).values(), manifest(files), manifest(before))
    assert len(problems) == 1
    assert "`id: leave`" in (problems[0].hint or "")


@pytest.mark.parametrize(
    "older",
    ["", NOTE.replace("11-04", "10-20").replace("easy", "hard"), "revisions: []\n"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_entry_joins_the_file_and_nothing_else_moves(older: str, newline: str) -> None:
    before = noted(note=older)
    text = edited(LEAVE, "target: 0.90", "target: 0.85  # was 0.90", before)[LEAVE].replace(
        "\n", newline
    )
    made = insert_note(text, snippet(CHANGED))
    added = [line for line in made.splitlines() if line not in text.splitlines()]
    kept = [line for line in made.splitlines() if line in text.splitlines()]
    assert kept == [line for line in text.splitlines() if line != "revisions: []"]
    assert any('why: ""' in line for line in added)
    files = edited(LEAVE, "target: 0.90", "target: 0.85") | {LEAVE: filled(made)}
    found = revisions(files, before)["leave"]
    assert found.note is not None
    assert found.note.why == "It was too easy."
    if newline == "\r\n":
        assert "\n" not in made.replace("\r\n", "")


def test_lists_at_the_margin_stay_at_the_margin() -> None:
    note = "revisions:\n- date: 2013-10-20\n  reason: data\n  why: A reload.\nmax_age: 8 days\n"
    made = insert_note(noted(note=note)[LEAVE], snippet(CHANGED))
    front = yaml.safe_load(made.split("---")[1])
    assert [entry["date"] for entry in front["revisions"]] == [date(2013, 10, 20), DAY]
    assert front["max_age"] == "8 days"


def test_the_entry_of_a_removed_key_result_goes_to_its_objective() -> None:
    files = {
        path: text for path, text in FILES.items() if path not in (LEAVE, "dashboards/board.md")
    }
    entry = note_snippet(revisions(files)["leave"], manifest(files), on=DAY)
    path = "metrics/okrs/q4/punctual/objective.md"
    files[path] = filled(insert_note(files[path], entry))
    found = revisions(files)["leave"]
    assert found.note is not None
    assert found.note.we_will == "Aim higher."


def test_a_key_result_that_is_gone_with_its_objective_is_explained_in_another_one() -> None:
    gone = {path: text for path, text in FILES.items() if "punctual" not in path}
    gone["dashboards/board.md"] = "---\ntitle: Board\n---\n\nNothing.\n"
    problem = gate(revisions(gone).values(), manifest(gone), manifest(FILES))[0]
    path = "metrics/okrs/q4/punctual/objective.md"
    assert str(problem.place) == path
    assert f"Bring {path} back with this, or add it to another objective:" in (problem.hint or "")
    other = OBJECTIVE.replace("Punctual", "Other").replace("period: 2013-Q4", "period: 2014-Q1")
    text = insert_note(other, note_snippet(revisions(gone)["leave"], manifest(gone), on=DAY))
    explained = gone | {"metrics/okrs/q1/other/objective.md": filled(text)}
    found = revisions(explained)["leave"].note
    assert found is not None
    assert found.why == "It was too easy."
    narrow = filled(text).replace("owner: ann", "owner: ann\naudience: pair")
    kept = revisions(gone | {"metrics/okrs/q1/other/objective.md": narrow})["leave"]
    assert kept.note_missing, "not all who knew it may read that objective"


def test_a_list_on_one_line_is_refused_with_a_way_out() -> None:
    note = "revisions: [{date: 2013-10-20, reason: data, why: A reload.}]\n"
    with pytest.raises(SharekitError, match="one line"):
        insert_note(noted(note=note)[LEAVE], snippet(CHANGED))


def test_no_text_in_a_note_can_end_the_comment_around_it() -> None:
    files = edited(LEAVE, "'JFK'", "'*/ DROP'", CHANGED)
    assert "*/" not in snippet(files)


# -- one note for all that a view moved -----------------------------------------------------------

OTHER = "metrics/okrs/q4/punctual/other.sql"
WEEKLY = "metrics/_weekly.sql"


def two_that_read_a_view(view_note: str = "", **changes: str) -> dict[str, str]:
    """Two key results whose view counts fewer flights now."""
    files = {**FILES, OTHER: FILES[LEAVE].replace("Leave on time", "Other").replace("JFK", "LGA")}
    if changes:
        files[LEAVE] = files[LEAVE].replace("target: 0.90", changes["target"])
    head = f"/* ---\n{view_note}--- */\n" if view_note else ""
    return {**files, WEEKLY: head + FILES[WEEKLY].replace("NOT diverted", "NOT cancelled")}


BEFORE = {**FILES, OTHER: two_that_read_a_view()[OTHER]}


def test_one_note_on_a_view_explains_all_that_it_moved() -> None:
    missing = two_that_read_a_view()
    problems = gate(revisions(missing, BEFORE).values(), manifest(missing), manifest(BEFORE))
    assert len(problems) == 2
    assert "Or explain all 2 at once: sharekit note _weekly" in (problems[0].hint or "")
    files = two_that_read_a_view(NOTE)
    found = revisions(files, BEFORE)
    assert gate(found.values(), manifest(files), manifest(BEFORE)) == ()
    assert {found[item].note.why for item in ("leave", "other")} == {"It was too easy."}  # type: ignore[union-attr]


def test_a_note_on_a_view_does_not_explain_another_target() -> None:
    files = two_that_read_a_view(NOTE, target="target: 0.85")
    problems = gate(revisions(files, BEFORE).values(), manifest(files), manifest(BEFORE))
    assert [problem.place.path for problem in problems] == [LEAVE]


def test_beside_a_key_results_own_note_that_of_its_view_stands_too() -> None:
    own = NOTE.replace("too easy", "too hard")
    files = two_that_read_a_view(NOTE, target=f"target: 0.85\n{own.rstrip()}")
    leave = revisions(files, BEFORE)["leave"]
    assert leave.note is not None
    assert leave.note.why == "It was too hard."
    assert [reason.note.why for reason in leave.earlier] == ["It was too easy."]


def test_all_notes_on_the_views_since_are_told() -> None:
    both = NOTE + NOTE.partition("\n")[2].replace("too easy", "too hard").replace("-04", "-05")
    leave = revisions(two_that_read_a_view(both), BEFORE)["leave"]
    assert leave.note is not None
    assert leave.note.why == "It was too hard."
    assert [reason.note.why for reason in leave.earlier] == ["It was too easy."]


def test_a_note_on_a_view_is_not_read_by_who_may_not_see_the_view() -> None:
    narrow = two_that_read_a_view(f"audience: pair\n{NOTE}")
    before = {**BEFORE, WEEKLY: f"/* ---\naudience: pair\n--- */\n{FILES[WEEKLY]}"}
    found = revisions(narrow, before)
    assert [each for each in found.values() if each.note is not None] == []


def test_the_entry_of_a_view_names_what_it_explains() -> None:
    found = through_view("_weekly", revisions(two_that_read_a_view(), BEFORE).values())
    text = view_note_snippet(found, DAY)
    assert yaml.safe_load(filled(text))["revisions"][0]["why"] == "It was too easy."
    assert "# explains leave, other" in text


def test_a_view_without_front_matter_gets_it_with_the_note() -> None:
    files = two_that_read_a_view()
    assert not files[WEEKLY].startswith("/*")
    entry = view_note_snippet(tuple(revisions(files, BEFORE).values()), DAY)
    for text in (files[WEEKLY], "\ufeff" + files[WEEKLY], files[WEEKLY].replace("\n", "\r\n")):
        made = insert_note(text, entry)
        assert made.removeprefix("\ufeff").startswith("/* ---")
        assert made.endswith(text.removeprefix("\ufeff"))
        assert (made[0] == "\ufeff") == (text[0] == "\ufeff")
        assert ("\r\n" in made) == ("\r\n" in text)
        found = revisions(files | {WEEKLY: filled(made)}, BEFORE)
        assert found["leave"].note is not None
