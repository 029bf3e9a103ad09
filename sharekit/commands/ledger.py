"""`sharekit ledger`: what was announced to whom, and what is still open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import click

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.changes import record, upgrade
from sharekit.announce.ledger.forget import Forgotten
from sharekit.announce.ledger.forget import forget as forgotten
from sharekit.announce.ledger.ledger import OPEN, WEBHOOK, Changes, Delivery, Entry, View
from sharekit.announce.plan import ids_of
from sharekit.app.announcing import AnnounceProject
from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.errors import SharekitError
from sharekit.history import manifest_of
from sharekit.project.manifest import Manifest
from sharekit.wording.words import count

WORDS = {
    "sent": "sent",
    "pending": "pending",
    "claimed": "being sent",
    "refused": "refused",
    "left": "no longer to be told",
    "dropped": "given up",
}
"""Status of a delivery in words, in the order in which they are counted."""


@command(example="sharekit ledger\nsharekit ledger jfk_on_time\nsharekit ledger --format json")
@click.argument("about", metavar="[ID|KEY]", required=False)
@click.option(
    "--last", type=click.IntRange(1), metavar="N", help="Only the newest N announcements."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text."
)
@click.option(
    "--forget",
    metavar="PERSON",
    help="Take this person, by their key in [people], out of the ledger and of its history.",
)
def ledger(
    session: Session, about: str | None, last: int | None, form: str, forget: str | None
) -> int:
    """Show what was announced to whom.

    And what is still open. Reads the ledger and changes nothing, save with --forget. Name a key
    result, a metric or the key of an announcement to see that alone."""
    if forget is not None:
        return _forget(session, forget)
    with session.terminal.progress() as tell:
        tell("Reading the ledger")
        desk = AnnounceProject(session, date.min, tell)
        view, where, people = desk.ledger.open(), desk.ledger.where, desk.people
        entries = () if view.empty else _chosen(view, about, last)
        deliveries = () if view.empty else view.deliveries([entry.key for entry in entries])
    if form == "json":
        session.terminal.data(
            json.dumps(_document(view, where, entries, deliveries), ensure_ascii=False, indent=1)
            + "\n"
        )
        return 0
    session.terminal.write("\n".join(_lines(view, where, entries, deliveries, people)))
    return 0


def _forget(session: Session, person: str) -> int:
    """Write the ledger anew without a person, and clear what this machine keeps of sending."""
    with session.terminal.progress() as tell:
        tell("Reading the ledger")
        desk = AnnounceProject(session, date.min, tell)
        journal = Journal(desk.records)
        known = desk.people.config.people.get(person)
        names = {person, *([known.name] if known else [])}
        found: list[Forgotten] = []

        def change(view: View) -> Changes:
            if view.empty:
                raise SharekitError(
                    f"there is no ledger yet: {desk.ledger.where}", hint="Nothing is known of them."
                )
            then = None if view.outdated else manifest_of(desk.declared(view.told), None)
            before = then.config.people.get(person) if then else None
            found[:] = [forgotten(view, person, {*names, *([before.name] if before else [])})]
            return {
                **(upgrade(view, ids_of(desk.people)) if view.outdated else {}),
                **found[0].changes,
            }

        with journal.held():
            left, now = journal.left(), session.clock()
            if left.deliveries:
                desk.ledger.amend(
                    lambda view: record(view, left.deliveries, now=now), "Record what was sent"
                )
            desk.ledger.amend(change, "Forget a person", afresh=True)
            journal.begin("", ())
            journal.sweep(())
    done = found[0]
    session.terminal.write(
        f"  {count(done.marks, 'record')} of mails to {person} and {count(done.words, 'mention')} of"
        f" them are taken out of {desk.ledger.where}, and so are its earlier versions. Nobody is"
        " told anything again.\n"
        "  Git's own files, the project's history and copies elsewhere are as they were."
        + (f"\n  [!] {person} is still in [people]." if known else "")
    )
    return 0


def _chosen(view: View, about: str | None, last: int | None) -> tuple[Entry, ...]:
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
    view: View,
    where: str,
    entries: tuple[Entry, ...],
    deliveries: tuple[Delivery, ...],
    people: Manifest,
) -> Iterator[str]:
    if view.empty:
        yield f"  There is no ledger yet: {where}."
        yield "  The first sharekit announce begins it, and sends nothing."
        return
    told = view.told.moment
    yield f"  {where}"
    yield (
        f"  Announced up to {(told.commit or '')[:7]} of {told.on:%Y-%m-%d},"
        f" {count(len(entries), 'announcement')}"
    )
    for entry in reversed(entries):
        mine = [each for each in deliveries if each.key == entry.key]
        yield from ("", f"  {entry.date:%Y-%m-%d}  {entry.subject}", f"              {entry.key}")
        counts = [(word, sum(each.status == name for each in mine)) for name, word in WORDS.items()]
        yield "              " + (
            ", ".join(f"{number} {word}" for word, number in counts if number) or "nobody to tell"
        )
        for each in mine:
            if each.status in OPEN or each.status == "refused":
                code = f" ({each.code})" if each.code else ""
                yield f"              {_who(each, people)}: {WORDS[each.status]}{code}"
    for claim in view.open_claims:
        yield from (
            "",
            (
                f"  [!] {', '.join(claim.keys)} is not finished; held by {claim.run} until"
                f" {claim.lease_until:%H:%M} UTC"
            ),
        )


def _who(delivery: Delivery, people: Manifest) -> str:
    return people.person(delivery.recipient.removeprefix(WEBHOOK))


def _document(
    view: View, where: str, entries: tuple[Entry, ...], deliveries: tuple[Delivery, ...]
) -> dict[str, object]:
    if view.empty:
        return {"where": where, "announced": None, "announcements": [], "claims": []}
    told = view.told
    return {
        "where": where,
        "announced": {
            "commit": told.moment.commit,
            "on": told.moment.on.isoformat(),
            "as_of": told.as_of.isoformat(),
        },
        "announcements": [
            {
                "key": entry.key,
                "kind": entry.kind,
                "items": list(entry.items),
                "audience": entry.audience,
                "subject": entry.subject,
                "date": entry.date.isoformat(),
                "commit": entry.commit,
                "message_id": entry.message_id,
                "recipients": [
                    {
                        "recipient": each.recipient,
                        "status": each.status,
                        "at": each.at.isoformat(),
                        "code": each.code,
                    }
                    for each in deliveries
                    if each.key == entry.key
                ],
            }
            for entry in entries
        ],
        "claims": [
            {
                "run": claim.run,
                "keys": list(claim.keys),
                "lease_until": claim.lease_until.isoformat(),
            }
            for claim in view.open_claims
        ],
    }
