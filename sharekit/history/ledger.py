"""The ledger of announcements: what counts as announced, who takes what is still to be sent, what reached whom.

Its files, the same in every store; names are percent-encoded where they are not plain:

    ledger.json                           format, and the number of the state that counts as announced
    states/<n>/state.json                 commit, date, as-of date, statuses and hashes of one declared state
    states/<n>/files/...                  the declared files of that state
    items/<thread>.json                   announcements of one item so far: the thread of its mails
    announcements/<key>.json              one announcement: of what, to which audience, when
    sent/<key>/<recipient>.json           what became of it for one recipient
    claims/<id>.json                      announcements that a run has taken on and not finished

It holds people's keys and no addresses, hashes of mails and no mails, and no secrets. Everything that changes together
changes in one swap of the store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

from sharekit.changes import Moment
from sharekit.errors import OutsideError, SharekitError
from sharekit.history.layout import Declared
from sharekit.history.store import Store, Tree

FORMAT = 1
TRIES = 12
"""Attempts to write what others keep writing at the same time; each round lets at least one of them through."""
WEBHOOK = "webhook:"
"""Before a webhook's name, it makes a recipient's key."""
DeliveryStatus = Literal["claimed", "pending", "sent", "refused", "left", "dropped"]
OPEN: frozenset[DeliveryStatus] = frozenset({"claimed", "pending"})
"""Still to be sent. `left`: no longer of the audience or without an address; `dropped`: given up by the keeper."""


@dataclass(frozen=True)
class State:
    """What a project declared at one moment, as far as announcements go."""

    moment: Moment
    as_of: date
    declared: Declared
    statuses: Mapping[str, str]
    """Key result -> status, as last told."""
    published: Mapping[str, object] = field(default_factory=dict)
    """Metric -> what was published of it, as JSON says it; kept where restated history is announced."""


@dataclass(frozen=True)
class Entry:
    """One announcement."""

    key: str
    kind: str
    thread: str
    items: tuple[str, ...]
    revisions: tuple[str, ...]
    audience: str
    subject: str
    message_id: str
    date: datetime
    """Time of the claim: the Date of its mails."""
    commit: str
    """Commit whose state it announces."""


@dataclass(frozen=True)
class Delivery:
    """What became of one announcement for one recipient."""

    key: str
    recipient: str
    """Key of a person, or `webhook:` and its name."""
    status: DeliveryStatus
    at: datetime
    code: str = ""
    """The server's answer as numbers: "250", "550 5.1.1"."""
    sha256: str = ""
    """Of the message's bytes."""


@dataclass(frozen=True)
class Claim:
    """Announcements that were taken on together, and who is at it."""

    id: str
    run: str
    """The run that sends them: the one that took them on, or one that took them over from it."""
    keys: tuple[str, ...]
    before: int
    """Number of the state they were compared with."""
    after: int
    date: datetime
    lease_until: datetime
    """Until then others leave it alone, as the run may still be sending."""


@dataclass(frozen=True)
class View:
    """The ledger as it was when it was opened."""

    tree: Tree

    @property
    def empty(self) -> bool:
        return not self.tree.version

    @cached_property
    def current(self) -> int:
        """Number of the state that counts as announced."""
        head = self._read(["ledger.json"])["ledger.json"]
        if head.get("format") != FORMAT:
            raise SharekitError(
                f"the ledger has format {head.get('format')!r}, and this sharekit knows {FORMAT}",
                hint="Upgrade sharekit to the version that wrote it.",
            )
        return int(head["state"])

    @cached_property
    def told(self) -> State:
        """The state that counts as announced."""
        return self.state(self.current)

    def state(self, number: int) -> State:
        """One of the states that claims refer to."""
        folder = f"states/{number}/files"
        paths = self.tree.below(folder)
        texts = self.tree.load(paths)
        head = self._read([f"states/{number}/state.json"])[f"states/{number}/state.json"]
        files = {path.removeprefix(f"{folder}/"): texts[path] for path in paths}
        return State(
            Moment(head["commit"], datetime.fromisoformat(head["on"]), head["author"]),
            date.fromisoformat(head["as_of"]),
            Declared(files, head["digests"]),
            head["statuses"],
            head.get("published", {}),
        )

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Unfinished ones, oldest first."""
        found = [
            Claim(
                id=each["id"],
                run=each["run"],
                keys=tuple(each["keys"]),
                before=each["before"],
                after=each["after"],
                date=datetime.fromisoformat(each["date"]),
                lease_until=datetime.fromisoformat(each["lease_until"]),
            )
            for each in self._read(self.tree.below("claims")).values()
        ]
        return tuple(sorted(found, key=lambda claim: (claim.date, claim.id)))

    def entries(self, keys: Iterable[str] | None = None) -> tuple[Entry, ...]:
        """Announcements, oldest first: these, or all."""
        wanted = self.tree.below("announcements") if keys is None else [_announcement_path(key) for key in keys]
        found = [
            Entry(
                key=each["key"],
                kind=each["kind"],
                thread=each["thread"],
                items=tuple(each["items"]),
                revisions=tuple(each["revisions"]),
                audience=each["audience"],
                subject=each["subject"],
                message_id=each["message_id"],
                date=datetime.fromisoformat(each["date"]),
                commit=each["commit"],
            )
            for each in self._read(path for path in wanted if path in self.tree.paths).values()
        ]
        return tuple(sorted(found, key=lambda entry: (entry.date, entry.key)))

    def deliveries(self, keys: Iterable[str] | None = None) -> tuple[Delivery, ...]:
        """What became of these announcements, or of all, by key and recipient."""
        folders = ["sent"] if keys is None else [f"sent/{_name(key)}" for key in keys]
        paths = [path for folder in folders for path in self.tree.below(folder)]
        return tuple(
            Delivery(
                key=each["key"],
                recipient=each["recipient"],
                status=each["status"],
                at=datetime.fromisoformat(each["at"]),
                code=each["code"],
                sha256=each["sha256"],
            )
            for each in self._read(paths).values()
        )

    def thread(self, name: str) -> tuple[tuple[str, str], ...]:
        """Key and Message-ID of each announcement in a thread so far, oldest first."""
        path = f"items/{_name(name)}.json"
        if path not in self.tree.paths:
            return ()
        return tuple((each["key"], each["message_id"]) for each in self._read([path])[path]["announcements"])

    def _read(self, paths: Iterable[str]) -> dict[str, Any]:
        """JSON documents by path. Raises SharekitError where one is missing or damaged."""
        wanted = list(paths)
        missing = [path for path in wanted if path not in self.tree.paths]
        try:
            found = {} if missing else {path: json.loads(text) for path, text in self.tree.load(wanted).items()}
        except ValueError:
            missing = wanted[:1]
        if missing:
            raise SharekitError(
                f"the ledger is damaged at {missing[0]}",
                hint="Go back to its last good version; git log refs/sharekit/announced shows them.",
            )
        return found


Changes = dict[str, str | None]


class Ledger:
    """Opens views and writes changes; what a change must say is below, as functions of a view."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime], wait: Callable[[float], None]) -> None:
        self._store = store
        self._clock = clock
        self._wait = wait

    @property
    def where(self) -> str:
        return self._store.where

    def open(self) -> View:
        return View(self._store.open())

    def write(self, view: View, changes: Changes, message: str) -> bool:
        """Make these changes to what the view shows; False where somebody else wrote since."""
        return self._store.swap(view.tree, changes, message, self._clock())

    def amend(self, change: Callable[[View], Changes], message: str) -> View:
        """Make a change that holds whatever others write meanwhile. Returns the view that it was made to."""
        for attempt in range(TRIES):
            view = self.open()
            changes = change(view)
            if not changes or self.write(view, changes, message):
                return view
            self._wait(min(0.1 * 2**attempt, 5))
        raise OutsideError("the ledger is written by others all the time", hint="Run sharekit announce again.")


def baseline(state: State) -> Changes:
    """An empty ledger's first change: this state counts as announced."""
    return {"ledger.json": _json({"format": FORMAT, "state": 1}), **_state_files(1, state)}


def claim(
    view: View,
    *,
    before: State,
    after: State,
    run: str,
    lease_until: datetime,
    entries: Sequence[Entry],
    deliveries: Sequence[Delivery],
) -> Changes:
    """Take announcements on: from now on `after` counts as announced, and only `run` sends these."""
    old = 1 if view.empty else view.current
    new = old + 1
    taken = Claim(run, run, tuple(entry.key for entry in entries), old, new, entries[0].date, lease_until)
    changes = baseline(before) if view.empty else {}
    changes |= {"ledger.json": _json({"format": FORMAT, "state": new}), **_state_files(new, after)}
    changes |= _claimed(taken)
    for thread in dict.fromkeys(name for entry in entries for name in (entry.thread, *entry.items)):
        known = [*view.thread(thread), *((e.key, e.message_id) for e in entries if thread in (e.thread, *e.items))]
        said = [{"key": key, "message_id": message_id} for key, message_id in known]
        changes[f"items/{_name(thread)}.json"] = _json({"item": thread, "announcements": said})
    changes |= {_announcement_path(entry.key): _json(_plain(entry)) for entry in entries}
    return changes | {_delivery_path(delivery): _json(_plain(delivery)) for delivery in deliveries}


def take_over(claims: Iterable[Claim], *, run: str, lease_until: datetime) -> Changes:
    """Go on with claims that another run left unfinished, or keep one's own for longer."""
    changes: Changes = {}
    for taken in claims:
        changes |= _claimed(replace(taken, run=run, lease_until=lease_until))
    return changes


def record(view: View, deliveries: Sequence[Delivery], *, release: str | None = None, now: datetime) -> Changes:
    """Write what became of messages. Finished claims go, with states that nothing needs any more.

    What is final stays as it is, so that recording twice, or late, changes nothing. `release` names a run that has
    ended: what it leaves open is anybody's from now on.
    """
    if view.empty:
        return {}
    known = {(each.key, each.recipient): each for each in view.deliveries({each.key for each in deliveries})}
    fresh = [each for each in deliveries if (old := known.get((each.key, each.recipient))) and old.status in OPEN]
    changes: Changes = {
        _delivery_path(each): _json(_plain(each)) for each in fresh if each != known[each.key, each.recipient]
    }
    after = {(each.key, each.recipient): each for each in fresh}
    left: list[Claim] = []
    for taken in view.claims:
        states = [after.get((each.key, each.recipient), each).status for each in view.deliveries(taken.keys)]
        if not OPEN.intersection(states):
            changes[_claim_path(taken.id)] = None
            continue
        if taken.run == release and taken.lease_until > now:
            changes |= _claimed(replace(taken, lease_until=now))
        left.append(taken)
    needed = {str(view.current), *(str(number) for taken in left for number in (taken.before, taken.after))}
    return changes | {path: None for path in view.tree.below("states") if path.split("/")[1] not in needed}


# -- files -------------------------------------------------------------------------------------------------


def _name(text: str) -> str:
    """A path's part for any text: letters, digits, `-`, `_` and dots stand for themselves."""
    quoted = quote(text, safe="", errors="surrogatepass")
    return quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted


def _announcement_path(key: str) -> str:
    return f"announcements/{_name(key)}.json"


def _claim_path(claim_id: str) -> str:
    return f"claims/{_name(claim_id)}.json"


def _claimed(taken: Claim) -> Changes:
    return {_claim_path(taken.id): _json(_plain(taken))}


def _delivery_path(delivery: Delivery) -> str:
    return f"sent/{_name(delivery.key)}/{_name(delivery.recipient)}.json"


def _state_files(number: int, state: State) -> Changes:
    folder = f"states/{number}"
    head = {
        "commit": state.moment.commit,
        "on": state.moment.on.isoformat(),
        "author": state.moment.author,
        "as_of": state.as_of.isoformat(),
        "statuses": dict(state.statuses),
        "digests": dict(state.declared.digests),
        **({"published": dict(state.published)} if state.published else {}),
    }
    files = {f"{folder}/files/{path}": text for path, text in state.declared.files.items()}
    return {f"{folder}/state.json": _json(head), **files}


def _plain(value: object) -> dict[str, object]:
    """A record's fields as JSON knows them."""
    return {name: _plain_value(each) for name, each in vars(value).items()}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def _json(document: object) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
