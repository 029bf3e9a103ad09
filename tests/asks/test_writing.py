"""Questions as files: what is written reads back, and what stood there stays to the byte."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.asks.writing import (
    NewAsk,
    ask_file,
    ask_file_name,
    one_line,
    scalar,
    with_answer,
    with_new_ask,
)
from sharekit.errors import SharekitError
from sharekit.project.read.yaml_text import read_yaml

MONDAY = date(2013, 11, 18)
MORE = NewAsk(MONDAY, "maria", "Monday meeting")


def read(text: str) -> Any:
    values = read_yaml(text, "x.yaml")
    assert values.problems == ()
    return values.value


def test_new_question_reads_as_it_was_asked() -> None:
    text = ask_file(
        "How late: really?",
        NewAsk(MONDAY, "eve", "mail, then chat"),
        owner="sam",
        audiences=("board",),
    )
    assert read(text) == {
        "question": "How late: really?",
        "asked": [{"on": "2013-11-18", "by": "eve", "via": "mail, then chat"}],
        "owner": "sam",
        "audience": "board",
    }


def test_plain_words_need_no_quotes() -> None:
    assert (
        ask_file("Why is DACH behind?", NewAsk(MONDAY, "eve"))
        == "question: Why is DACH behind?\nasked:\n  - {on: 2013-11-18, by: eve}\n"
    )


@given(st.text(min_size=1).map(one_line).filter(bool), st.booleans())
def test_any_text_reads_back(text: str, flow: bool) -> None:
    written = scalar(text, flow=flow)
    assert read(f"x: [{written}]" if flow else f"x: {written}") == {"x": [text] if flow else text}


@pytest.mark.parametrize(
    "text", ["yes", "true", "2013", "2013-11-18", "~", "a: b", "a #b", "- a", "%x", "{x}", '"', "?"]
)
def test_words_with_a_meaning_in_yaml_stay_words(text: str) -> None:
    assert read(f"x: {scalar(text)}") == {"x": text}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which carriers cancel the most flights?", "carriers-cancel-most-flights"),
        ("What share of Newark's flights leaves on time?", "share-newark-flights-leaves-time"),
        ("Où en est le café à Orly?", "ou-en-est-le-cafe-orly"),
    ],
)
def test_name_of_a_file_says_what_it_asks(question: str, name: str) -> None:
    assert ask_file_name(question, ()) == name


def test_question_in_another_script_has_a_name_too() -> None:
    assert ask_file_name("何便が遅れましたか", ()) == ask_file_name("何便が遅れましたか", ())
    assert ask_file_name("何便が遅れましたか", ()).startswith("question-")
    assert ask_file_name("何便が遅れましたか", ()) != ask_file_name("何便が早いですか", ())


def test_name_that_is_taken_gets_a_number() -> None:
    assert (
        ask_file_name("Flights cancelled?", {"flights-cancelled", "flights-cancelled-2"})
        == "flights-cancelled-3"
    )


FORMS = {
    "flow items": (
        "question: Q\nasked:\n  - {on: 2013-11-04, by: eve}  # first\nowner: sam  # who\n"
    ),
    "block items": "asked:\n- on: 2013-11-04\n  by: eve\n\n# later\nquestion: Q\n",
    "flow list": "question: Q\nasked: [{on: 2013-11-04, by: eve}]\n",
    "no last newline": "question: Q\nasked:\n  - {on: 2013-11-04, by: eve}",
    "windows": "question: Q\r\nasked:\r\n  - {on: 2013-11-04, by: eve}\r\nowner: sam\r\n",
    "folded": "asked:\n  - {on: 2013-11-04, by: eve}\nquestion: >\n  Which of them\n  is late?\n",
    "all in one line": "{question: Q, asked: [{on: 2013-11-04, by: eve}]}\n",
    "comment at the end": (
        "question: Q\nasked:\n  - by: eve\n    on: 2013-11-04\n    # said in passing\n# end\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_asking_is_added_and_nothing_else_moves(form: str) -> None:
    before = FORMS[form]
    after = with_new_ask(before, MORE)
    assert read(after)["asked"] == [
        *read(before)["asked"],
        {"on": "2013-11-18", "by": "maria", "via": "Monday meeting"},
    ]
    assert _without_insertion(before, after) in (before, f"{before}\n")
    assert ("\r\n" in before) == ("\r\n" in after)


@pytest.mark.parametrize("form", FORMS)
def test_answer_is_added_and_nothing_else_moves(form: str) -> None:
    before = FORMS[form]
    after = with_answer(before, "late_share")
    assert read(after) == {**read(before), "answered_by": "late_share"}
    assert _without_insertion(before, after) in (before, f"{before}\n")


def _without_insertion(before: str, after: str) -> str:
    """What is left of `after` where the one stretch that is new is taken out."""
    start = 0
    while start < len(before) and before[start] == after[start]:
        start += 1
    return after[:start] + after[start + len(after) - len(before) :]


def test_what_is_no_mapping_is_left_alone() -> None:
    with pytest.raises(SharekitError, match="not a YAML mapping"):
        with_new_ask("- a\n", MORE)
