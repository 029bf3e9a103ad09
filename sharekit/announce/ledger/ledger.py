"""The ledger of announcements: what counts as announced, who takes what is still to be sent, what
reached whom.

Its files, the same in every store; names are percent-encoded where they are not plain:

- `ledger.json`: format, and the number of the state that counts as announced
- `states/<n>/state.json`: commit, date, as-of date and the hash of each file of one declared state,
  and what is held: whose revision waits, and the state that was told about it last
- `states/<n>/published.json`: what was published of each number then
- `moves/<id>.json`: a number that slipped, recovered or was restated, told once
- `items/<thread>.json`: announcements of one item so far, and the root of its mails' thread
- `announcements/<key>.json`: one announcement: of what, to which audience, when, with which effect
- `sent/<key>/<recipient>.json`: what became of it for one recipient
- `claims/<id>.json`: announcements that a run has taken on and not finished

It holds facts and no files: hashes of queries and notes, whose text git has; people's keys and no
addresses; hashes of mails and no mails; no secrets. Everything that changes together changes in one
swap of the store; `changes.py` says what a change must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Literal, cast, get_args
from urllib.parse import quote

from msgspec import Struct, field

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.record import Record, damaged
from sharekit.announce.ledger.store import LedgerFiles, LedgerStore
from sharekit.errors import OutsideError, SharekitError
from sharekit.history.moment import Moment
from sharekit.project.shapes import audience_names
from sharekit.read_json import read_json
from sharekit.records import replace

FORMAT = 2
READ = frozenset({1, FORMAT})
"""Formats that can be read. Format 1 held the text of every declared file, too."""
TRIES = 12
"""Attempts to write what others keep writing at the same time; each round lets at least one of them
through."""
WEBHOOK = "webhook:"
"""Before a webhook's name, it makes a recipient's key."""
DeliveryStatus = Literal["claimed", "pending", "sent", "refused", "left", "dropped"]
OPEN: frozenset[DeliveryStatus] = frozenset({"claimed", "pending"})
"""Still to be sent. `left`: no longer of the audience or without an address; `dropped`: given up by
the keeper."""


class DeclaredState(Struct, frozen=True):
    """What a project declared at one moment, as far as announcements go."""

    moment: Moment
    as_of: date
    digests: Mapping[str, str]
    """Path of each declared file and of the data -> hash; git has the text."""
    published: Mapping[str, object] = field(default_factory=dict)
    """Metric -> what was published of it, as JSON says it."""
    held: Mapping[str, int] = field(default_factory=dict)
    """Item whose revision waits until its query runs -> number of the state that was told about it
    last."""
    earlier: Mapping[int, DeclaredState] = field(default_factory=dict)
    """Those states, by number."""

    @property
    def day(self) -> Moment:
        """Its commit, on the day that its numbers are of."""
        return replace(self.moment, on=datetime.combine(self.as_of, time(12), UTC))


class LedgerEntry(Struct, frozen=True):
    """One announcement."""

    key: str
    kind: str
    thread: str
    items: tuple[str, ...]
    revisions: tuple[str, ...]
    audiences: tuple[str, ...]
    """Whom it is for; a pre-read is for one."""
    subject: str
    message_id: str
    date: datetime
    """Time of the claim: the Date of its mails."""
    commit: str
    """Commit whose state it announces."""
    names: tuple[str, ...] = ()
    """Ids of what its messages name besides its items."""
    effects: Mapping[str, object] = field(default_factory=dict)
    """Revision -> its effect on the number as it was announced, as JSON says it."""


class Delivery(Struct, frozen=True):
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
    mailbox: str = ""
    """Recognises the address that it went to, without telling it."""
    audience: str = ""
    """In whose words it is; "" in a ledger that an earlier sharekit wrote."""
    person: str = ""
    """Key of the person by now, where that is no longer `recipient`."""


class Claim(Struct, frozen=True):
    """Announcements that were taken on together, and who is at it."""

    id: str
    run: str
    """The run that sends them: the one that took them on, or one that took them over from it. ""
    where that run said that it ended, so that anybody may go on."""
    keys: tuple[str, ...]
    before: int
    """Number of the state they were compared with."""
    after: int
    date: datetime
    place: str = ""
    """Where the run is to be seen: the address of a job. "" where none is known."""

    @property
    def since(self) -> str:
        """For sentences: since when a run has it, and where that run is to be seen."""
        address = f" ({self.place})" if self.place else ""
        return f"since {self.date.astimezone(UTC):%Y-%m-%d %H:%M} UTC{address}"


class LedgerView(Struct, frozen=True, dict=True):
    """The ledger as it was when it was opened."""

    tree: LedgerFiles

    @property
    def empty(self) -> bool:
        return not self.tree.version

    @cached_property
    def current(self) -> int:
        """Number of the state that counts as announced."""
        written = self._head.integer("format")
        if written not in READ:
            raise SharekitError(
                f"the ledger has format {written}, and this sharekit knows {FORMAT}",
                hint="Upgrade sharekit to the version that wrote it.",
            )
        return self._head.integer("state")

    def read_ahead(self) -> None:
        """Bring all documents at once, for those who will ask for all of them part by part."""
        self.tree.load(self.tree.paths)

    @property
    def outdated(self) -> bool:
        """Whether an earlier sharekit wrote it, in a format that is moved on."""
        return not self.empty and bool(self.current) and self._head.integer("format") != FORMAT

    @property
    def ids(self) -> Ids | None:
        """What message ids are made from; None where the ledger does not say."""
        if self.empty or not self._head.has("ids"):
            return None
        declared = self._head.inner("ids")
        return Ids(declared.text("project"), declared.text("host"))

    @cached_property
    def _head(self) -> Record:
        (head,) = self._read(["ledger.json"])
        return head

    @cached_property
    def announced(self) -> DeclaredState:
        """The state that counts as announced."""
        return self.state(self.current)

    def state(self, number: int) -> DeclaredState:
        """One of the states that claims refer to."""
        about, values = f"states/{number}/state.json", f"states/{number}/published.json"
        head, *published = self._read([about, *([values] if values in self.tree.paths else [])])
        held = _waiting_since(head)
        digests = head.inner("digests")
        return DeclaredState(
            Moment(head.text("commit"), head.moment("on"), head.text("author")),
            head.day("as_of"),
            {path: digests.text(path) for path in digests.document},
            published[0].mapping() if published else {},
            held,
            {base: self.state(base) for base in sorted(set(held.values())) if base < number},
        )

    def held(self, number: int) -> frozenset[int]:
        """The earlier states that a state refers to."""
        path = f"states/{number}/state.json"
        heads = self._read([path]) if path in self.tree.paths else []
        return frozenset(base for head in heads for base in _waiting_since(head).values())

    def moves(self) -> tuple[object, ...]:
        """What moved by itself and was told, as JSON says it, in a stable order."""
        return tuple(record.document for record in self._read(self.tree.below("moves")))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Unfinished ones, oldest first."""
        claims_left = [
            Claim(
                id=entry.text("id"),
                run="" if self._was_let_go(entry) else entry.text("run"),
                keys=entry.texts("keys"),
                before=entry.integer("before"),
                after=entry.integer("after"),
                date=entry.moment("date"),
                place=entry.text("place", ""),
            )
            for entry in self._read(self.tree.below("claims"))
        ]
        return tuple(sorted(claims_left, key=lambda claim: (claim.date, claim.id)))

    def _was_let_go(self, claim: Record) -> bool:
        """Whether the run of an earlier sharekit, which wrote until when a claim was its own, had
        an answer to each message: it came to its end."""
        if not claim.has("lease_until"):
            return False
        return all(
            delivery.status != "claimed" for delivery in self.deliveries(claim.texts("keys"))
        )

    @cached_property
    def open_claims(self) -> tuple[Claim, ...]:
        """Those with messages still to be sent; the others wait for a corrected address."""
        unsent = {delivery.key for delivery in self.deliveries() if delivery.status in OPEN}
        return tuple(claim for claim in self.claims if unsent.intersection(claim.keys))

    def entries(self, keys: Iterable[str] | None = None) -> tuple[LedgerEntry, ...]:
        """Announcements, oldest first: these, or all."""
        paths = (
            self.tree.below("announcements")
            if keys is None
            else [announcement_path(key) for key in keys]
        )
        ledger_entries = [
            LedgerEntry(
                key=entry.text("key"),
                kind=entry.text("kind"),
                thread=entry.text("thread"),
                items=entry.texts("items"),
                revisions=entry.texts("revisions"),
                audiences=_audiences(entry),
                subject=entry.text("subject"),
                message_id=entry.text("message_id"),
                date=entry.moment("date"),
                commit=entry.text("commit"),
                names=entry.texts("names", ()),
                effects=entry.table("effects", {}),
            )
            for entry in self._read(path for path in paths if path in self.tree.paths)
        ]
        return tuple(sorted(ledger_entries, key=lambda entry: (entry.date, entry.key)))

    def deliveries(self, keys: Iterable[str] | None = None) -> tuple[Delivery, ...]:
        """What became of these announcements, or of all, by key and recipient."""
        folders = ["sent"] if keys is None else [f"sent/{file_name(key)}" for key in keys]
        paths = [path for folder in folders for path in self.tree.below(folder)]
        return tuple(
            Delivery(
                key=entry.text("key"),
                recipient=entry.text("recipient"),
                status=_status(entry),
                at=entry.moment("at"),
                code=entry.text("code"),
                sha256=entry.text("sha256"),
                mailbox=entry.text("mailbox", ""),
                audience=entry.text("audience", ""),
                person=entry.text("person", ""),
            )
            for entry in self._read(paths)
        )

    def thread(self, name: str) -> tuple[tuple[str, str], ...]:
        """Key and Message-ID of each announcement in a thread so far, oldest first."""
        path = f"items/{file_name(name)}.json"
        if path not in self.tree.paths:
            return ()
        (item,) = self._read([path])
        return tuple(
            (entry.text("key"), entry.text("message_id")) for entry in item.records("announcements")
        )

    def _read(self, paths: Iterable[str]) -> list[Record]:
        """JSON documents in the order of these paths. Raises SharekitError where one is missing or damaged."""
        listed_paths = list(paths)
        for path in listed_paths:
            if path not in self.tree.paths:
                raise damaged(path)
        texts = self.tree.load(listed_paths)
        return [_record(path, texts[path]) for path in listed_paths]


def _record(path: str, text: str) -> Record:
    try:
        return Record(path, read_json(text))
    except ValueError:
        raise damaged(path) from None


def _waiting_since(head: Record) -> dict[str, int]:
    """Item -> number of the state that it waits since."""
    held = Record(head.path, head.table("held", {}))
    return {item: held.integer(item) for item in held.document}


def _audiences(entry: Record) -> tuple[str, ...]:
    is_list = isinstance(entry.document, dict) and isinstance(entry.document.get("audience"), list)
    return audience_names(list(entry.texts("audience")) if is_list else entry.text("audience"))


def _status(entry: Record) -> DeliveryStatus:
    status = entry.text("status")
    if status not in get_args(DeliveryStatus):
        raise damaged(entry.path)
    return cast(DeliveryStatus, status)


Changes = dict[str, str | None]


class Ledger:
    """Opens views and writes changes."""

    def __init__(
        self, store: LedgerStore, *, clock: Callable[[], datetime], wait: Callable[[float], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wait = wait

    @property
    def where(self) -> str:
        return self._store.where

    def open(self) -> LedgerView:
        return LedgerView(self._store.open())

    def write(
        self, view: LedgerView, changes: Changes, message: str, *, afresh: bool = False
    ) -> bool:
        """Make these changes to what the view shows; False where somebody else wrote since.
        `afresh`: without its earlier versions."""
        return self._store.swap(view.tree, changes, message, self._clock(), afresh=afresh)

    def amend(
        self, change: Callable[[LedgerView], Changes], message: str, *, afresh: bool = False
    ) -> LedgerView:
        """Make a change that holds whatever others write meanwhile. Returns the view that it was
        made to."""
        for attempt in range(TRIES):
            view = self.open()
            changes = change(view)
            if not changes or self.write(view, changes, message, afresh=afresh):
                return view
            self._wait(min(0.1 * 2**attempt, 5))
        raise OutsideError(
            "other runs keep writing the ledger", hint="Run sharekit announce again."
        )


def file_name(text: str) -> str:
    """A path's part for any text: letters, digits, `-`, `_` and dots stand for themselves."""
    quoted = quote(text, safe="", errors="surrogatepass")
    return quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted


def announcement_path(key: str) -> str:
    return f"announcements/{file_name(key)}.json"
