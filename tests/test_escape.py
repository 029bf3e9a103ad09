"""Every payload at every destination: it stays text there, and nothing that cannot be seen is raw.

Each destination is read back by a reader of its own kind, not by the writer's rules."""

from __future__ import annotations

import ast
import csv as csv_module
import io
import json
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sampling import mostly_slow
from source_trees import PACKAGE, SOURCES, nodes

from sharekit import escape

PAYLOADS = {
    **{f"C0 {code:02x}": f"a{chr(code)}b" for code in range(32)},
    **{f"C1 {code:02x}": f"a{chr(code)}b" for code in range(0x7F, 0xA0)},
    **{
        f"direction {ord(sign):04x}": f"a{sign}b"
        for sign in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    },
    **{
        f"invisible {ord(sign):04x}": f"a{sign}b"
        for sign in "\u180e\u200b\u200c\u200d\u2060\u2064\ufeff\ufff9\U000e0041\u2028\u2029"
    },
    "half character": "a\ud800b",
    "no character": "a\uffffb",
    "screen": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "open isolate": "\u2067abc",
    "order": "invoice_\u202egnp.exe",
    "lines": "a\r\nb\nc\rd",
    "formula": "=cmd|' /C calc'!A0",
    "formula after blanks": "  =1+1",
    "formula after a line": "\n=1+1",
    "formula, full width": "\uff1d1+1",
    "formula, plus": "+1+1",
    "formula, minus": "-1+1",
    "formula, at": "@SUM(1)",
    "formula, tab": "\t=1",
    "comment": "<!-- a --> <!--",
    "script": "</script><script>alert(1)</script>",
    "attribute": "\" onload='alert(1)' x=`y`",
    "cdata": "]]><b>",
    "entity": "&lt;b&gt; &amp;amp;",
    "link": "x](javascript:alert(1)) [y](https://e.example)",
    "image": "![p](https://t.example/p.png)",
    "ticks": "`a` ``b``` ~~~",
    "cell": "a|b\\|c",
    "command": "::error file=x::forged",
    "command, later": "words\n  ::add-mask::words\n::stop-commands::x",
    "command, old": "##[error]forged ##[add-mask]x",
    "mention": "<!channel> <@U1> <https://e.example|x> @here",
    "header": "Subject\r\nBcc: eve@e.example\r\n\r\nbody",
    "event": "x\r\nEND:VEVENT\r\nBEGIN:VEVENT;,\\",
    "address": 'https://e.example/" onclick="x?<y>',
}
NEEDED = {
    "family": "\U0001f469\u200d\U0001f680 and \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "flag": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "words": "Räume, 全日空 – 1 234 € × 2",
}
"""What looks like the above and is not."""

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\uffff\ud800-\udfff]")
ORDERS = re.compile("[\u202a-\u202e]|[\u2066-\u2068](?![^\u2066-\u2069]*\u2069)")
INVISIBLE = re.compile(
    "[\u180e\u200b\u2060-\u2064\ufff9-\ufffb]|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007e])[\U000e0020-\U000e007f]"
    "|[\u200c\u200d](?=[\x00-\x7f])|(?<=[\x00-\x7f])[\u200c\u200d]"
)
MARKS = re.compile("[\u061c\u200e\u200f]")


def test_a_terminal_shows_a_name_from_right_to_left_without_its_marks() -> None:
    name = "\u05d3\u05e0\u05d4"
    assert escape.terminal(f"Owner \u200e{name}\u200e, 4") == f"Owner {name}, 4"
    assert escape.terminal("a\u200eb") == "a\\u{200e}b"


def one_command(log: str) -> bool:
    """Whether what runs a CI job finds a command in its log; see ActionCommand of GitHub's
    runner."""
    return any(
        line.lstrip().startswith("::") and "::" in line.lstrip()[2:]
        for line in re.split("[\r\n]", log)
    ) or bool(re.search(r"##\[", log))


def terminal(text: str) -> None:
    shown = escape.terminal(text)
    assert not CONTROLS.search(shown)
    assert not MARKS.search(shown)
    assert not one_command(shown)
    assert escape.terminal(shown) == shown


def terminal_line(text: str) -> None:
    assert len(escape.terminal_line(text).splitlines()) <= 1


def workflow(text: str) -> None:
    data, name = escape.workflow_data(text), escape.workflow_property(text)
    assert "\n" not in data + name
    assert not re.search("[:,]", name)


def csv(text: str) -> None:
    out = io.StringIO()
    csv_module.writer(out).writerow(["first", escape.csv(text)])
    out.seek(0)
    ((first, cell),) = csv_module.reader(out)
    assert first == "first"
    assert cell.lstrip()[:1] not in ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert not one_command(cell)
    assert not MARKS.search(cell)


def json_file(text: str) -> None:
    made = escape.to_json({"a": [text]})
    assert json.loads(made) == {"a": [text]}, "the meaning stays"
    assert not MARKS.search(made)
    assert "\n" not in made
    assert not one_command(made)


def script(text: str) -> None:
    made = str(escape.script_json([text]))
    assert json.loads(made) == [text]
    assert not re.search("[<>&\u2028\u2029]", made)


def html(text: str) -> None:
    root = ElementTree.fromstring(f'<p title="{escape.html(text)}">{escape.html(text)}</p>')
    assert len(list(root)) == 0
    assert list(root.attrib) == ["title"]
    assert (root.text or "") == escape.document(text).replace("\r", "\n")


def svg(text: str) -> None:
    from sharekit.site.charts.svg import el

    root = ElementTree.fromstring(el("svg", el("text", text, class_=text)))
    assert [child.tag for child in root.iter()] == ["svg", "text"]


def markdown(text: str) -> None:
    from sharekit.site.markdown.write import inline_text

    tokens = MarkdownIt("commonmark", {"html": True}).parse(f"x {inline_text(text)}")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children or ()} <= {"text", "text_special"}


def markdown_address(text: str) -> None:
    made = f"[x]({escape.markdown_address('https://e.example/' + text)}) y"
    (_, inline, _) = MarkdownIt("commonmark").parse(made)
    assert inline.children is not None
    assert [child.content for child in inline.children if child.type == "text"] == ["x", " y"]


def url(text: str) -> None:
    made = escape.url_part(text)
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]*", made)
    assert unquote(made) == re.sub("[\ud800-\udfff]", "?", text)
    assert not re.search(r"[\s<>\"|]", escape.address(text))


def header(text: str) -> None:
    message = message_from_bytes(
        f"Subject: {escape.header(text)}\nX: y\n\n".encode(), policy=policy.default
    )
    assert list(message) == ["Subject", "X"]
    assert not MARKS.search(escape.header(text))


def mail_text(text: str) -> None:
    made = escape.mail_text(text)
    assert made.endswith("\n")
    made.encode()


def slack(text: str) -> None:
    made = escape.slack(text)
    assert not re.search("[<>]", made)
    assert not MARKS.search(made)


def calendar(text: str) -> None:
    made = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{escape.calendar(text)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    (event,) = icalendar.Calendar.from_ical(made).walk("VEVENT")
    assert list(event) == ["SUMMARY"]


def raw(write: Callable[[str], str]) -> Callable[[str], None]:
    """Of every destination: nothing that cannot be seen, or turns the order around, is raw."""

    def check(text: str) -> None:
        made = str(write(text))
        for pattern in (CONTROLS, ORDERS, INVISIBLE):
            assert not pattern.search(made), ascii(made)
        made.encode()

    return check


WRITERS: dict[str, Callable[[str], str]] = {
    "terminal": escape.terminal,
    "terminal line": escape.terminal_line,
    "CSV": escape.csv,
    "JSON": escape.to_json,
    "script": escape.script_json,
    "HTML": escape.html,
    "Markdown": escape.markdown,
    "Markdown address": escape.markdown_address,
    "URL": escape.url_part,
    "address": escape.address,
    "mail header": escape.header,
    "mail text": escape.mail_text,
    "chat": escape.chat,
    "Slack": escape.slack,
    "calendar": escape.calendar,
    "workflow data": escape.workflow_data,
    "workflow property": escape.workflow_property,
}
DESTINATIONS: dict[str, Callable[[str], None]] = {
    **{f"{name}, raw": raw(write) for name, write in WRITERS.items()},
    "terminal": terminal,
    "terminal line": terminal_line,
    "workflow command": workflow,
    "CSV": csv,
    "JSON": json_file,
    "script": script,
    "HTML": html,
    "SVG": svg,
    "Markdown": markdown,
    "Markdown address": markdown_address,
    "URL": url,
    "mail header": header,
    "mail text": mail_text,
    "Slack": slack,
    "calendar": calendar,
}


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_every_payload_stays_text_at_this_destination(destination: str) -> None:
    wrong = []
    for name, text in {**PAYLOADS, **NEEDED}.items():
        try:
            DESTINATIONS[destination](text)
        except AssertionError as error:
            wrong.append((name, str(error)[:200]))
    assert wrong == []


@pytest.mark.parametrize("destination", mostly_slow(DESTINATIONS, quick=8))
def test_any_text_stays_text_at_this_destination(destination: str) -> None:
    given(st.text(st.characters(codec=None), max_size=60))(DESTINATIONS[destination])()


@pytest.mark.parametrize(
    "writer", [name for name in WRITERS if "URL" not in name and "address" not in name]
)
def test_what_people_need_is_left_alone(writer: str) -> None:
    for text in NEEDED.values():
        made = str(WRITERS[writer](text))
        if writer == "calendar":
            text = text.replace("\u00a0", " ").replace(",", "\\,")
        if writer == "workflow property":
            text = text.replace(",", "%2C")
        assert text in made


# -- and nobody escapes in another way ------------------------------------------------------------

ELSEWHERE = {"html", "xml.sax.saxutils", "markupsafe.escape"}


def other_ways(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if {node.module, f"{node.module}.{alias.name}"} & ELSEWHERE:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno} imports {node.module}"
        elif (
            isinstance(node, ast.Call)
            and any(key.arg == "ensure_ascii" for key in node.keywords)
            and ast.unparse(node.func) == "json.dumps"
        ):
            yield f"{path.relative_to(PACKAGE)}:{node.lineno} writes JSON that is not ASCII"


def test_text_is_escaped_in_one_module() -> None:
    homes = {"escape.py"}
    # files that people edit, and the keys of caches: their text is read back, not shown
    homes |= {
        "project/scaffold/source.py",
        "project/scaffold/project.py",
        "project/scaffold/item.py",
    }
    homes |= {
        "asks/writing.py",
        "commands/checkin.py",
        "revisions/fields.py",
        "site/exact_text.py",
        "engines/duckdb/values.py",
    }
    paths = [path for path in SOURCES if path.relative_to(PACKAGE).as_posix() not in homes]
    assert [found for path in paths for found in other_ways(path)] == []


def test_a_page_is_cleaned_whatever_a_template_writes() -> None:
    """Markup that a view makes by itself goes through the same function in the end."""
    import inspect

    from sharekit.site import frame

    assert "escape.document(" in inspect.getsource(frame.PageRenderer.html)
    assert "escape.document(" in inspect.getsource(frame.PageRenderer.embed)
