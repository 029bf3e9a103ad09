"""The composer: revisions and answers become one message, alone or together, whatever its form.

Alone, a part says everything. Together, parts with one cause make one paragraph, the most important
first, and the subject is that of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from sharekit.mail.answer_mail import AnswerView, answer_blocks
from sharekit.mail.blocks import (
    Block,
    Button,
    Definition,
    Entries,
    Entry,
    Footer,
    FromTo,
    Heading,
    Help,
    Link,
    Message,
    Picture,
    Plain,
    Voice,
)
from sharekit.mail.envelope import content_id
from sharekit.mail.html import message_html
from sharekit.mail.plain_text import message_text
from sharekit.mail.revision_view import RevisionView
from sharekit.numbers.formats import format_day
from sharekit.records import replace
from sharekit.wording.english import and_list, capital, count, counted, long_day
from sharekit.wording.sharing import Decision, HelpRequest, Task

Part: TypeAlias = RevisionView | AnswerView
TOGETHER = 3
"""From so many announcements to one reader in one run on, they are one mail."""
LARGEST = 56_000
"""Bytes of HTML; Gmail cuts a message near 102 kB, and slow phones like less."""
AT_LENGTH, NAMED = 20, 60
"""Causes that a mail tells at length, and changes that its HTML names besides; the plain text names
all."""
SHORT = 6
"""Most sentences on a definition in a mail of several changes."""


class MailContent(Struct, frozen=True):
    """What one mail says, in the forms that a mail has."""

    subject: str
    text: str
    html: str
    image: bytes | None = None
    """PNG that the HTML shows by its content id."""


def mail_content(message: Message, image: bytes | None = None) -> MailContent:
    """A message in the forms of a mail."""
    return MailContent(message.subject, message_text(message), message_html(message), image)


def mail_of(parts: Sequence[Part], stop: str) -> MailContent:
    """The mail of one part or of several. `stop`: address that takes people off the list."""
    if len(parts) == 1:
        image = parts[0].image if isinstance(parts[0], RevisionView) else None
        return mail_content(single_message(parts[0], stop), image)
    causes = grouped(parts)
    most = min(len(causes), AT_LENGTH)
    while True:
        content = mail_content(group_message(parts, stop, most))
        if not most or len(content.html.encode()) <= LARGEST:
            return content
        most = most * 3 // 4


def message_of(parts: Sequence[Part], stop: str = "") -> Message:
    """One part or several as a message, nothing left out."""
    return single_message(parts[0], stop) if len(parts) == 1 else group_message(parts, stop)


def single_message(part: Part, stop: str) -> Message:
    """The message of one revision or answer."""
    if isinstance(part, AnswerView):
        blocks, why = answer_blocks(part), "You get this because you asked."
    else:
        blocks, why = tuple(revision_blocks(part)), _membership([part])
    return Message(
        project=part.project,
        audience=part.audience,
        label=part.kind,
        subject=part.subject,
        heading=part.heading,
        byline=part.byline,
        blocks=blocks,
        footer=Footer(why, _reply([part]), stop),
    )


def group_message(parts: Sequence[Part], stop: str, at_length: int | None = None) -> Message:
    """Several in one message. `at_length`: causes told at length, default all; the others are named."""
    causes = grouped(parts)
    most = len(causes) if at_length is None else at_length
    first = causes[0][0]
    blocks: list[Block] = []
    written: set[tuple[str, ...]] = set()
    for number, cause in enumerate(causes[:most]):
        blocks += _cause_blocks(cause, written, opens=number == 0)
    named_only = [part for cause in causes[most:] for part in cause]
    if named_only:
        blocks.append(Heading(f"And {count(len(named_only), 'more change')}"))
        blocks.append(
            Entries(tuple(Entry(part.heading, url=part.url) for part in named_only), NAMED)
        )
    changes = next((part.changes_url for part in parts if isinstance(part, RevisionView)), "")
    if changes:
        blocks.append(Button("Open all changes", changes, "Each with its reason and its SQL."))
    days = list(dict.fromkeys(part.day for part in parts))
    byline = f"{capital(counted(len(parts), 'change'))}, the most important first."
    return Message(
        project=first.project,
        audience=and_list(list(dict.fromkeys(part.audience for part in parts if part.audience))),
        label=count(len(parts), "change"),
        subject=f"{first.subject}, and {counted(len(parts) - 1, 'more change')}",
        heading=_cause_heading(causes[0]),
        byline=f"{byline} {days[0]}." if len(days) == 1 else byline,
        blocks=tuple(blocks),
        footer=Footer(_membership(parts), _reply(parts), stop),
    )


def grouped(parts: Sequence[Part]) -> tuple[tuple[Part, ...], ...]:
    """Parts by their cause, the most important cause first; the same for any order of the parts."""
    causes: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda part: (part.weight, part.title, part.url, part.heading)):
        causes.setdefault(part.cause or f"\0{len(causes)}", []).append(part)
    groups = sorted(causes.values(), key=lambda cause: (cause[0].weight, -len(cause)))
    return tuple(tuple(cause) for cause in groups)


# -- blocks of one revision -----------------------------------------------------------------------


def revision_blocks(view: RevisionView) -> Iterator[Block]:
    """All that is said about one revision, in this order: from and to, why, effect, what we
    do, who helps, where to go on."""
    if view.rows:
        yield FromTo(view.title, view.rows)
    if view.why:
        yield from (Heading(view.why_title), Voice(view.why))
    for earlier in view.earlier:
        yield Heading(earlier.title)
        yield from ([Plain(earlier.changed)] if earlier.changed else [])
        yield from (Voice(text) for text in (earlier.why, earlier.we_will) if text)
    if view.effect or view.chart_values:
        yield Heading("What it does to the number")
    if view.chart_values:
        yield _picture(view)
    if view.effect:
        yield Plain(view.effect)
    if view.changes:
        yield from (Heading("What changed in the definition"), Definition(view.changes))
    if view.we_will or view.tasks:
        yield Heading("What we do about it")
        yield from ([Voice(view.we_will)] if view.we_will else [])
        yield from ([Entries(tuple(map(_task, view.tasks)), 20)] if view.tasks else [])
    if view.challenges:
        yield Heading("Challenges, openly")
        yield from (Voice(challenge) for challenge in view.challenges)
    if view.decisions:
        yield from (Heading("To decide"), Entries(tuple(map(_decision, view.decisions)), 8))
    if view.wants:
        yield from (
            Heading("Help wanted"),
            Help(tuple(map(_help_request, view.wants)), view.help_link()),
        )
    if view.touches:
        yield from (Heading("What else it touches"), Plain(", ".join(view.touches)))
    if view.url and view.url == view.changes_url:
        yield Button("Open all changes", view.url, "What else was revised, and why.")
    elif view.url:
        sql = "Old and new SQL side by side, every" if view.changes else "Every"
        note = f"{sql} earlier revision, and the number today."
        yield Button("Open the full revision", view.url, note)


def _picture(view: RevisionView) -> Picture:
    source = f"cid:{content_id(view.image)}" if view.image is not None else ""
    return Picture(
        source=source,
        alt=view.chart_alt,
        key=view.chart_key,
        caption=f"{view.title} under the old and the new definition, on today's data.",
        days=view.chart_days,
        lines=view.chart_lines,
        columns=("", "old", "new"),
        values=view.chart_values,
    )


def _task(task: Task) -> Entry:
    late = task.state == "overdue"
    if task.state == "done":
        aside = f"done {format_day(task.done_on)}" if task.done_on else "done"
    else:
        day = format_day(task.due) if task.due else ""
        aside = f"overdue, {day}" if late else day
    return Entry(task.what, aside=aside, detail=task.who, late=late)


def _decision(decision: Decision) -> Entry:
    what = decision.what if decision.what.endswith((".", "?", "!")) else f"{decision.what}."
    if decision.by is None:
        return Entry(what, who=decision.who)
    day = long_day(decision.by)
    late = f"It was to be decided by {day} and is still open."
    when = late if decision.late else f"To be decided by {day}."
    return Entry(f"{what} {when}", who=decision.who, late=decision.late)


def _help_request(want: HelpRequest) -> Entry:
    sentences = [want.what.rstrip(".") + "."]
    if want.how_much:
        sentences.append(f"{want.how_much[0].upper()}{want.how_much[1:]}.".replace("..", "."))
    if want.by:
        late = f"It was needed by {long_day(want.by)} and is still open."
        sentences.append(late if want.late else f"Needed by {long_day(want.by)}.")
    return Entry(" ".join(sentences), who=want.who, late=want.late)


# -- one cause among several ----------------------------------------------------------------------


def _cause_heading(cause: Sequence[Part]) -> str:
    if len(cause) == 1:
        return cause[0].heading
    first = cause[0]
    assert isinstance(first, RevisionView), "every question has an answer of its own"
    items = capital(counted(len(cause), "number"))
    back = all(isinstance(part, RevisionView) and part.is_back for part in cause)
    verb = {
        "redefined": "are counted differently now",
        "retargeted": "promise something else now",
        "rescheduled": "have new dates",
        "reassigned": "have a new owner",
        "retired": "are retired",
        "introduced": "are back" if back else "are new",
        "slipped": "slipped",
    }.get(first.leading, "changed")
    titles = and_list([f"“{part.title}”" for part in cause[:3]])
    return f"{items} {verb}." if len(cause) > 3 else f"{titles} {verb}."


def _cause_blocks(
    cause: Sequence[Part], written: set[tuple[str, ...]], *, opens: bool
) -> Iterator[Block]:
    """One paragraph: what moved, then once the reason, the change and what we do. `written`: reasons
    and changes of a definition that an earlier paragraph has: nobody reads them twice."""
    single = len(cause) == 1
    if not opens:
        yield Heading(_cause_heading(cause))
    first = cause[0]
    if isinstance(first, AnswerView):
        yield from answer_blocks(first)
        return
    views = [part for part in cause if isinstance(part, RevisionView)]
    if single:
        yield from ([FromTo(first.title, first.rows)] if first.rows else [])
    else:
        yield Entries(tuple(_moved_entry(view) for view in views))
    yield from _reasons(views, written)
    if single and first.effect:
        yield Plain(first.effect)
    sentences = tuple(line.sentence for line in first.changes)
    if sentences and sentences in written:
        yield Plain("The definition changed as above.")
    elif sentences:
        written.add(sentences)
        lines = tuple(replace(line, effect="") for line in first.changes)
        yield Definition(first.changes if single else lines, SHORT)
    if single and first.url:
        yield Link("Open the full revision", first.url, first.owner)


def _reasons(views: Sequence[RevisionView], written: set[tuple[str, ...]]) -> Iterator[Block]:
    """Each reason once, with whose it is where there are several."""
    last = [(view.owner, view.why, view.we_will) for view in views if view.why]
    has_several = len({(why, we_will) for _, why, we_will in last}) > 1
    for owner, why, we_will in dict.fromkeys(last):
        if (why, we_will) not in written:
            written.add((why, we_will))
            voice = " ".join(text for text in (why, we_will) if text)
            yield Voice(f"{owner}: {voice}" if has_several and owner else voice)
    for earlier in (earlier for view in views for earlier in view.earlier):
        if (earlier.why, earlier.we_will) not in written:
            written.add((earlier.why, earlier.we_will))
            yield Voice(f"{earlier.title}: {earlier.text}")


def _moved_entry(view: RevisionView) -> Entry:
    row = view.moved
    if row is None:
        return Entry(view.title, detail=view.owner, url=view.url)
    return Entry(
        view.title,
        was=row.before if row.before != row.after else "",
        now=row.after,
        aside=row.label,
        detail=view.owner,
        url=view.url,
    )


# -- the foot -------------------------------------------------------------------------------------


def _membership(parts: Sequence[Part]) -> str:
    groups = dict.fromkeys(part.audience or part.project for part in parts)
    return f"You get this because you belong to {and_list(list(groups))}."


def _reply(parts: Sequence[Part]) -> str:
    """Whom a reply reaches; "" where it would reach one owner of several."""
    owners = {(part.owner, part.owner_mail) for part in parts}
    ((owner, address),) = owners if len(owners) == 1 else (("", ""),)
    return f"Questions? Reply to this mail: {owner} reads it." if address else ""
