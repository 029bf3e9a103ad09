"""People's words on a page: Markdown that can do nothing, SQL as it was written, addresses that
keep their word."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from page_facts import PageFacts

from sharekit.escape import document
from sharekit.site import links
from sharekit.site.prose import Markdown, TextPage
from sharekit.site.sqltext import DiffRow, DiffSide, highlighted, side_by_side

MARKDOWN = Markdown()


def page() -> TextPage:
    return TextPage(lambda address: f"../{address}" if address.endswith(".sql") else None)


def html(text: str) -> str:
    return str(MARKDOWN.block(text, page()))


# -- Markdown -------------------------------------------------------------------------------------


def test_html_in_the_text_is_text() -> None:
    found = html('<script>alert(1)</script>\n\n<b onclick="x">bold</b> &amp; <!-- c -->')
    assert "<script" not in found
    assert "<b" not in found
    assert "&lt;script&gt;" in found


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "&#106;avascript:alert(1)", "vbscript:x",
        "data:text/html,<script>alert(1)</script>", "data:image/svg+xml,<svg onload=alert(1)>", "file:///etc/passwd",
        "//evil.example/x", "\\\\evil.example\\x", "/\\evil.example", "java%0Ascript:x", " javascript:x", "x:y",
    ],
)  # fmt: skip
def test_an_address_that_could_do_harm_is_no_link(address: str) -> None:
    for text in (
        f"[words]({address})",
        f"[words](<{address}>)",
        f"<{address}>",
        f"![words]({address})",
        f"[words][1]\n\n[1]: {address}",
    ):
        assert "href" not in html(text), text
        assert "src" not in html(text), text


def test_links_to_other_sites_and_to_declared_files() -> None:
    assert (
        html("[web](https://a.example/?q=1&r=2)")
        == '<p><a href="https://a.example/?q=1&amp;r=2" rel="noopener">web</a></p>'
    )
    assert html("[mail](mailto:a@b.example)") == '<p><a href="mailto:a@b.example">mail</a></p>'
    assert html("[file](a/b.sql)") == '<p><a href="../a/b.sql">file</a></p>'
    assert html("[gone](a/b.md)") == "<p>gone</p>"
    assert html("[here](#why)") == '<p><a href="#why">here</a></p>'
    assert html('[quote](https://a.example/"onclick=alert(1))').count('"') == 4


def test_pictures_are_asked_of_nobody() -> None:
    assert (
        html("![A chart](https://t.example/p.png)")
        == '<p><a href="https://t.example/p.png" rel="noopener">A chart</a></p>'
    )
    assert html("![A chart](p.png)") == "<p>A chart</p>"
    assert html("[![A chart](https://t.example/p.png)](https://a.example)").count("<a ") == 1


def test_headings_begin_below_the_title_and_have_ids_of_their_own() -> None:
    where = page()
    first = MARKDOWN.block("# Why\n\n## Why\n\n### main", where)
    assert re.findall(r'<h(\d) id="([^"]+)"', first) == [
        ("2", "why"),
        ("2", "why-1"),
        ("3", "main-1"),
    ]
    assert 'id="why-2"' in MARKDOWN.block("# Why", where), "ids are one page's"


def test_tables_have_no_style_and_code_can_be_scrolled() -> None:
    found = html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert "style" not in found
    assert '<td class="n">2</td>' in found
    assert html("```sql\nSELECT '<x>'\n```").startswith(
        '<pre class="sql" tabindex="0" role="group" aria-label="SQL">'
    )


def test_a_live_number_stands_only_where_words_stand() -> None:
    text = "{{x}} [a](https://a.example/{{x}}) ![{{x}}](https://a.example/y) [b][{{x}}] `{{x}}`"
    number = Markup('<span class="live">9</span>')
    spots = [(found.start(), found.end(), number) for found in re.finditer(r"\{\{x\}\}", text)]
    found = str(MARKDOWN.with_numbers(text, spots[:4], page()))
    assert found.startswith(f"<p>{number} a <a")
    assert re.findall(r'href="([^"]*)"', found) == ["https://a.example/y"], (
        "an address cannot hold one"
    )
    assert found.count(str(number)) == 2
    assert not set("\ue000\ue001") & set(found)
    assert "<code>{{x}}</code>" in found


@given(st.text(alphabet=st.sampled_from("<>\"'`[]()!*_#|-:/\\{}&;jas\ue000\ue0010 \n\tonx=")))
def test_no_markdown_makes_an_element_of_its_own(text: str) -> None:
    facts = PageFacts(f"<main>{MARKDOWN.block(text, page())}</main>")
    assert facts.faults == []
    allowed = "main p a em strong s code pre blockquote ul ol li br hr h2 h3 h4 h5 h6 table thead tbody tr th td div"
    assert {element.tag for element in facts.elements} <= set(allowed.split())
    for element in facts.elements:
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
        assert links.is_safe(element.attrs.get("href", ""))


# -- SQL ------------------------------------------------------------------------------------------


@given(st.text())
def test_highlighting_changes_no_letter(sql: str) -> None:
    plain = re.sub(r"</?span[^>]*>", "", str(highlighted(sql)))
    assert Markup(plain).unescape() == document(sql)
    assert "<script" not in highlighted(sql)


def test_keywords_strings_and_comments_are_marked() -> None:
    found = str(
        highlighted("SELECT week, o.\"from\", 'it''s' FROM t -- <i>\nWHERE o.order = 1 /* x */")
    )
    assert re.findall(r'<span class="k">(\w+)</span>', found) == ["SELECT", "FROM", "WHERE"]
    assert '<span class="s">&#39;it&#39;&#39;s&#39;</span>' in found
    assert '<span class="c">-- &lt;i&gt;</span>' in found
    assert '<span class="c">/* x */</span>' in found


def test_side_by_side_pairs_the_lines_that_were_edited() -> None:
    rows = side_by_side(
        "select a\nfrom b\nwhere x = 1", "select a\nfrom b\njoin c using (k)\nwhere x = 2"
    )
    assert [(row.before.number, row.before.sign, row.after.number, row.after.sign) for row in rows] == [
        (1, "", 1, ""), (2, "", 2, ""), (None, "", 3, "+"), (3, "\N{MINUS SIGN}", 4, "+"),
    ]  # fmt: skip
    assert [text for text, changed in rows[3].before.parts if changed] == ["1"]
    assert [text for text, changed in rows[3].after.parts if changed] == ["2"]


def test_long_stretches_without_a_change_are_left_out() -> None:
    same = [f"line {n}" for n in range(40)]
    rows = side_by_side("\n".join([*same, "a"]), "\n".join([*same, "b"]))
    assert [row.skipped for row in rows if row.skipped] == [36]
    assert rows[1] == DiffRow(
        DiffSide(37, "", (("line 36", False),)), DiffSide(37, "", (("line 36", False),))
    )


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(["a", "b", "c = 1", "c = 2", ""])),
    st.lists(st.sampled_from(["a", "b", "c = 1", "c = 2", ""])),
)
def test_both_versions_can_be_read_back(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    rows = side_by_side(old, new)
    if any(row.skipped for row in rows):
        return

    def read(sides: list[DiffSide]) -> str:
        return "\n".join(
            "".join(text for text, _ in side.parts) for side in sides if side.number is not None
        )

    assert read([row.before for row in rows]) == old.strip("\n")
    assert read([row.after for row in rows]) == new.strip("\n")


# -- addresses ------------------------------------------------------------------------------------


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_id_has_a_file_of_its_own(one: str, other: str) -> None:
    slug = links.slug(one)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", slug)
    assert ".." not in slug
    assert slug != "index"
    assert (slug == links.slug(other)) == (one == other)


def test_addresses_are_relative_to_the_page() -> None:
    assert links.href("index.html", "metrics/orders.html") == "metrics/orders.html"
    assert links.href("metrics/orders.html", "okrs/x.html", "r 3") == "../okrs/x.html#r%203"
    assert links.href("dashboards/a/b.html", "index.html") == "../../index.html"
    assert links.href("okrs/x.html", "okrs/x.html", "r3") == "#r3"
    assert links.dashboard_page("board/merger") == "dashboards/board/merger.html"
    assert links.numbered_page("metrics/index.html", 2) == "metrics/all/2.html"
    assert links.numbered_page("changes.html", 3) == "changes/all/3.html"
    assert links.absolute("https://x.example/a", "feed.xml") == "https://x.example/a/feed.xml"


PATHS = st.lists(st.sampled_from(["a", "b", "c d"]), min_size=1, max_size=4).map("/".join)


@given(PATHS, PATHS)
def test_relative_addresses_are_those_of_the_standard_library(page: str, target: str) -> None:
    way = posixpath.relpath(f"{target}.html", posixpath.dirname(page) or ".")
    assert links.href(page, f"{target}.html") == quote(way)


def test_a_mail_is_written_in_advance_and_says_nothing_more() -> None:
    found = links.mailto("a@b.example?cc=x@y.example", "100% & more\r\nBcc: x@y.example")
    assert (
        found
        == "mailto:a@b.example%3Fcc%3Dx@y.example?subject=100%25%20%26%20more%0D%0ABcc%3A%20x%40y.example"
    )
