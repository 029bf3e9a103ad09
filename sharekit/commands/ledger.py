"""`sharekit ledger`: what was announced to whom, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import click

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.changes import record, upgrade
from sharekit.announce.ledger.forget import Forgotten
from sharekit.announce.ledger.forget import forget as forgotten
from sharekit.announce.ledger.ledger import (
    OPEN,
    WEBHOOK,
    Changes,
    Delivery,
    LedgerEntry,
    LedgerView,
)
from sharekit.announce.plan import ids_of
from sharekit.app.announcing import Announcer
from sharekit.app.session import Session
from sharekit.commands import command, format_option
from sharekit.errors import ProblemsError, SharekitError
from sharekit.escape import to_json
from sharekit.history import History, manifest_of
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import audience_value
from sharekit.wording.english import count

WORDS = {
    "sent": "sent",
    "pending": "pending",
    "claimed": "being sent",
    "refused": "refused",
    "left": "given up",
    "dropped": "given up",
}
"""Status of a delivery in words, in the order in which they are counted."""


_SHALLOW = (
    "This clone holds only the newest commits: a name from before them may remain. Run git fetch"
    " --unshallow, then this again."
)


@command(example="sharekit ledger\nsharekit ledger jfk_on_time\nsharekit ledger --format json")
@click.argument("about", metavar="[ID|KEY]", required=False)
@click.option(
    "--last", type=click.IntRange(1), metavar="N", help="Only the newest N announcements."
)
@format_option("text", "json")
@click.option(
    "--forget",
    metavar="PERSON",
    help="Remove this person, a key of [people], from the ledger and its history.",
)
def ledger(
    session: Session, about: str | None, last: int | None, form: str, forget: str | None
) -> int:
    """Show what was announced to whom.

    And what is still open. Reads the ledger and changes nothing, save with --forget. Name a key
    result, a metric or the key of an announcement to see that alone."""
    if forget is not None:
        if about is not None or last is not None or form != "text":
            raise SharekitError(
                "--forget goes with nothing else: it takes a person out of the whole ledger",
                hint=f"Leave ID, --last and --format out: sharekit ledger --forget {forget}",
            )
        return _forget(session, forget)
    with session.terminal.progress() as tell:
        tell("Reading the ledger")
        announcer = Announcer(session, date.min, tell)
        view, where, people = announcer.ledger.open(), announcer.ledger.where, announcer.people
        entries = () if view.empty else _chosen(view, about, last)
        deliveries = () if view.empty else view.deliveries([entry.key for entry in entries])
    if form == "json":
        session.terminal.data(to_json(_document(view, where, entries, deliveries), indent=1) + "\n")
        return 0
    session.terminal.write("\n".join(_lines(view, where, entries, deliveries, people)))
    return 0


def _forget(session: Session, person: str) -> int:
    """Write the ledger anew without a person, and clear what this machine keeps of sending."""
    with session.terminal.progress() as tell:
        tell("Reading the ledger")
        announcer = Announcer(session, date.min, tell)
        journal = Journal(announcer.records)
        names = {person, *_names_ever(announcer.history, person)}
        forgottens: list[Forgotten] = []

        def change(view: LedgerView) -> Changes:
            if view.empty:
                raise SharekitError(
                    f"there is no ledger yet: {announcer.ledger.where}",
                    hint="Nothing is known of them.",
                )
            forgottens[:] = [forgotten(view, person, names)]
            return {
                **(upgrade(view, ids_of(announcer.people)) if view.outdated else {}),
                **forgottens[0].changes,
            }

        with journal.lock():
            unfinished, now = journal.unfinished(), session.clock()
            if unfinished.deliveries:
                announcer.ledger.amend(
                    lambda view: record(view, unfinished.deliveries, now=now),
                    "Record what was sent",
                )
            announcer.ledger.amend(change, "Forget a person", afresh=True)
            journal.begin("", ())
            journal.sweep(())
    removed = forgottens[0]
    session.terminal.write(
        f"  {count(removed.marks, 'record')} of mails to {person} and {count(removed.mentions, 'mention')}"
        " of"
        f" them are taken out of {announcer.ledger.where}, and so are its earlier versions."
        " Nobody gets anything twice.\n"
        "  Git's own files, the project's history and copies elsewhere are as they were."
        + (
            f"\n  [!] {person} is still in [people]."
            if person in announcer.people.config.people
            else ""
        )
        + (f"\n  [!] {_SHALLOW}" if announcer.history.shallow else "")
    )
    return 0


def _names_ever(history: History, person: str) -> Iterator[str]:
    """What somebody of this key was called in any configuration: who is to be forgotten may have
    left [people] long ago."""
    for declared in history.configurations():
        try:
            people = manifest_of(history, declared).config.people
        except ProblemsError:
            continue
        if person in people:
            yield people[person].name


def _chosen(view: LedgerView, about: str | None, last: int | None) -> tuple[LedgerEntry, ...]:
    entries = view.entries()
    if about is not None:
        entries = tuple(
            entry for entry in entries if about in (entry.key, entry.thread, *entry.items)
        )
        if not entries:
            raise SharekitError(
                f"nothing was announced of {about}", hint="sharekit ledger lists all that was."
            )
    return entries[-last:] if last else entries


def _lines(
    view: LedgerView,
    where: str,
    entries: tuple[LedgerEntry, ...],
    deliveries: tuple[Delivery, ...],
    people: Manifest,
) -> Iterator[str]:
    if view.empty:
        yield f"  There is no ledger yet: {where}."
        yield "  The first sharekit announce begins it, and sends nothing."
        return
    moment = view.announced.moment
    yield f"  {where}"
    yield (
        f"  Announced up to {(moment.commit or '')[:7]} of {moment.on:%Y-%m-%d},"
        f" {count(len(entries), 'announcement')}"
    )
    for entry in reversed(entries):
        sent = [delivery for delivery in deliveries if delivery.key == entry.key]
        yield from ("", f"  {entry.date:%Y-%m-%d}  {entry.subject}", f"              {entry.key}")
        counts = [
            (word, sum(delivery.status == name for delivery in sent))
            for name, word in WORDS.items()
        ]
        yield "              " + (
            ", ".join(f"{number} {word}" for word, number in counts if number) or "no recipients"
        )
        for delivery in sent:
            if delivery.status in OPEN or delivery.status == "refused":
                code = f" ({delivery.code})" if delivery.code else ""
                yield f"              {_recipient_name(delivery, people)}: {WORDS[delivery.status]}{code}"
    for claim in view.open_claims:
        held = f"; a run has it {claim.since}" if claim.run else ""
        yield from ("", f"  [!] {', '.join(claim.keys)} is not finished{held}")


def _recipient_name(delivery: Delivery, people: Manifest) -> str:
    return people.person(delivery.recipient.removeprefix(WEBHOOK))


def _document(
    view: LedgerView, where: str, entries: tuple[LedgerEntry, ...], deliveries: tuple[Delivery, ...]
) -> dict[str, object]:
    if view.empty:
        return {"where": where, "announced": None, "announcements": [], "claims": []}
    declared_state = view.announced
    return {
        "where": where,
        "announced": {
            "commit": declared_state.moment.commit,
            "on": declared_state.moment.on.isoformat(),
            "as_of": declared_state.as_of.isoformat(),
        },
        "announcements": [
            {
                "key": entry.key,
                "kind": entry.kind,
                "items": list(entry.items),
                "audience": audience_value(entry.audiences),
                "subject": entry.subject,
                "date": entry.date.isoformat(),
                "commit": entry.commit,
                "message_id": entry.message_id,
                "recipients": [
                    {
                        "recipient": delivery.recipient,
                        "status": delivery.status,
                        "at": delivery.at.isoformat(),
                        "code": delivery.code,
                    }
                    for delivery in deliveries
                    if delivery.key == entry.key
                ],
            }
            for entry in entries
        ],
        "claims": [
            {
                "run": claim.run,
                "keys": list(claim.keys),
                "since": claim.date.isoformat(),
                "place": claim.place,
            }
            for claim in view.open_claims
        ],
    }
