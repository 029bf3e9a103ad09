"""What the commits of a project revised, as a log that is only ever added to: a build goes on from
where an earlier one ended.

A log rests on the commits, on the types of today's sources, which the comparison of two queries may
ask for, and on the names that git has for authors. All of these are in the key under which it is
stored, so that going on gives what beginning anew would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from msgspec import Struct

from sharekit.history import History, PastState, StateName, listed_from, manifests, read_state
from sharekit.project.manifest import KeyResultTerms, Manifest
from sharekit.records import replace
from sharekit.revisions.fields import digest
from sharekit.revisions.history_walk import HistoryStep, history_steps
from sharekit.revisions.meaning import Comparer
from sharekit.revisions.revision import Revision
from sharekit.visible import Gone, LastReaders, readers_of, sees_item


class LoggedStep(Struct, frozen=True):
    """A step of history that revised something."""

    before: StateName | None
    """None before the first state."""
    after: StateName
    revisions: tuple[Revision, ...]
    """Neither numbered nor with an effect; those of form alone left out."""


class HistoryLog(Struct, frozen=True):
    """What the commits up to one of them revised."""

    last: StateName | None = None
    """The newest state; None before a project was there."""
    steps: tuple[LoggedStep, ...] = ()
    """Oldest first."""
    commits_before: int = 0
    """How many commits came before the day from which history is listed."""
    moves: Mapping[str, int] = {}
    """Audience -> how often its meeting was moved since."""
    gone: Gone = {}
    """What was ever declared and whom it was for last, whether it is still declared or not."""
    origin: str = ""
    """What the project began with, as one word; "" in a shallow clone."""
    last_retired: date = date.min
    """Day of the newest commit that took a key result away."""
    as_of: date | None = None
    """The day that stood for the later ones when a key result was taken away: whether its period
    was over is told by that. None where none was taken away later."""

    @property
    def revisions(self) -> Iterator[Revision]:
        """Oldest first."""
        return (revision for step in self.steps for revision in step.revisions)


class HistoryLogStore(Protocol):
    """Stores logs between builds."""

    def get(self, key: str) -> HistoryLog | None:
        """None where there is none, or it cannot be read."""
        ...

    def put(self, key: str, log: HistoryLog) -> None:
        """Store one in place of what was there."""
        ...


def ignore_step(step: HistoryStep) -> None:
    """For those who only want the log."""


def history_log(
    history: History,
    today: Manifest,
    compare: Comparer,
    store: HistoryLogStore | None = None,
    *,
    until: str = "HEAD",
    as_of: date | None = None,
    on_new_step: Callable[[HistoryStep], None] = ignore_step,
) -> HistoryLog:
    """The log up to a commit, from the day on that `today` lists history from. No day after `as_of`
    has come. `on_new_step` gets each step that is not in the store.

    In a shallow clone the oldest commit that is there introduces everything, which nobody should be
    told: those revisions are left out."""
    start = listed_from(history, today, until)
    newest = history.head if until == "HEAD" else history.resolve(until)
    builder = _LogBuilder(history, today, compare, as_of, on_new_step)
    key = None if store is None else _key(history, today, compare, start)
    stored = None if store is None or key is None else store.get(key)
    if stored is None or stored.last is None or not builder.can_go_on(stored, until):
        log = builder.with_commits(builder.begun(start), start, until)
    elif stored.last.commit == newest:
        return stored
    else:
        log = builder.with_commits(stored, read_state(history, stored.last), until)
    if store is not None and key is not None and (stored is None or log.last != stored.last):
        store.put(key, log)
    return log


def with_work_tree(
    log: HistoryLog,
    history: History,
    today: Manifest,
    compare: Comparer,
    as_of: date,
    on_new_step: Callable[[HistoryStep], None] = ignore_step,
) -> HistoryLog:
    """The log with what is not committed yet."""
    last = None if log.last is None else read_state(history, log.last)
    builder = _LogBuilder(history, today, compare, as_of, on_new_step)
    return builder.with_states(log, last, [PastState(history.working(as_of), today)])


def _key(
    history: History, today: Manifest, compare: Comparer, start: PastState | None
) -> str | None:
    """Names all that a log rests on besides its commits; None where none can be stored."""
    authors = None if history.shallow else history.author_names
    if authors is None:
        return None
    begins = None if start is None else start.moment.commit
    types = compare.types(" ".join(sorted(today.sources)))
    untracked = list(history.untracked)
    return digest([history.layout.prefix, begins, today.several, authors, untracked, types])


class _LogBuilder(Struct, frozen=True):
    history: History
    today: Manifest
    compare: Comparer
    as_of: date | None
    on_new_step: Callable[[HistoryStep], None]

    def can_go_on(self, log: HistoryLog, until: str) -> bool:
        """Whether a log is one of this line of commits, as of this day."""
        if log.last is None or log.last.commit is None or log.as_of != self._as_of(log):
            return False
        return self.history.passes(log.last.commit, until)

    def _as_of(self, log: HistoryLog) -> date | None:
        return self.as_of if self.as_of is not None and log.last_retired > self.as_of else None

    def begun(self, start: PastState | None) -> HistoryLog:
        """The log of the time before the first listed state."""
        if start is None:
            return HistoryLog()
        commit = start.moment.commit
        assert commit is not None
        earlier = manifests(self.history, commit) if self.today.several else iter(())
        return HistoryLog(
            start.name,
            commits_before=self.history.count(commit),
            gone=_readers((*earlier, start)),
            origin=self._origin(),
        )

    def with_commits(self, log: HistoryLog, last: PastState | None, until: str) -> HistoryLog:
        """The log with the commits after its last state."""
        return self.with_states(log, last, manifests(self.history, until, after=last))

    def with_states(
        self, log: HistoryLog, last: PastState | None, states: Iterable[PastState]
    ) -> HistoryLog:
        """The log with some states after its last one."""
        steps, moves, gone = list(log.steps), Counter(log.moves), dict(log.gone)
        name, origin, last_retired = log.last, log.origin, log.last_retired
        for step in history_steps(states, after=last, compare=self.compare, as_of=self.as_of):
            before, after = step.before, step.after
            name = after.name
            gone |= readers_of(after.manifest)
            if before is not None:
                moves.update(_moved_meetings(before.manifest, after.manifest))
            elif self.history.shallow:
                continue
            else:
                origin = _name_of(step)
            if any(_takes_key_result(revision) for revision in step.revisions):
                last_retired = max(last_retired, after.moment.on.date())
            if step.revisions:
                self.on_new_step(step)
                earlier = None if before is None else before.name
                steps.append(LoggedStep(earlier, after.name, step.revisions))
        longer = replace(
            log,
            last=name,
            steps=tuple(steps),
            moves=dict(moves),
            gone=gone,
            origin=origin,
            last_retired=last_retired,
        )
        return replace(longer, as_of=self._as_of(longer))

    def _origin(self) -> str:
        """What the project began with, where its history is not listed from there on."""
        begin = self.history.first_declared()
        states = manifests(self.history, begin) if begin else iter(())
        return next(map(_name_of, history_steps(states, compare=self.compare)), "")


def _readers(states: Iterable[PastState]) -> dict[str, LastReaders]:
    readers: dict[str, LastReaders] = {}
    for state in states:
        readers |= readers_of(state.manifest)
    return readers


def _name_of(first: HistoryStep) -> str:
    return digest([revision.id for revision in first.revisions])


def _takes_key_result(revision: Revision) -> bool:
    return revision.kind == "key_result" and "retired" in revision.classes


def _moved_meetings(before: Manifest, after: Manifest) -> list[str]:
    """Audiences whose meetings are others now."""
    names = sorted({*before.config.audiences, *after.config.audiences})
    return [name for name in names if _series(before, name) != _series(after, name)]


def _series(manifest: Manifest, audience: str) -> object:
    """What makes the series of an audience's meetings; None without a meeting. It begins with the
    first period of a key result that the audience may see."""
    declared = manifest.config.audiences.get(audience)
    if declared is None or declared.meeting is None:
        return None
    zone = declared.meeting.timezone or manifest.config.project.timezone
    begins = min((terms.period.start for terms in _terms(manifest, audience)), default=None)
    return declared.meeting, zone, declared.meeting.starts or begins


def _terms(manifest: Manifest, audience: str) -> Iterator[KeyResultTerms]:
    for metric in manifest.key_results.values():
        if metric.okr and sees_item(audience, metric, manifest):
            yield metric.okr
