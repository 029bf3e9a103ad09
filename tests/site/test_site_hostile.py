"""A project whose every text tries to be something else: on its pages all of it is text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from xml.etree import ElementTree

import pytest
import site_sample
from page_facts import PageFacts
from site_revisions import _told
from site_sample import render_site

from sharekit.numbers.results import Column, Rows
from sharekit.project.shapes import RevisionNote
from sharekit.records import replace
from sharekit.revisions.revision import EffectStep, FieldChange, Impact, SqlChange

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"`{{7*7}}{% raw %}]]><!--"
QUOTED = json.dumps(EVIL)
FILES = {
    "sharekit.toml": f"""
[project]
name = {QUOTED}
as_of = 2026-11-22
repository = "javascript:alert(1)//"
url = "https://x.example/?a=\\"><script>"

[people.eve]
name = {QUOTED}
email = "eve@x.example"
role = {QUOTED}

[audiences.all]
title = {QUOTED}
members = ["eve"]

[site]
ask_email = "a@b.example\\"><script>"
""",
    "metrics/evil.sql": f"""/* ---
title: {QUOTED}
question: {QUOTED}
description: {QUOTED}
synonyms: [{QUOTED}]
tags: [{QUOTED}]
owner: eve
unit: {QUOTED}
grain: week
dimensions: [part]
total: sum
max_age: 8 days
--- */
SELECT week, part, '{EVIL.replace("'", "''").replace("*/", "")}' AS x, 1 AS value -- </pre><script>alert(3)</script>
""",
    "metrics/rows.sql": f"/* ---\ntitle: {QUOTED}\nkind: table\nowner: eve\n--- */\nSELECT 1\n",
    "metrics/okrs/q/objective.md": f"""---
title: {QUOTED}
owner: eve
period: 2026-Q4
challenges: {QUOTED}
plan: [{QUOTED}]
help_wanted: [{{what: {QUOTED}, who: eve, how_much: {QUOTED}, by: 2026-12-01}}]
decisions: [{{what: {QUOTED}, by: 2026-11-20}}, {{what: {QUOTED}, decided: {QUOTED}}}]
offers: [{{what: {QUOTED}}}]
---
{EVIL} [a](javascript:alert(1)) <script>alert(4)</script>
""",
    "metrics/okrs/q/kr.sql": f"""/* ---
title: {QUOTED}
owner: eve
grain: week
type: increase
baseline: 1
target: 9
challenges: [{QUOTED}, "[x](javascript:alert(1))"]
plan: {QUOTED}
help_wanted: {QUOTED}
decisions: {QUOTED}
revisions:
  - {{date: 2026-11-20, reason: was_wrong, why: {QUOTED}, we_will: {QUOTED}}}
--- */
SELECT week, value FROM t
""",
    "dashboards/evil.md": f"""---
title: {QUOTED}
description: {QUOTED}
owner: eve
---
{EVIL}

# {EVIL}

{{{{ evil }}}} {{{{ evil[{EVIL[:8]}] }}}} [x](data:text/html,y) ![x](https://t.example/p.png)

```metrics
- {{id: evil, chart: line, by: part, title: {QUOTED}}}
- evil
- kr
```

```table
id: rows
title: {QUOTED}
```

```changes
```

```okrs
```
""",
}
Tree = Mapping[str, bytes]


def build() -> Tree:
    """The tree of the hostile project."""
    members = [f"{EVIL}\u2028", "=cmd()", "a b", "</title>"]
    columns = (
        site_sample.DAY,
        Column("part", "VARCHAR", "text"),
        Column("x", "VARCHAR", "text"),
        site_sample.NUMBER,
    )
    evil = Rows(
        columns,
        tuple(
            (week, part, "", 1.0 + at)
            for week in site_sample.WEEKS
            for at, part in enumerate(members)
        ),
    )
    table = Rows((Column(EVIL, "VARCHAR", "text"),), ((f"{EVIL}\u2029",), ("=HYPERLINK(1)",)))
    rows = {"evil": lambda: evil, "rows": lambda: table, "kr": lambda: site_sample._series(1, 8)}
    site = site_sample.site("all", FILES, told=False, rows=rows)
    note = RevisionNote(date=date(2026, 11, 21), reason="scope", why=EVIL, we_will=EVIL)
    points = site.results.results["kr"].reading.series[-5:]  # type: ignore[union-attr]
    told = _told(
        "kr", EVIL, "eve", "redefined retargeted", 11, 21, audience="all", note=note, number=2,
        fields=(FieldChange("target", EVIL, [EVIL]), FieldChange(EVIL, {EVIL: EVIL}, None)),
        sql_changes=(SqlChange("+", f"`{EVIL}` {EVIL}", EVIL),),
        sql_before=f"SELECT '{EVIL}'", sql_after=f"SELECT 1\n-- {EVIL}",
        impact=Impact(1, 2, 3, 0, 1, old_series=points, new_series=points, steps=(EffectStep(EVIL, 1),),
                      unavailable=EVIL),
    )  # fmt: skip
    return {each.path: each.content for each in render_site(replace(site, revisions=(told,)))}


@pytest.fixture(scope="module")
def hostile() -> Tree:
    return build()


def test_the_project_could_be_read() -> None:
    assert site_sample.manifest(FILES).problems == ()


def test_no_text_becomes_an_element(hostile: Tree) -> None:
    for path, content in hostile.items():
        if not path.endswith(".html"):
            continue
        page = PageFacts(content.decode())
        assert page.faults == [], path
        for element in page.elements:
            assert element.attrs.get("onerror") is None, path
            assert not [name for name in element.attrs if name.startswith("on")], path
            if element.tag == "script":
                assert "src" in element.attrs or element.attrs.get("type") == "application/json", (
                    path
                )
            if element.tag == "img":
                assert element.attrs["src"].startswith(("badges/", "../badges/")), path
            for attribute in ("href", "src", "action"):
                address = element.attrs.get(attribute, "").strip().lower()
                assert not address.startswith(("javascript:", "data:", "vbscript:")), path


def test_every_text_is_there_to_be_read(hostile: Tree) -> None:
    page = PageFacts(hostile["metrics/evil.html"].decode())
    assert EVIL in page.one("h1").text
    assert page.all("title")[0].text.startswith(EVIL)


def test_templates_run_nothing_they_are_given(hostile: Tree) -> None:
    assert not [
        path
        for path, content in hostile.items()
        if b"{{7*7}}" not in content and b">49<" in content
    ]
    assert b"{{7*7}}" in hostile["index.html"]


def test_data_travels_in_scripts_without_leaving_them(hostile: Tree) -> None:
    found = 0
    for path, content in hostile.items():
        for inside in re.findall(
            r'<script type="application/json"[^>]*>(.*?)</script>', content.decode(), re.S
        ):
            json.loads(inside)
            assert not set(inside) & set("<>\u2028\u2029"), path
            found += 1
    assert found
    index = hostile["search-index.js"].decode()
    assert not set(index) & set("<>\u2028\u2029")
    assert json.loads(index.partition(" = ")[2].rstrip().rstrip(";"))[0]["name"] == EVIL


def test_images_and_feeds_are_well_formed(hostile: Tree) -> None:
    for path, content in hostile.items():
        if path.endswith((".svg", ".xml")):
            root = ElementTree.fromstring(content)
            assert not [each for each in root.iter() if each.tag.endswith("script")], path
    for path, content in hostile.items():
        for drawing in re.findall(
            r"<svg [^>]*viewBox[^>]*(?<!/)>.*?</svg>",
            content.decode() if path.endswith(".html") else "",
            re.S,
        ):
            ElementTree.fromstring(drawing)


def test_the_csv_runs_nothing(hostile: Tree) -> None:
    assert b"'=HYPERLINK(1)" in hostile["data/rows.csv"]
    assert b"'=cmd()" in hostile["data/evil.csv"]


def test_every_path_is_plain(hostile: Tree) -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", path) and ".." not in path for path in hostile)
