"""What a change of the ledger must be, as functions of a view: each gives the files to set, or to
remove (None)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct, structs

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import (
    FORMAT,
    OPEN,
    Changes,
    Claim,
    DeclaredState,
    Delivery,
    LedgerEntry,
    LedgerView,
    announcement_path,
    file_name,
)
from sharekit.project.shapes import audience_value
from sharekit.records import replace

CORRECTED_WITHIN = timedelta(days=90)
"""How long a message that was refused waits for a corrected address."""
Moves = Mapping[str, object]
"""Id -> what moved by itself, as JSON can say it."""


def baseline(state: DeclaredState, ids: Ids | None = None) -> Changes:
    """An empty ledger's first change: this state counts as announced."""
    return {**_head(1, ids), **_state_files(1, state)}


def upgrade(view: LedgerView, ids: Ids) -> Changes:
    """A ledger that an earlier sharekit wrote, in today's format: without the text of any file."""
    texts = [path for path in view.tree.below("states") if path.split("/")[2] == "files"]
    return {**_head(view.current, view.ids or ids), **dict.fromkeys(texts)}


def _head(state: int, ids: Ids | None) -> Changes:
    identity = {"ids": {"project": ids.project, "host": ids.host}} if ids else {}
    return {"ledger.json": ledger_text({"format": FORMAT, "state": state, **identity})}


def advance(view: LedgerView, after: DeclaredState, moves: Moves) -> Changes:
    """Nothing is to be sent: `after` counts as told from now on, and what moved by itself is
    kept."""
    new = view.current + 1
    changes: Changes = {**_head(new, view.ids), **_state_files(new, after)}
    return changes | _move_files(moves) | _remove_unneeded_states(view, new, view.claims, after)


def claim(
    view: LedgerView,
    *,
    before: DeclaredState,
    after: DeclaredState,
    run: str,
    entries: Sequence[LedgerEntry],
    deliveries: Sequence[Delivery],
    moves: Moves | None = None,
    ids: Ids | None = None,
    place: str = "",
) -> Changes:
    """Take announcements on: from now on `after` counts as announced, and only `run` sends
    these."""
    old = 1 if view.empty else view.current
    new = old + 1
    keys = tuple(entry.key for entry in entries)
    new_claim = Claim(run, run, keys, old, new, entries[0].date, place)
    changes = baseline(before) if view.empty else {}
    changes |= {**_head(new, view.ids or ids), **_state_files(new, after)}
    changes |= _claim_file(new_claim) | _move_files(moves or {})
    for thread in dict.fromkeys(name for entry in entries for name in (entry.thread, *entry.items)):
        earlier = [
            *view.thread(thread),
            *(
                (entry.key, entry.message_id)
                for entry in entries
                if thread in (entry.thread, *entry.items)
            ),
        ]
        announcements = [{"key": key, "message_id": message_id} for key, message_id in earlier]
        changes[f"items/{file_name(thread)}.json"] = ledger_text(
            {"item": thread, "announcements": announcements}
        )
    changes |= {announcement_path(entry.key): ledger_text(_entry(entry)) for entry in entries}
    return changes | delivery_files(deliveries)


def take_over(claims: Iterable[Claim], *, run: str, place: str = "") -> Changes:
    """Go on with claims that another run left unfinished: from now on they are this run's."""
    changes: Changes = {}
    for claim in claims:
        changes |= _claim_file(replace(claim, run=run, place=place))
    return changes


def record(
    view: LedgerView, deliveries: Sequence[Delivery], *, release: str | None = None, now: datetime
) -> Changes:
    """Write what became of messages. Finished claims go, with states that nothing needs any more.

    What is final stays as it is, so that recording twice, or late, changes nothing. `release` names
    a run that has ended: what it leaves open is anybody's from now on."""
    if view.empty:
        return {}
    earlier_deliveries = {
        (delivery.key, delivery.recipient): delivery
        for delivery in view.deliveries({delivery.key for delivery in deliveries})
    }
    new_deliveries = [
        delivery
        for delivery in deliveries
        if (old := earlier_deliveries.get((delivery.key, delivery.recipient)))
        and _may_follow(old, delivery)
    ]
    changes: Changes = {
        _delivery_path(delivery): ledger_text(_json_fields(delivery))
        for delivery in new_deliveries
        if delivery != earlier_deliveries[delivery.key, delivery.recipient]
    }
    after = {(delivery.key, delivery.recipient): delivery for delivery in new_deliveries}
    open_claims: list[Claim] = []
    for claim in view.claims:
        states = [
            after.get((delivery.key, delivery.recipient), delivery)
            for delivery in view.deliveries(claim.keys)
        ]
        if not any(
            delivery.status in OPEN or _may_be_corrected(delivery, now) for delivery in states
        ):
            changes[_claim_path(claim.id)] = None
            continue
        if release and claim.run == release:
            changes |= _claim_file(replace(claim, run="", place=""))
        open_claims.append(claim)
    return changes | _remove_unneeded_states(view, view.current, open_claims)


def _may_follow(old: Delivery, new: Delivery) -> bool:
    """Whether an answer counts: what was refused at one address may be taken, or refused, at a
    corrected one."""
    if old.status in OPEN:
        return True
    corrected = old.mailbox != new.mailbox or new.status == "dropped" or old.person != new.person
    return old.status == "refused" and bool(old.mailbox) and corrected


def _may_be_corrected(delivery: Delivery, now: datetime) -> bool:
    """Whether the states are still needed, so that a corrected address gets what it missed."""
    return (
        delivery.status == "refused"
        and bool(delivery.mailbox)
        and now - delivery.at < CORRECTED_WITHIN
    )


def _remove_unneeded_states(
    view: LedgerView, current: int, claims: Iterable[Claim], new_state: DeclaredState | None = None
) -> Changes:
    """Removes the states that nothing needs any more. `new_state`: the current one, where it is not
    written yet."""
    counts = {current, *(number for claim in claims for number in (claim.before, claim.after))}
    referred = {base for number in counts for base in view.held(number)} | set(
        new_state.held.values() if new_state else ()
    )
    needed = {str(number) for number in counts | referred}
    return {path: None for path in view.tree.below("states") if path.split("/")[1] not in needed}


# -- files ----------------------------------------------------------------------------------------


def _claim_path(claim_id: str) -> str:
    return f"claims/{file_name(claim_id)}.json"


def _claim_file(claim: Claim) -> Changes:
    return {_claim_path(claim.id): ledger_text(_json_fields(claim))}


def delivery_files(deliveries: Iterable[Delivery]) -> Changes:
    """What became of these messages, as files."""
    return {
        _delivery_path(delivery): ledger_text(_json_fields(delivery)) for delivery in deliveries
    }


def _delivery_path(delivery: Delivery) -> str:
    return f"sent/{file_name(delivery.key)}/{file_name(delivery.recipient)}.json"


def _state_files(number: int, state: DeclaredState) -> Changes:
    folder = f"states/{number}"
    head = {
        "commit": state.moment.commit,
        "on": state.moment.on.isoformat(),
        "author": state.moment.author,
        "as_of": state.as_of.isoformat(),
        "digests": dict(state.digests),
        **({"held": dict(state.held)} if state.held else {}),
    }
    files: Changes = {}
    if state.published:
        files[f"{folder}/published.json"] = _lines(state.published)
    return {f"{folder}/state.json": ledger_text(head), **files}


def _move_files(moves: Moves) -> Changes:
    return {f"moves/{file_name(name)}.json": ledger_text(value) for name, value in moves.items()}


def _lines(items: Mapping[str, object]) -> str:
    """A JSON object with one item a line, so that git stores little where little moved."""
    fields = (
        f"{json.dumps(name)}: {json.dumps(items[name], sort_keys=True)}" for name in sorted(items)
    )
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _json_fields(value: Struct) -> dict[str, object]:
    """A record's fields as JSON knows them."""
    return {name: _plain_value(entry) for name, entry in structs.asdict(value).items()}


def _entry(entry: LedgerEntry) -> dict[str, object]:
    """An announcement as JSON has it: its audience as people write it."""
    fields = {name: value for name, value in _json_fields(entry).items() if name != "audiences"}
    return {**fields, "audience": audience_value(entry.audiences)}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def ledger_text(document: object) -> str:
    """One of the ledger's documents as it is written."""
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
