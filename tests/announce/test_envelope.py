"""Mails as bytes: read back by Python's parser, by a strict one of our own, and by git's, which is
written in C."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import strict_mail
from gitrepos import environment
from golden import Golden
from hypothesis import given, settings
from hypothesis import strategies as st

from sharekit.escape import document
from sharekit.mail.envelope import (
    Mail,
    Mailbox,
    content_id,
    eml,
    header_text,
    is_address,
    message_id,
    needs_utf8,
    wire_address,
)
from sharekit.records import replace

HOST = "numbers.example.com"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
EXPECTED = Path(__file__).parent / "expected"


def mail(**changed: object) -> Mail:
    base = Mail(
        subject="OKR revised: JFK leaves on time",
        text="JFK leaves on time was counted wrong. It is 65.1%, not 71.4%.\n\nTarget  85% → 82%\n",
        html=(
            '<p>It is <b>65.1%</b>, not 71.4%. Target 85% → 82%</p><img alt=""'
            f' src="cid:{content_id(PNG)}">'
        ),
        image=PNG,
        sender=Mailbox("New York Airports", "numbers@ports.example"),
        to=Mailbox("Jonas Lind", "jonas@ports.example"),
        reply_to=Mailbox("Maria Okafor", "maria@ports.example"),
        date=datetime(2013, 11, 22, 9, 30, tzinfo=UTC),
        message_id=message_id("ny", "jfk_on_time.2.ab12", host=HOST),
        thread=message_id("ny", "thread", "jfk_on_time", host=HOST),
        earlier=(message_id("ny", "jfk_on_time.1.cd34", host=HOST),),
        list_name="Airport heads",
        list_id="airports.numbers.example.com",
        unsubscribe="numbers@ports.example",
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def python(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert [part.defects for part in parsed.walk()] == [[] for _ in parsed.walk()]
    return parsed


def git_reads(content: bytes, tmp_path: Path) -> tuple[dict[str, str], str]:
    """Subject, author, address and date as git's own parser sees them, and the text."""
    done = subprocess.run(
        ["git", "mailinfo", "-k", "--encoding=UTF-8", "message", "patch"],
        cwd=tmp_path, env=environment(), input=content, capture_output=True, check=True,
    )  # fmt: skip
    fields = dict(line.split(": ", 1) for line in done.stdout.decode().splitlines() if ": " in line)
    return fields, "".join(
        (tmp_path / name).read_text(errors="replace") for name in ("message", "patch")
    )


# -- the whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("plain", mail()),
        (
            "first-of-a-thread",
            mail(earlier=(), image=None, html="<p>No picture</p>", reply_to=None),
        ),
        (
            "other-scripts",
            mail(
                subject=(
                    "OKR revised: Pünktliche Abflüge ab JFK, auch bei Schnee und Nebel über der"
                    " Bucht von Jamaica"
                ),
                sender=Mailbox("Zahlen für New York", "numbers@ports.example"),
                to=Mailbox("Łukasz Żółć, 東京", "lukasz@ports.example"),
                list_name="Leiter der Flughäfen",
                unsubscribe_url="https://numbers.example.com/stop?list=airports",
                date=datetime.fromisoformat("2013-11-22T09:30:00-05:00"),
            ),
        ),
    ],
)
def test_golden(name: str, made: Mail, golden: Golden) -> None:
    content = eml(made)
    strict_mail.read(content)
    python(content)
    golden.check(content.decode().replace("\r\n", "\n"), EXPECTED / f"{name}.eml")


def test_three_readers_see_the_same(tmp_path: Path) -> None:
    content = eml(
        mail(
            subject="OKR revised: Pünktlich ab JFK – im Schnitt",
            sender=Mailbox("Maria Öz, JFK", "m@ports.example"),
        )
    )
    ours, pythons = strict_mail.read(content), python(content)
    gits, text = git_reads(content, tmp_path)
    assert (
        ours.text("Subject")
        == pythons["Subject"]
        == gits["Subject"]
        == "OKR revised: Pünktlich ab JFK – im Schnitt"
    )
    assert gits["Author"] == pythons["From"].addresses[0].display_name == "Maria Öz, JFK"
    assert gits["Email"] == "m@ports.example"
    assert gits["Date"] == "Fri, 22 Nov 2013 09:30:00 +0000"
    plain_part = pythons.get_body(("plain",))
    assert plain_part is not None
    assert (
        plain_part.get_content().replace("\r\n", "\n")
        == ours.leaves()[0].body.decode().replace("\r\n", "\n")
        == mail().text
    )
    assert mail().text.splitlines()[0] in text


def test_text_first_then_html_with_its_picture() -> None:
    message = strict_mail.read(eml(mail()))
    assert message.kind == "multipart/alternative"
    text, related = message.parts
    assert (text.kind, related.kind) == ("text/plain", "multipart/related")
    html, picture = related.parts
    assert (html.kind, picture.kind) == ("text/html", "image/png")
    assert html.body.decode().rstrip() == mail().html
    assert picture.body == PNG
    assert picture.headers["content-id"] == f"<{content_id(PNG)}>"
    assert picture.headers["content-disposition"].startswith("inline")
    assert [part.headers.get("mime-version") for part in (text, related, html, picture)] == [
        None
    ] * 4


def test_a_mail_without_a_picture_has_two_parts() -> None:
    message = strict_mail.read(eml(mail(image=None, html="<p>No picture</p>")))
    assert [part.kind for part in message.parts] == ["text/plain", "text/html"]


def test_a_picture_that_is_not_shown_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not shown"):
        eml(mail(html="<p>Nothing here</p>"))


def test_the_same_things_said_are_the_same_bytes() -> None:
    assert eml(mail()) == eml(mail())
    others = [
        eml(mail(date=datetime(2013, 11, 23, tzinfo=UTC))),
        eml(mail(to=Mailbox("Eve", "eve@ports.example"))),
        eml(mail(text="Else\n")),
    ]
    assert len({eml(mail()), *others}) == 4


# -- headers --------------------------------------------------------------------------------------


def test_threading() -> None:
    root, ids = (
        mail().thread,
        [message_id("ny", f"jfk.{number}", host=HOST) for number in range(30)],
    )
    first, second, last = (
        strict_mail.read(eml(mail(earlier=tuple(ids[:count])))).headers for count in (0, 1, 30)
    )
    assert (first["in-reply-to"], first["references"]) == (root, root)
    assert (second["in-reply-to"], second["references"]) == (ids[0], f"{root} {ids[0]}")
    assert last["in-reply-to"] == ids[-1]
    assert last["references"].split() == [root, *ids[-20:]]


def test_one_id_for_all_recipients_and_another_for_each_revision() -> None:
    both = [
        strict_mail.read(eml(mail(to=Mailbox("", f"{name}@ports.example"))))
        for name in ("eve", "jonas")
    ]
    assert both[0].headers["message-id"] == both[1].headers["message-id"]
    assert (
        message_id("ny", "a", host=HOST)
        != message_id("ny", "b", host=HOST)
        != message_id("sf", "b", host=HOST)
    )
    assert message_id("n", "ya", host=HOST) != message_id("ny", "a", host=HOST)


def test_headers_for_machines() -> None:
    headers = strict_mail.read(eml(mail())).headers
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["list-id"] == "Airport heads <airports.numbers.example.com>"
    assert (
        headers["list-unsubscribe"]
        == "<mailto:numbers@ports.example?subject=unsubscribe%20airports.numbers.example.com>"
    )
    assert "list-unsubscribe-post" not in headers
    assert headers["reply-to"] == "Maria Okafor <maria@ports.example>"


def test_one_click_only_where_there_is_an_https_endpoint() -> None:
    good = strict_mail.read(eml(mail(unsubscribe_url="https://x.example/stop"))).headers
    assert good["list-unsubscribe"].startswith("<https://x.example/stop>, <mailto:")
    assert good["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    for url in (
        "http://x.example/stop",
        "https://",
        "mailto:a@b",
        "https://x.example/a>,<b",
        "https://x.example/ü",
        "",
    ):
        assert (
            "list-unsubscribe-post" not in strict_mail.read(eml(mail(unsubscribe_url=url))).headers
        )


def test_long_references_and_unsubscribe_are_folded_whole() -> None:
    """Python's own folding encodes them by RFC 2047, which no mail program reads there."""
    long = message_id(
        "ny", "k" * 60, host="a-rather-long-subdomain.of-numbers.internal.ports.example"
    )
    content = eml(mail(earlier=(long,) * 3, unsubscribe_url=f"https://x.example/{'u' * 120}"))
    headers = strict_mail.read(content).headers
    assert headers["references"].split() == [mail().thread, long]
    assert f"<https://x.example/{'u' * 120}>," in headers["list-unsubscribe"]
    assert b"=?" not in content.partition(b"\r\n\r\n")[0]
    plain_python = EmailMessage()
    plain_python["References"] = f"{mail().thread} {long}"
    assert b"=?" in plain_python.as_bytes(), "Python folds whole tokens now: the workaround may go"


MIXED = "OKR revised: ab JFK pünktlich fliegen und landen – von früh bis spät, jeden Tag"


def test_a_subject_outside_ascii_is_encoded_as_a_whole() -> None:
    """Python's own folding encodes word by word, and loses or adds blanks on the way."""
    content = eml(mail(subject=MIXED))
    assert strict_mail.read(content).text("Subject") == MIXED
    assert python(content)["Subject"] == MIXED
    value = strict_mail.read(content).headers["subject"]
    assert re.fullmatch(r"(=\?utf-8\?b\?\S+\?= ?)+", value)


def test_an_ascii_subject_stays_readable() -> None:
    subject = "OKR revised: " + "a rather long title of a key result " * 4
    content = eml(mail(subject=subject))
    assert strict_mail.read(content).headers["subject"] == subject.strip()
    assert (
        strict_mail.read(eml(mail(subject="=?utf-8?q?trick?="))).text("Subject")
        == "=?utf-8?q?trick?="
    )


@pytest.mark.parametrize(
    "bad",
    [
        "\r\nBcc: eve@evil.example",
        "\nX: y",
        "\r",
        "\x00",
        "\x0b",
        "\u2028",
        "\x85",
        "\u202e",
        "\x1b[2J",
    ],
)
def test_nothing_can_be_added_to_the_headers(bad: str) -> None:
    content = eml(
        mail(
            subject=f"JFK{bad}leaves",
            sender=Mailbox(f"New{bad}York", "numbers@ports.example"),
            to=Mailbox(f"Jonas{bad}Lind", "jonas@ports.example"),
            list_name=f"Heads{bad}all",
            list_id=f"team{bad}one.example.com",
            unsubscribe_url=f"https://x.example/{bad}",
        )
    )
    message = strict_mail.read(content)
    assert set(message.headers) == set(strict_mail.read(eml(mail())).headers)
    assert message.text("Subject") == header_text(f"JFK{bad}leaves")
    assert message.text("Subject").isprintable()
    assert python(content)["To"].addresses[0].addr_spec == "jonas@ports.example"


@pytest.mark.parametrize(
    "address",
    [
        "a b@x.example", "a@b@x.example", "a,b@x.example", "<a@x.example>", "a@x.example\r\nBcc: e@x", "a@", "a",
        "@x.example", "a@-x.example", "a@x..example", "a@x_y.example", '"a"@x.example', "a@x.example ", "a;b@x.example",
        "\u202ea@x.example", "a\x00@x.example", "a" * 65 + "@x.example", "a@" + "x" * 64 + ".example", ".a@x.example",
        "a..b@x.example", "a(b)@x.example",
    ],
)  # fmt: skip
def test_an_address_that_mail_cannot_carry_is_no_address(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(ValueError, match="not an address"):
        Mailbox("A", address)


def test_a_host_in_another_script_travels_in_ascii() -> None:
    assert wire_address("jörg@bücher.example") == "jörg@xn--bcher-kva.example"
    content = eml(mail(to=Mailbox("Jonas", "jonas@bücher.example")))
    assert strict_mail.read(content).headers["to"] == "Jonas <jonas@xn--bcher-kva.example>"


def test_only_a_local_part_in_another_script_needs_smtputf8() -> None:
    assert not needs_utf8(mail(to=Mailbox("Jörg", "joerg@bücher.example")))
    jorg = mail(to=Mailbox("Jörg", "jörg@ports.example"))
    assert needs_utf8(jorg)
    assert "To: =?utf-8?b?SsO2cmc=?= <jörg@ports.example>\r\n".encode() in eml(jorg)


# -- properties -----------------------------------------------------------------------------------

anything = st.text(st.characters(codec=None), max_size=120)


@settings(max_examples=60)
@given(anything, anything, anything)
def test_any_words_come_back_as_they_were(subject: str, name: str, text: str) -> None:
    content = eml(mail(subject=subject, to=Mailbox(name, "jonas@ports.example"), text=text))
    message = strict_mail.read(content)
    assert message.text("Subject") == header_text(subject)
    parsed = python(content)
    assert str(parsed["Subject"] or "") == header_text(subject)
    assert message.mailbox("To") == (header_text(name), "jonas@ports.example")
    to = parsed["To"].addresses[
        0
    ]  # Python's reader adds a blank between the encoded words of a long name
    assert (to.display_name.replace(" ", ""), to.addr_spec) == (
        header_text(name).replace(" ", ""),
        "jonas@ports.example",
    )
    body = message.leaves()[0].body.decode()
    kept = document(text.replace("\r\n", "\n").replace("\r", "\n"))
    assert body.replace("\r\n", "\n").rstrip("\n") == kept.rstrip("\n")


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=3000), st.text(max_size=2000))
def test_any_picture_and_html_come_back_as_they_were(image: bytes, words: str) -> None:
    html = f'<img src="cid:{content_id(image)}">{words}'
    leaves = strict_mail.read(eml(mail(image=image, html=html))).leaves()
    assert leaves[2].body == image
