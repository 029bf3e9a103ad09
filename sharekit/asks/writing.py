"""Questions as files: a new one, one more asking of an old one, and its answer. Pure: text in, text
out.

What a file holds already is kept to the byte: lines are put in at places that the YAML parser
gives, and the outcome is read back before it is handed out."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from datetime import date
from typing import Any

import yaml
from msgspec import Struct

from sharekit.asks.similar import IDLE
from sharekit.errors import SharekitError
from sharekit.project.manifest import Audiences
from sharekit.project.read.yaml_text import read_yaml
from sharekit.project.shapes import audience_text

FOLDER = "metrics/asks"
_WORDS = 6
_LONGEST = 60
_PLAIN = re.compile(r"[^\W_](?:[\w '’/.()&+?!-]*[\w)?!])?")
"""A first sieve for text that may stand without quotes; reading it back decides."""


class NewAsk(Struct, frozen=True):
    """One asking to write down."""

    on: date
    by: str
    via: str | None = None

    def item(self) -> str:
        """As an entry of `asked`: "{on: 2013-11-18, by: maria, via: Monday meeting}"."""
        via = f", via: {scalar(self.via, flow=True)}" if self.via else ""
        return f"{{on: {self.on.isoformat()}, by: {scalar(self.by, flow=True)}{via}}}"

    def value(self) -> dict[str, str]:
        return {"on": self.on.isoformat(), "by": self.by} | ({"via": self.via} if self.via else {})


def one_line(text: str) -> str:
    """Text in one line, without characters that nobody sees and YAML refuses."""
    return " ".join(
        "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split()
    )


def ask_file_name(question: str, used_names: Collection[str]) -> str:
    """A file name for a question: its words that say something; with a number where that name is
    used already."""
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in IDLE and len(word) > 1]
    name = "-".join(words[:_WORDS])[:_LONGEST].strip("-")
    if not name:
        name = f"question-{hashlib.sha256(question.encode()).hexdigest()[:8]}"
    number, free_name = 1, name
    while free_name in used_names:
        number += 1
        free_name = f"{name}-{number}"
    return free_name


def ask_file(
    question: str, new_ask: NewAsk, *, owner: str | None = None, audiences: Audiences = ()
) -> str:
    """The file of a new question."""
    lines = [f"question: {scalar(question)}", "asked:", f"  - {new_ask.item()}"]
    names = [scalar(name, flow=True) for name in audiences]
    lines += [f"owner: {scalar(owner)}"] if owner else []
    if names:
        lines.append(f"audience: {audience_text(tuple(names))}")
    return "\n".join((*lines, ""))


def with_new_ask(text: str, new_ask: NewAsk) -> str:
    """The same file with one more asking. Raises SharekitError where its form leaves no safe place
    for it."""
    root, before = _root(text), _values(text)
    items = next((value for key, value in root.value if key.value == "asked"), None)
    if isinstance(items, yaml.SequenceNode) and items.value:
        last = items.value[-1]
        if items.flow_style:
            written = _with_inserted(text, _end(last), f", {new_ask.item()}")
        else:
            written = _line_after(
                text, _end(last), f"{' ' * items.start_mark.column}- {new_ask.item()}"
            )
        expected = {**before, "asked": [*before["asked"], new_ask.value()]}
        if _values(written) == expected:
            return written
    raise SharekitError(
        "the question cannot be added automatically",
        hint=f"Add to `asked` by hand: {new_ask.item()}",
    )


def with_answer(text: str, item: str) -> str:
    """The same file with `answered_by`. Raises SharekitError where its form leaves no safe place
    for it."""
    root, before = _root(text), _values(text)
    if root.value:
        last = root.value[-1][1]
        if root.flow_style:
            written = _with_inserted(text, _end(last), f", answered_by: {scalar(item, flow=True)}")
        else:
            written = _line_after(
                text, _end(last), f"{' ' * root.start_mark.column}answered_by: {scalar(item)}"
            )
        if _values(written) == {**before, "answered_by": item}:
            return written
    raise SharekitError(
        "the answer cannot be added automatically", hint=f"Add by hand: answered_by: {item}"
    )


def scalar(text: str, *, flow: bool = False) -> str:
    """Text as YAML: as it is where that reads back as the same text, else in double quotes."""
    if _PLAIN.fullmatch(text):
        values = read_yaml(f"x: [{text}]" if flow else f"x: {text}", "")
        if not values.problems and values.value == {"x": [text] if flow else text}:
            return text
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if read_yaml(f"x: {quoted}", "").value == {"x": text} else json.dumps(text)


def _values(text: str) -> dict[str, Any]:
    values = read_yaml(text, "")
    return values.value if not values.problems and isinstance(values.value, dict) else {}


def _root(text: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        root = None
    if not isinstance(root, yaml.MappingNode):
        raise SharekitError(
            "the file is not a YAML mapping", hint="sharekit check shows what is wrong with it."
        )
    return root


def _end(node: yaml.Node) -> int:
    """Where a value ends, without the blank lines and comments that its end mark may take in."""
    while (
        isinstance(node, (yaml.MappingNode, yaml.SequenceNode))
        and not node.flow_style
        and node.value
    ):
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return int(node.end_mark.index)


def _with_inserted(text: str, at: int, what: str) -> str:
    return text[:at] + what + text[at:]


def _line_after(text: str, at: int, line: str) -> str:
    """`line` below the line on which position `at` is, in the file's own kind of line ends."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if at and text[at - 1] == "\n":
        return _with_inserted(text, at, line + newline)
    end = text.find("\n", at)
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return _with_inserted(text, end + 1, line + newline)
