"""The pages on which the outbox is looked at before anything is sent."""

from __future__ import annotations

from sharekit.mail.envelope import content_id
from sharekit.mail.outbox_pages import OutboxMail, outbox_pages

EVIL = "<script>alert(1)</script>"
PNG = b"\x89PNG"


def pages(*mails: OutboxMail) -> dict[str, str]:
    return {page.path: page.content.decode() for page in outbox_pages(mails)}


def test_each_announcement_is_shown_with_who_gets_it() -> None:
    html = f'<p>Hello</p><img src="cid:{content_id(PNG)}">'
    found = pages(
        OutboxMail(
            "jfk.1.ab", "OKR revised: JFK", (("jonas", "jfk.1.ab.jonas.eml"),), html, PNG, ("eve",)
        )
    )
    assert set(found) == {"index.html", "jfk.1.ab.html"}
    assert "Outbox: 1 message<" in found["index.html"]
    assert '<a href="jfk.1.ab.jonas.eml">jonas</a>' in found["index.html"]
    assert "Without an address: eve." in found["index.html"]
    assert 'src="data:image/png;base64,' in found["jfk.1.ab.html"]
    assert "cid:" not in found["jfk.1.ab.html"]


def test_nobodys_words_become_markup() -> None:
    index = pages(OutboxMail(f"k{EVIL}", EVIL, ((EVIL, "a%22.eml"),), "<p>x</p>", None, (EVIL,)))[
        "index.html"
    ]
    assert EVIL not in index
    assert "script-src" not in index
    assert "default-src 'none'" in index
    assert 'href="a%2522.eml"' in index


def test_an_empty_outbox_says_so() -> None:
    assert "nothing to announce" in pages()["index.html"]


def test_what_an_earlier_run_left_has_no_page_of_its_own() -> None:
    found = pages(OutboxMail("jfk.1.ab", "OKR revised: JFK", (("jonas", "x.eml"),)))
    assert set(found) == {"index.html"}
    assert "Left unfinished by an earlier run." in found["index.html"]
