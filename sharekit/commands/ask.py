"""`sharekit ask`: somebody asked for a number. First what already exists, then the question in
the ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date

import click
from msgspec import Struct

from sharekit.app.session import Session
from sharekit.asks.similar import SimilarItem, similar_for, similar_items
from sharekit.asks.writing import FOLDER, NewAsk, ask_file, ask_file_name, one_line, with_new_ask
from sharekit.commands import as_of_option, command
from sharekit.errors import SharekitError
from sharekit.project.load import load
from sharekit.project.manifest import Ask, Manifest
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.scaffold import replace_text, write
from sharekit.site import links
from sharekit.site.folders import tree_folder, tree_url
from sharekit.visible import answer_to
from sharekit.wording.english import times

NOT_RECORDED = 1
"""Exit code where something comes close and nobody said that the question is new."""


class CheckedQuestion(Struct, frozen=True):
    """What was asked, checked against the project."""

    session: Session
    manifest: Manifest
    text: str
    new_ask: NewAsk
    owner: str | None
    audiences: tuple[str, ...]


@command(
    example=(
        'sharekit ask "Which carriers cancel the most flights?" --by jonas --via "Monday meeting"'
    )
)
@click.argument("question", required=False)
@click.option("--by", metavar="PERSON", required=True, help="Who asked: a key of [people].")
@click.option("--via", metavar="WHERE", help="Where it was asked: a meeting, a mail, a chat.")
@click.option("--same-as", metavar="SLUG", help="The earlier question that this one repeats.")
@click.option("--owner", metavar="PERSON", help="Who will answer it: a key of [people].")
@click.option(
    "--audience",
    "audiences",
    metavar="KEY",
    multiple=True,
    help="Who may see it; once for each audience. Default: the project's audience.",
)
@click.option(
    "--new",
    "--yes",
    "new",
    is_flag=True,
    help="Record it as a new question, even if others come close.",
)
@as_of_option
def ask(
    session: Session,
    question: str | None,
    by: str,
    via: str | None,
    same_as: str | None,
    owner: str | None,
    audiences: tuple[str, ...],
    new: bool,
    as_of: date | None,
) -> int:
    """Record a question that somebody asked.

    First it shows the numbers, dashboards and earlier questions that come close, since the answer
    is often a link. Where there are any, it asks before it writes a new question; outside a
    terminal it writes nothing and ends with 1, unless --new says that the question is new. The date
    is today, or --as-of."""
    manifest = load(session.project.root)
    for person in filter(None, (by, owner)):
        _check_person(person, manifest)
    for audience in audiences:
        if audience not in manifest.audiences:
            raise SharekitError(
                f"there is no audience {audience}", hint=suggestion(audience, manifest.audiences)
            )
    new_ask = NewAsk(session.as_of(as_of), by, one_line(via or "") or None)
    if same_as is not None:
        return _record_same(session, manifest, same_as, new_ask)
    text = one_line(question or "")
    if not text:
        raise SharekitError(
            "there is no question",
            hint="Write it in quotes, or name an earlier one with --same-as.",
        )
    return _record(
        CheckedQuestion(session, manifest, text, new_ask, owner, tuple(sorted(set(audiences)))),
        new=new,
    )


def _check_person(person: str, manifest: Manifest) -> None:
    people = manifest.config.people
    if person not in people:
        none = f"Nobody is declared yet: write [people.{person}] in {manifest.config_path}."
        raise SharekitError(
            f"[people] has no {person}", hint=suggestion(person, people, are="It has", none=none)
        )


# -- a new question -------------------------------------------------------------------------------


def _record(question: CheckedQuestion, *, new: bool) -> int:
    session, manifest = question.session, question.manifest
    close = (
        similar_for(question.text, question.audiences, manifest)
        if question.audiences
        else similar_items(question.text, manifest)
    )
    if close:
        session.terminal.write("  This comes close:\n")
        for item in close:
            session.terminal.write("\n".join(_similar(item, manifest)))
        session.terminal.write()
        if not new and not _confirmed():
            earlier = next((item.id for item in close if item.kind == "ask"), None)
            same_as_hint = f" If it was asked before: --same-as {earlier}." if earlier else ""
            session.terminal.say(
                f"  Nothing was recorded.{same_as_hint} If it is another question: --new."
            )
            return NOT_RECORDED
    path = _new_path(question)
    write(session.project.root, {path: ask_file(question.text, question.new_ask, owner=question.owner,
                                                audiences=question.audiences)})  # fmt: skip
    session.terminal.write(path)
    session.terminal.say(
        "\n  Recorded. Commit it, and it stays on the page of questions until it is answered."
    )
    return 0


def _new_path(question: CheckedQuestion) -> str:
    """A file that is not there yet, whatever else has a question of those words."""
    folder = question.session.project.root / FOLDER
    stems = {path.stem for path in folder.glob("*")} if folder.is_dir() else set()
    return f"{FOLDER}/{ask_file_name(question.text, stems | set(question.manifest.asks))}.yaml"


def _confirmed() -> bool:
    """A person's word that none of that is it; no where nobody is there to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("  Is it another question? Record it", default=False, err=True)


def _similar(close: SimilarItem, manifest: Manifest) -> Iterator[str]:
    if close.kind == "ask":
        ask = manifest.asks[close.id]
        yield f"  question   {close.title}"
        yield f"             asked {times(len(ask.front.asked))}, {_state(ask, manifest)}"
        yield f"             --same-as {close.id}"
        return
    metric = manifest.metrics.get(close.id) if close.kind == "metric" else None
    owner = metric.owner if metric else manifest.dashboards[close.id].front.lead
    title_and_owner = ", ".join(part for part in (close.title, manifest.person(owner)) if part)
    yield f"  {'number' if metric else 'dashboard':<9}  {title_and_owner}"
    yield f"             {_page_address(close.id, manifest)}"


def _state(ask: Ask, manifest: Manifest) -> str:
    answer = answer_to(ask, manifest)
    if answer is not None:
        return f"answered by {answer.title}: {_page_address(answer.id, manifest)}"
    if ask.front.declined:
        return f"declined: {ask.front.declined}"
    owner = manifest.person(ask.front.owner)
    return f"waiting for {owner}" if owner else "waiting"


def _page_address(item: str, manifest: Manifest) -> str:
    """The address of a page; its path in the site where the project names no address."""
    metric = manifest.metrics.get(item)
    page = links.metric_page(metric) if metric else links.dashboard_page(item)
    audience = (metric or manifest.dashboards[item]).audiences[0]
    url = tree_url(manifest, audience)
    return links.absolute(url, page) if url else f"{tree_folder(manifest, audience)}{page}"


# -- the same question once more ------------------------------------------------------------------


def _record_same(session: Session, manifest: Manifest, name: str, new_ask: NewAsk) -> int:
    ask = manifest.asks.get(name)
    if ask is None:
        none = "Nobody has asked anything yet: leave --same-as out."
        hint = suggestion(name, manifest.asks, are="There are", none=none)
        raise SharekitError(f"there is no question {name}", hint=hint)
    if any(
        (ask_record.on, ask_record.by, ask_record.via) == (new_ask.on, new_ask.by, new_ask.via)
        for ask_record in ask.front.asked
    ):
        session.terminal.write(ask.path)
        session.terminal.say("\n  This is recorded already; nothing was written.")
        return 0
    file = session.project.root / ask.path
    replace_text(file, with_new_ask(file.read_bytes().decode("utf-8"), new_ask))
    session.terminal.write(ask.path)
    number = len(ask.front.asked) + 1
    session.terminal.say(
        f"\n  {ask.front.question}\n  Asked {times(number)} now, {_state(ask, manifest)}."
    )
    if answer_to(ask, manifest) is None and not ask.front.declined:
        session.terminal.say(
            f"  What is asked twice becomes a number: sharekit new metric ID --from-ask {name}"
        )
    return 0
