"""`sharekit ledger`: what was announced to whom, and what is still open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import click

from sharekit.announce.ledger.ledger import OPEN, WEBHOOK, Delivery, LedgerEntry, LedgerView
from sharekit.app.announcing import Announcer
from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.errors import SharekitError
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
def ledger(session: Session, about: str | None, last: int | None, form: str) -> int:
    """Show what was announced to whom.

    And what is still open. Reads the ledger and changes nothing. Name a key result, a metric or the
    key of an announcement to see that alone."""
    with session.terminal.progress() as tell:
        tell("Reading the ledger")
        announcer = Announcer(session, date.min, tell)
        view, where, people = announcer.ledger.open(), announcer.ledger.where, announcer.people
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
    moment = view.told.moment
    yield f"  {where}"
    yield (
        f"  Announced up to {(moment.commit or '')[:7]} of {moment.on:%Y-%m-%d},"
        f" {count(len(entries), 'announcement')}"
    )
    for entry in reversed(entries):
        mine = [delivery for delivery in deliveries if delivery.key == entry.key]
        yield from ("", f"  {entry.date:%Y-%m-%d}  {entry.subject}", f"              {entry.key}")
        counts = [
            (word, sum(delivery.status == name for delivery in mine))
            for name, word in WORDS.items()
        ]
        yield "              " + (
            ", ".join(f"{number} {word}" for word, number in counts if number) or "nobody to tell"
        )
        for delivery in mine:
            if delivery.status in OPEN or delivery.status == "refused":
                code = f" ({delivery.code})" if delivery.code else ""
                yield f"              {_who(delivery, people)}: {WORDS[delivery.status]}{code}"
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
    view: LedgerView, where: str, entries: tuple[LedgerEntry, ...], deliveries: tuple[Delivery, ...]
) -> dict[str, object]:
    if view.empty:
        return {"where": where, "announced": None, "announcements": [], "claims": []}
    declared_state = view.told
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
                "audience": entry.audience,
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
                "lease_until": claim.lease_until.isoformat(),
            }
            for claim in view.open_claims
        ],
    }
