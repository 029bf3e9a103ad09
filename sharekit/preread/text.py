"""The pre-read as Markdown for a terminal or a chat, and as the plain text of its mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import fill

from sharekit.preread.content import DigestView
from sharekit.preread.lines import NewsLine, TalkLine, TreeLink
from sharekit.preread.lists import DecideLine, LendLine, TaskLine, WantLine
from sharekit.site import links
from sharekit.wording.phrases import near_day

WIDE = 76
_MARKS = re.compile(r"([\\`*_\[\]<>#|~!&])")


def digest_markdown(view: DigestView, url: str | None = None) -> str:
    """The whole pre-read. `url`: where the tree is published; without it nothing is linked."""
    blocks = [
        f"# {_md(view.title)}",
        f"**{_md(view.headline)}**",
        _md(view.byline),
        _md(score_sentence(view)),
        *_section(
            f"To decide: {len(view.decides)}", [_decide_md(decide, url) for decide in view.decides]
        ),
        *(["\n\n".join(_talk_md(view, url))] if view.talk else []),
        *_section("Overdue in the plans", [_overdue_md(line, url) for line in view.overdue]),
        *_happened_md(view, url),
        *_section("Help wanted", [_want_md(want, url) for want in view.wants]),
        *_section("Offers", [_lend_md(lend, url) for lend in view.lends]),
        *_quiet_md(view, url),
        *_section("Numbers", [_number_md(view, at, url) for at in range(len(view.numbers))]),
        *_section(
            "Asked, not yet answered",
            [f"{_link(line.question, line.ref, url)}: {_md(line.line)}" for line in view.waiting],
        ),
        *_section(
            "Shared before anyone asked",
            [_shared_md(line.title, line.ref, line.who, url) for line in view.unasked],
        ),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _happened_md(view: DigestView, url: str | None) -> Iterator[str]:
    if view.nothing:
        yield _md(view.nothing)
    for title, lines in news_sections(view):
        yield from _section(title, [_news_md(line, url) for line in lines])


def news_sections(view: DigestView) -> Iterator[tuple[str, Sequence[NewsLine]]]:
    """Headings of what happened since, each with its news; the empty ones left out."""
    since = near_day(view.since, view.as_of)
    sections = (
        (f"Revised since {since}, and why", view.revised),
        ("Slipped, recovered or met", [line for line in view.moved if line.kind != "correction"]),
        ("Past values that changed", [line for line in view.moved if line.kind == "correction"]),
        ("Answered", view.answered),
    )
    yield from ((title, lines) for title, lines in sections if lines)


def score_sentence(view: DigestView) -> str:
    """ "Average grade 0.57, 0.58 expected: 2 off track, 2 at risk, 7 on track, 1 met."."""
    counts = ", ".join(f"{status_count.number} {status_count.word}" for status_count in view.tally)
    if not view.average:
        return f"{counts[:1].upper()}{counts[1:]}." if counts else ""
    expected = f", {view.expected} expected" if view.expected else ""
    return f"Average grade {view.average}{expected}: {counts}."


def _md(text: str) -> str:
    """Text that stays text in Markdown, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _link(text: str, ref: TreeLink | None, url: str | None) -> str:
    if ref is None or not url:
        return _md(text)
    address = links.absolute(url, ref.path, ref.anchor).replace("(", "%28").replace(")", "%29")
    return f"[{_md(text)}]({address})"


def _section(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"## {_md(title)}"
        yield "\n".join(f"- {item}" for item in items)


def _talk_md(view: DigestView, url: str | None) -> Iterator[str]:
    yield f"## To talk about: {len(view.talk)}"
    for line in view.talk:
        yield f"### {_link(line.title, line.ref, url)}: {_md(line.word.lower())}"
        yield f"**{_md(line.now)}**, {_md(facts(line))}"
        if line.stale:
            yield _md(line.stale)
        if line.voice:
            yield f"> {_md(line.voice)}"
        yield _md(line.next)


def facts(each: TalkLine) -> str:
    """ "target 2,250 offices, Mateo Ferreira, grade 0.43, 0.58 expected"."""
    expected = f"{each.expected / 100:.2f} expected" if each.expected is not None else ""
    return ", ".join(
        part for part in (each.target, each.owner, f"grade {each.grade}", expected) if part
    )


def _news_md(each: NewsLine, url: str | None) -> str:
    line = f"{_md(each.word)}: {_link(each.title, each.ref, url)}"
    if each.now:
        line += f", {_md(each.was)} → **{_md(each.now)}**" if each.was else f", **{_md(each.now)}**"
    why = f" {_md(each.why)}" if each.why else ""
    return f"{line}. ({_md(each.who)}){why}{f' {_md(each.we_will)}' if each.we_will else ''}"


def _overdue_md(each: TaskLine, url: str | None) -> str:
    who = f"**{_md(each.who)}:** " if each.who else ""
    return f"{who}{_md(each.what)}, **due {_md(each.when)}** ({_link(each.title, each.ref, url)})"


def _decide_md(each: DecideLine, url: str | None) -> str:
    who = f"**{_md(each.who)}:** " if each.who else ""
    for_whom = _asked_for(each.owner, each.title)
    when = f"**{_md(due_words(each))}**" if each.late else _md(due_words(each))
    tail = ", ".join(part for part in (when, _md(for_whom)) if part)
    return f"{who}{_link(each.what, each.ref, url)} ({tail})"


def due_words(each: DecideLine) -> str:
    """ "by 25 Nov", "was to be decided by 20 Nov, overdue", or ""."""
    if not each.when:
        return ""
    return f"was to be decided by {each.when}" if each.late else f"by {each.when}"


def _asked_for(owner: str, title: str) -> str:
    return f"asked for by {owner}, {title}" if owner else f"asked for by {title}"


def _want_md(each: WantLine, url: str | None) -> str:
    who = f"**{_md(each.who)}:** " if each.who else ""
    when = (
        f", {'**was needed by ' + _md(each.when) + '**' if each.late else 'by ' + _md(each.when)}"
        if each.when
        else ""
    )
    much = f", {_md(each.how_much)}" if each.how_much else ""
    return (
        f"{who}{_md(each.what)}{much}{when}, for {_md(each.owner)}"
        f" ({_link(each.title, each.ref, url)})"
    )


def _lend_md(each: LendLine, url: str | None) -> str:
    until = f", {_md(each.until)}" if each.until else ""
    return f"**{_md(each.who)}:** {_md(each.what)}{until} ({_link(each.title, each.ref, url)})"


def _quiet_md(view: DigestView, url: str | None) -> Iterator[str]:
    if not view.quiet:
        return
    yield f"## No need to talk: {len(view.quiet)}"
    rows = [
        f"| {_link(line.title, line.ref, url)} | {_md(line.now)} | {line.grade} |"
        f" {_md(line.word)} |"
        for line in view.quiet
    ]
    yield "\n".join(["| Key result | Now | Grade | Status |", "| --- | ---: | ---: | --- |", *rows])


def _number_md(view: DigestView, at: int, url: str | None) -> str:
    line = view.numbers[at]
    change = f", {_md(line.change)}{', worse' if line.worse else ''}" if line.change else ""
    return f"{_link(line.title, line.ref, url)}: **{_md(line.value)}**{change}"


def _shared_md(title: str, ref: TreeLink | None, who: str, url: str | None) -> str:
    return f"{_link(title, ref, url)} ({_md(who)})" if who else _link(title, ref, url)


# -- the mail's plain text ------------------------------------------------------------------------


def digest_text(view: DigestView, url: str | None = None) -> str:
    """The whole mail as plain text, in the order of its HTML."""
    blocks = [fill(view.headline, WIDE), fill(view.byline, WIDE), fill(score_sentence(view), WIDE)]
    blocks.append(
        _list(f"TO DECIDE: {len(view.decides)}", [_decide_text(decide) for decide in view.decides])
    )
    if view.talk:
        blocks += [f"TO TALK ABOUT: {len(view.talk)}", *(_talk_text(line) for line in view.talk)]
    overdue = [
        f"{line.who + ': ' if line.who else ''}{line.what}, due {line.when} ({line.title})"
        for line in view.overdue
    ]
    blocks.append(_list("OVERDUE IN THE PLANS", overdue))
    if view.nothing:
        blocks.append(fill(view.nothing, WIDE))
    blocks += [
        _list(title.upper(), [_news_text(line) for line in lines])
        for title, lines in news_sections(view)
    ]
    blocks.append(_list("HELP WANTED", [_want_text(want) for want in view.wants]))
    blocks.append(_list("OFFERS", [_lend_text(lend) for lend in view.lends]))
    rows = [
        f"{line.title}: {line.now}, grade {line.grade}, {line.word.lower()}" for line in view.quiet
    ]
    blocks.append(_list(f"NO NEED TO TALK: {len(rows)}", rows))
    numbers = [
        f"{number.title}: {number.value}"
        + (f", {number.change}{', worse' if number.worse else ''}" if number.change else "")
        for number in view.numbers
    ]
    blocks.append(_list("NUMBERS", numbers))
    blocks.append(
        _list("ASKED, NOT YET ANSWERED", [f"{line.question} {line.line}." for line in view.waiting])
    )
    unasked = [f"{line.title} ({line.who})" if line.who else line.title for line in view.unasked]
    blocks.append(_list("SHARED BEFORE ANYONE ASKED", unasked))
    if url:
        blocks.append(f"The pre-read with links: {links.absolute(url, links.DIGEST)}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _list(title: str, items: Sequence[str]) -> str:
    return "\n".join([title, *(_item(item) for item in items)]) if items else ""


def _item(text: str) -> str:
    return fill(f"- {text}", WIDE, subsequent_indent="  ")


def _talk_text(each: TalkLine) -> str:
    lines = [f"{each.title}: {each.word.lower()}", f"{each.now}, {facts(each)}"]
    lines += [part for part in (each.stale, each.voice and f'"{each.voice}"', each.next) if part]
    return "\n".join(fill(line, WIDE) for line in lines)


def _news_text(each: NewsLine) -> str:
    line = f"{each.word}: {each.title}"
    if each.now:
        line += f", {each.was} -> {each.now}" if each.was else f", {each.now}"
    return " ".join(part for part in (f"{line} ({each.who}).", each.why, each.we_will) if part)


def _decide_text(each: DecideLine) -> str:
    tail = ", ".join(part for part in (due_words(each), _asked_for(each.owner, each.title)) if part)
    return f"{each.who + ': ' if each.who else ''}{each.what} ({tail})"


def _want_text(each: WantLine) -> str:
    parts = [each.what, each.how_much]
    if each.when:
        parts.append(f"{'was needed by' if each.late else 'by'} {each.when}")
    line = ", ".join(part for part in (*parts, f"for {each.owner}") if part)
    return f"{each.who + ': ' if each.who else ''}{line} ({each.title})"


def _lend_text(each: LendLine) -> str:
    return (
        f"{each.who}: {', '.join(part for part in (each.what, each.until) if part)} ({each.title})"
    )
