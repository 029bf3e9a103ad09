"""Cards for other sites' pages: what they say, and how they behave in a real frame of a real
browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from browser import CSP, Opened
from page_facts import PageFacts, words
from test_site_browser import accessibility_faults

from sharekit.artifacts import Artifact
from sharekit.terminal.summary import artifact_counts

Tree = Mapping[str, bytes]
Open = Callable[..., Opened]
Serve = Callable[[Path], str]

EVERY = (
    "on_time", "orders", "runway", "largest", "failed_payments", "never_ran", "active_offices", "churn", "launch",
    "margin", "cac",
)  # fmt: skip


def card(tree: Tree, name: str) -> PageFacts:
    return PageFacts(tree[f"embed/{name}.html"].decode())


def test_every_number_and_key_result_has_a_card(tree: Tree) -> None:
    data = {path[5:-5] for path in tree if path.startswith("data/") and path.endswith(".json")}
    assert {path[6:-5] for path in tree if path.startswith("embed/")} == data


def test_a_card_says_value_change_target_and_age(tree: Tree) -> None:
    orders = card(tree, "orders")
    assert orders.text.startswith("Paid orders 2,790 orders +0.5% on the week before")
    assert (
        words(orders.one("p", "card__foot"))
        == "Kettlewick, Team 1 Target 2,600 orders Week to 15 Nov 2026"
    )


def test_a_card_of_a_key_result_says_its_status_by_word_and_shape(tree: Tree) -> None:
    offices = card(tree, "active_offices")
    assert words(offices.one("p", "status--risk")) == "At risk 0.37"
    assert offices.one("p", "status--risk").text.strip()
    assert b'<svg class="i"' in tree["embed/active_offices.html"]


def test_old_and_missing_values_are_called_so(tree: Tree) -> None:
    assert (
        words(card(tree, "on_time").one("span", "stale"))
        == "Week to 15 Nov 2026, data of 18 Nov 2026, stale: limit 2 days"
    )
    assert (
        words(card(tree, "failed_payments").one("span", "stale"))
        == "Week to 15 Nov 2026, data of 21 Nov 2026, stale: not updated"
    )
    never = card(tree, "never_ran")
    assert "no data It could not be computed." in never.text
    assert words(never.one("span", "stale")) == "No value yet"


def test_a_card_of_rows_shows_the_first_ones(tree: Tree) -> None:
    largest = card(tree, "largest")
    assert words(largest.one("table")).startswith(
        "Ordered on Office € 20 Nov 2026 Quist & Co 980.5 19 Nov 2026"
    )
    assert not largest.all("p", "card__v")


def test_a_card_is_a_page_by_itself_that_nobody_indexes(tree: Tree) -> None:
    for name in EVERY:
        page = card(tree, name)
        metas = {
            e.attrs.get("name") or e.attrs.get("http-equiv"): e.attrs.get("content")
            for e in page.all("meta")
        }
        assert page.faults == []
        assert metas["robots"] == "noindex"
        assert metas["Content-Security-Policy"] == CSP
        links = [e.attrs for e in page.all("a")]
        assert [link["target"] for link in links] == ["_top"]
        assert links[0]["href"].removeprefix("../") in tree
        assert not page.all("nav")
        assert not page.all("form")
        assert len(tree[f"embed/{name}.html"]) < 6000


# -- in a frame -----------------------------------------------------------------------------------


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """wiki(body) -> address of a page of another origin, without any policy of ours."""
    servers: list[ThreadingHTTPServer] = []

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(tmp_path), **kwargs)

        def log_message(self, format: str, *args: object) -> None:
            """What matters is what the page says."""

    def serve(body: str) -> str:
        text = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Wiki</title>'
        (tmp_path / "wiki.html").write_text(
            f"{text}<main><h1>Wiki</h1>{body}</main></html>", encoding="utf-8"
        )
        server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/wiki.html"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def frame(address: str, title: str = "Paid orders", extra: str = "") -> str:
    return f'<iframe src="{address}" title="{title}" width="320" height="180" style="border:0"{extra}></iframe>'


PAPER = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(28, 28, 26)"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("script", [True, False])
def test_cards_stand_in_frames_of_another_site(
    open_page: Open,
    strict_server: Serve,
    wiki: Callable[[str], str],
    folder: Path,
    dark: bool,
    script: bool,
) -> None:
    base = strict_server(folder)
    host = wiki("".join(frame(f"{base}embed/{name}.html", name) for name in EVERY))
    opened = open_page(host, dark=dark, script=script)
    assert opened.trouble == []
    assert {address.split("/")[2] for address in opened.requests if not address.startswith("data:")} <= {
        base.split("/")[2], host.split("/")[2],
    }  # fmt: skip
    inside = [part for part in opened.page.frames if "/embed/" in part.url]
    assert len(inside) == len(EVERY)
    for card in inside:
        assert card.evaluate(PAPER) == (DARK if dark else LIGHT), "the reader's colours"
        room, high = card.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert (room, high) == (320, 180), card.url
        foot = card.locator(".card__foot").bounding_box()
        top = card.locator("main").bounding_box()
        assert foot["y"] + foot["height"] <= top["y"] + top["height"], card.url
        parts = [
            card.locator(part).first.bounding_box()
            for part in ("h1", "h1 + div", "h1 + div + div", ".card__foot")
        ]
        assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in pairwise(parts)), card.url
    if script:
        assert accessibility_faults(opened.page) == []


@pytest.mark.slow
@pytest.mark.parametrize("reader", [False, True])
@pytest.mark.parametrize(
    ("asked", "paper"), [("?theme=dark", DARK), ("#dark", DARK), ("?theme=light", LIGHT)]
)
def test_the_host_may_choose_the_look(
    open_page: Open,
    strict_server: Serve,
    wiki: Callable[[str], str],
    folder: Path,
    reader: bool,
    asked: str,
    paper: str,
) -> None:
    host = wiki(frame(f"{strict_server(folder)}embed/orders.html{asked}"))
    opened = open_page(host, dark=reader)
    assert opened.page.frames[1].evaluate(PAPER) == paper
    assert opened.trouble == []


@pytest.mark.slow
def test_the_link_leaves_the_frame(
    open_page: Open, strict_server: Serve, wiki: Callable[[str], str], folder: Path
) -> None:
    base = strict_server(folder)
    opened = open_page(wiki(frame(f"{base}embed/orders.html")))
    opened.page.frames[1].click("text=Paid orders")
    opened.page.wait_for_url(f"{base}metrics/orders.html")
    assert opened.page.inner_text("h1") == "Paid orders"


@pytest.mark.slow
def test_a_frame_that_allows_nothing_still_shows_the_card(
    open_page: Open, strict_server: Serve, wiki: Callable[[str], str], folder: Path
) -> None:
    opened = open_page(
        wiki(frame(f"{strict_server(folder)}embed/active_offices.html", extra=" sandbox")),
        script=False,
    )
    inside = opened.page.frames[1]
    assert inside.locator(".card__v").inner_text() == "2,020 offices"
    assert inside.locator("h1").evaluate("e => getComputedStyle(e).fontWeight") == "600", (
        "with its style sheet"
    )


SIZES = [
    (320, 180, False),
    (320, 180, True),
    (640, 400, False),
    (240, 120, False),
    (1440, 900, True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "dark"), SIZES)
def test_a_card_fits_what_it_is_given(
    open_page: Open, folder: Path, width: int, height: int, dark: bool
) -> None:
    for name in ("orders", "active_offices", "largest", "on_time"):
        opened = open_page(folder / "embed" / f"{name}.html", width=width, height=height, dark=dark)
        assert opened.trouble == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert accessibility_faults(opened.page) == []


@pytest.mark.slow
def test_a_card_works_from_a_file_and_is_printed_on_white(open_page: Open, folder: Path) -> None:
    opened = open_page(
        f"{(folder / 'embed' / 'orders.html').resolve().as_uri()}?theme=dark", width=320, height=180
    )
    assert opened.page.evaluate(PAPER) == DARK
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate(PAPER) == LIGHT
    assert opened.trouble == []


# -- what the number's own page offers ------------------------------------------------------------


@pytest.mark.slow
def test_a_page_offers_what_to_paste_and_what_to_fetch(
    open_page: Open, strict_server: Serve, folder: Path
) -> None:
    opened = open_page(strict_server(folder) + "metrics/orders.html")
    page = opened.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    home = "https://numbers.kettlewick.example/team"
    card = (
        f'<iframe src="{home}/embed/orders.html" title="Paid orders" width="320" height="180" loading="lazy"'
        ' style="border:0"></iframe>'
    )
    wanted = {
        "the Markdown of the badge": f"[![Paid orders]({home}/badges/orders.svg)]({home}/metrics/orders.html)",
        "the HTML of the card": card,
        "the address of the JSON": f"{home}/data/orders.json",
        "the address of the CSV": f"{home}/data/orders.csv",
        "the address of the Markdown": f"{home}/metrics/orders.md",
    }
    assert not page.is_visible("#embed")
    page.click("button:has-text('Embed')")
    for name, text in wanted.items():
        page.click(f"#embed button:has-text('{name}')")
        assert page.evaluate("navigator.clipboard.readText()") == text
    assert opened.trouble == []


@pytest.mark.slow
def test_without_an_address_nothing_is_offered_to_paste() -> None:
    import site_sample
    from site_sample import render_site

    config = site_sample.FILES["sharekit.toml"].replace(
        'url = "https://numbers.kettlewick.example/"\n', ""
    )
    site = site_sample.site("team", {**site_sample.FILES, "sharekit.toml": config})
    tree = {artifact.path: artifact.content for artifact in render_site(site)}
    page = PageFacts(tree["metrics/orders.html"].decode())
    assert not page.all("div", "snippet")
    assert not [e for e in page.all("button") if "data-copy" in e.attrs]
    assert "declare url under [project]" in page.text
    hrefs = {e.attrs.get("href") for e in page.all("a")}
    assert {
        "../data/orders.json",
        "../data/orders.csv",
        "orders.md",
        "../embed/orders.html",
    } <= hrefs
    assert b"canonical" not in tree["embed/orders.html"]
    assert "](metrics/orders.md): How many orders were paid?" in tree["llms.txt"].decode()


@pytest.mark.slow
def test_titles_cannot_leave_what_is_pasted() -> None:
    from test_site_hostile import EVIL, build

    page = PageFacts(build()["metrics/evil.html"].decode())
    html = next(e for e in page.all("pre") if e.attrs.get("id") == "card-html").text
    pasted = PageFacts(html)
    assert [e.tag for e in pasted.elements] == ["iframe"]
    assert pasted.elements[0].attrs["title"] == EVIL
    assert escape("<script>") in html


def test_a_build_counts_its_pages_without_their_other_forms(tree: Tree) -> None:
    pages = json.loads(tree["sharekit.json"])["pages"]
    assert artifact_counts(Artifact(path, content) for path, content in tree.items()).startswith(
        f"{len(pages)} pages, "
    )


@pytest.mark.slow
def test_words_without_end_stay_in_the_frame(open_page: Open, tmp_path: Path) -> None:
    from site_files import write
    from test_site_hostile import build

    write(
        {path: text for path, text in build().items() if path.startswith(("embed/", "assets/"))},
        tmp_path,
    )
    for name in ("evil", "kr", "rows"):
        page = open_page(tmp_path / "embed" / f"{name}.html", width=320, height=180).page
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
