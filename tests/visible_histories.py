"""Made-up histories in which audiences, members, owners, titles and queries change, with a secret
word for each text.

Every text of a thing is a word of its own, so that a word in what somebody reads tells exactly what
leaked from when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from sharekit.errors import Place, Problem
from sharekit.history import PastState
from sharekit.history.moment import Moment
from sharekit.numbers.results import (
    ClosedKeyResult,
    ClosedReading,
    OkrReading,
    Point,
    Reading,
    Result,
    Results,
)
from sharekit.okr.assessment import assess_key_result, assess_objectives
from sharekit.project.lineage import lineage
from sharekit.project.load import load_files
from sharekit.project.manifest import DeclaredItem, Manifest, Metric
from sharekit.project.shapes import audience_text
from sharekit.records import replace
from sharekit.revisions.history_walk import history_steps, number_revisions
from sharekit.revisions.revision import EffectStep, Impact, Revision, RowChange
from sharekit.visible import Gone, LastReaders, readers_of

AS_OF = date(2026, 3, 20)
AUDIENCES = ("world", "team", "board")
READERS = (*((name,) for name in AUDIENCES), ("board", "team"), ("board", "team"))
"""Whom things are for, as likely as they stand here."""
PEOPLE = ("ann", "bob", "cyd")
VIEWS, NUMBERS, KEY_RESULTS = ("_zva", "_zvb", "_zvc"), ("zma", "zmb", "zmc"), ("zka", "zkb", "zkc")
BY_HAND, ENDED = "zkc", "zob"
"""A key result without SQL, and an objective whose period is over."""
OBJECTIVES, PAGES, ASKS, SOURCES = ("zoa", "zob"), ("zda", "zdb"), ("zqa",), ("zsa", "zsb")


@dataclass
class Thing:
    """One declared thing as it is at one commit."""

    audiences: tuple[str, ...]
    word: str
    reads: tuple[str, ...] = ()
    owner: str = "ann"
    parent: str = ""
    there: bool = True
    also: tuple[str, ...] = ()
    """Owners after the first."""
    other: str = ""
    """The number that is its target, or that replaces it."""
    said: tuple[str, ...] = ()
    """What its check-ins say, oldest first."""

    @property
    def audience(self) -> str:
        """As front matter has it."""
        return audience_text(self.audiences)

    @property
    def owners(self) -> str:
        return f"[{', '.join((self.owner, *self.also))}]" if self.also else self.owner


@dataclass
class Story:
    """A history, and what each word was for."""

    states: list[PastState] = field(default_factory=list)
    words: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    """Secret word -> things and numbers of states that it stood in."""

    def forbidden(self, audience: str) -> set[str]:
        """Words that nobody of an audience may read: by today's members, the past included."""
        today = self.states[-1].manifest
        found = set()
        for word, stood in self.words.items():
            if not any(self._may_read(audience, name, place, today) for name, place in stood):
                found.add(word)
        return found

    def _may_read(self, audience: str, name: str, place: int, today: Manifest) -> bool:
        now = _thing(name, today)
        if now is not None and not self._sees(audience, now, today, today):
            return False
        then = self.states[place].manifest
        thing = _thing(name, then)
        return thing is not None and self._sees(audience, thing, then, today)

    def _sees(self, audience: str, thing: DeclaredItem, then: Manifest, today: Manifest) -> bool:
        owners = [thing.audiences]
        if isinstance(thing, Metric) and thing.okr:
            owners.append(then.objectives[thing.okr.objective].audiences)
        inside = today.audiences[audience]
        return all(
            audience in names
            or (
                inside
                and all(any(key in today.audiences[name] for name in names) for key in inside)
            )
            for names in owners
        )


def _thing(name: str, manifest: Manifest) -> DeclaredItem | None:
    found = (
        manifest.sql_item(name) or manifest.objectives.get(name) or manifest.dashboards.get(name)
    )
    return found or manifest.asks.get(name)


class Maker:
    """Makes one history from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.count = 0
        self.members = {name: self._some() for name in AUDIENCES[1:]}
        self.things: dict[str, Thing] = {}
        for name in (*VIEWS, *NUMBERS, *KEY_RESULTS, *OBJECTIVES, *PAGES, *ASKS, *SOURCES):
            self.things[name] = Thing(self.random.choice(READERS), self._word())
            self._rewire(name)

    def _some(self) -> tuple[str, ...]:
        return tuple(sorted(self.random.sample(PEOPLE, self.random.randint(1, 2))))

    def _word(self) -> str:
        self.count += 1
        return "Qx" + "".join("abcdefghij"[int(digit)] for digit in f"{self.count:03}") + "w"

    def _rewire(self, name: str) -> None:
        thing = self.things[name]
        if name in VIEWS:
            thing.reads = (self.random.choice(SOURCES),)
        elif name in (*NUMBERS, *KEY_RESULTS):
            thing.reads = tuple(
                f"metrics.{each}" for each in self.random.sample(VIEWS, self.random.randint(1, 2))
            )
        elif name in PAGES:
            thing.reads = tuple(self.random.sample((*NUMBERS, *KEY_RESULTS), 2))
        elif name in ASKS:
            thing.reads = (self.random.choice((*NUMBERS, *PAGES)),)
        if name in KEY_RESULTS:
            thing.parent = self.random.choice(OBJECTIVES)
        if name == "zob":
            thing.parent = "zoa"
        if name in NUMBERS:
            thing.other = self.random.choice(NUMBERS)

    def step(self) -> None:
        """Change a few things, as one commit does."""
        for name in self.random.sample(sorted(self.things), self.random.randint(1, 4)):
            thing, what = self.things[name], self.random.randint(0, 6)
            if what <= 1:
                thing.audiences = self.random.choice(READERS)
            if what in (1, 2):
                thing.word = self._word()
            if what in (2, 3):
                self._rewire(name)
            if what == 4:
                thing.owner, *also = self.random.sample(PEOPLE, 2)
                thing.also = tuple(also) if self.random.random() < 0.5 else ()
            if what == 6 and name in KEY_RESULTS:
                thing.said = (*thing.said, self._word())
            if what == 5 and name in (*VIEWS, *NUMBERS, *KEY_RESULTS):
                thing.there = not thing.there
        if self.random.random() < 0.3:
            self.members[self.random.choice(AUDIENCES[1:])] = self._some()

    def files(self) -> dict[str, str]:
        people = "".join(
            f'[people.{name}]\nname = "{name.title()}"\nemail = "{name}@x.example"\n'
            for name in PEOPLE
        )
        audiences = (
            '[audiences.world]\nmembers = ["ann", "bob", "cyd"]\nmeeting = { day = "monday", time ='
            ' "09:00" }\n'
        )
        for name, members in self.members.items():
            audiences += f"[audiences.{name}]\nmembers = {list(members)}\n".replace("'", '"')
        sources = "".join(
            f'[sources.{name}]\npath = "metrics/data/{name}.csv"\naudience ='
            f" {json.dumps(self.things[name].audiences)}\n"
            for name in SOURCES
        )
        project = (
            '[project]\nname = "P"\nurl = "https://n.example/"\naudience = "world"\n[mail]\nfrom ='
            ' "n@x.example"\n'
        )
        found = {"sharekit.toml": project + people + audiences + sources}
        for name in VIEWS:
            thing = self.things[name]
            if thing.there:
                head = f"/* ---\naudience: {thing.audience}\n--- */\n"
                found[f"metrics/x/{name}.sql"] = (
                    f"{head}SELECT week, n AS {thing.word} FROM {thing.reads[0]}\n"
                )
        for name in NUMBERS:
            if self.things[name].there:
                found[f"metrics/x/{name}.sql"] = self._number(name, "")
        for name in KEY_RESULTS:
            thing = self.things[name]
            if thing.there:
                terms = f"baseline: 1\ntarget: {10 + self.count % 5}\nobjective: {thing.parent}\n"
                note = (
                    f"revisions:\n  - {{date: 2026-03-01, reason: scope, why: {thing.word},"
                    f" we_will: {thing.word}}}\n"
                )
                said = "".join(
                    f"  - {{on: 2026-03-0{day}, value: {day}, note: {word}}}\n"
                    for day, word in enumerate(thing.said[-8:], 1)
                )
                text = self._number(name, terms + note + (f"checkins:\n{said}" if said else ""))
                if name == BY_HAND:
                    head = text.removeprefix("/* ").partition("--- */")[0]
                    found[f"metrics/okrs/{thing.parent}/{name}.md"] = f"{head}---\n{thing.word}\n"
                else:
                    found[f"metrics/okrs/{thing.parent}/{name}.sql"] = text.replace(
                        ", value:", ", confidence:"
                    )
        for name in OBJECTIVES:
            thing = self.things[name]
            parent = f"parent: {thing.parent}\n" if thing.parent else ""
            found[f"metrics/okrs/{name}/objective.md"] = (
                f"---\nid: {name}\ntitle: {thing.word}\nowner:"
                f" {thing.owners}\n{_period(name)}{parent}audience: {thing.audience}\nhelp_wanted:"
                f" {thing.word}\n---\n{thing.word}\n"
            )
        for name in PAGES:
            thing = self.things[name]
            placed = "".join(f"- {each}\n" for each in thing.reads)
            found[f"dashboards/{name}.md"] = (
                f"---\ntitle: {thing.word}\nowner: {thing.owners}\naudience:"
                f" {thing.audience}\n---\n{{{{ {thing.reads[0]} }}}}\n\n```metrics\n{placed}```\n"
            )
        for name in ASKS:
            thing = self.things[name]
            found[f"metrics/asks/{name}.yaml"] = (
                f"question: {thing.word}\naudience: {thing.audience}\nasked:\n  - {{on: 2026-01-05,"
                f" by: ann}}\nowner: {thing.owner}\nanswered_by: {thing.reads[0]}\n"
            )
        return found

    def _number(self, name: str, more: str) -> str:
        thing = self.things[name]
        audience = f"audience: {thing.audience}\n"
        if more:  # as check has it: never for more people than its objective
            audience = f"audience: {self.things[thing.parent].audience}\n"
        drives = f"drives: [{NUMBERS[0]}]\n" if name != NUMBERS[0] else ""
        tables = " JOIN ".join(
            [thing.reads[0], *(f"{each} USING (week)" for each in thing.reads[1:])]
        )
        own = f"challenges: {thing.word}\n" if more else "announce: mail\n"
        if not more and thing.other != name:
            own += f"state: deprecated\nreplaced_by: {thing.other}\n" if name == NUMBERS[2] else ""
            own += f"target: metrics.{thing.other}\n" if name == NUMBERS[1] else ""
        if name == NUMBERS[0]:
            own += f"total: none\nheadline: {thing.word}\n"
        head = f"title: {thing.word}\nowner: {thing.owners}\n{own}{audience}{drives}{more}"
        query = (
            f"SELECT week, sum(n) AS value FROM {tables} WHERE note <> '{thing.word}' GROUP BY week"
        )
        return f"/* ---\n{head}--- */\n{query}\n"


def _period(objective: str) -> str:
    return (
        "period: {start: 2026-01-01, end: 2026-03-12}\n"
        if objective == ENDED
        else "period: 2026-Q1\n"
    )


def history(seed: int, length: int = 6) -> Story:
    maker, story = Maker(seed), Story()
    for place in range(length):
        if place:
            maker.step()
        when = datetime(2026, 3, 1, 10, tzinfo=UTC) + timedelta(days=3 * place)
        digests = {f"metrics/data/{name}.csv": "d" for name in SOURCES}
        manifest = load_files(maker.files(), digests=digests, commit=f"{place:040}")
        story.states.append(PastState(Moment(f"{place:040}", when, "Ann"), manifest))
        for name, thing in maker.things.items():
            if thing.there and name not in SOURCES:
                for word in (thing.word, *thing.said):
                    story.words.setdefault(word, set()).add((name, place))
                story.words.setdefault(name, set()).add((name, place))
    return story


def told(story: Story) -> tuple[tuple[Revision, ...], Gone]:
    """Every revision, with an effect whose words name whatever its changes do, and all that was
    ever declared."""
    found: list[Revision] = []
    gone: dict[str, LastReaders] = {}
    for turn in history_steps(story.states):
        gone |= readers_of(turn.after.manifest)
        found += (with_effect(each) for each in turn.revisions)
    return number_revisions(found), gone


def with_effect(revision: Revision) -> Revision:
    if "redefined" not in revision.classes or revision.before is None:
        return revision
    steps = tuple(EffectStep(each.sentence, 0.5) for each in revision.sql_changes)
    series = tuple(Point(date(2026, 3, day), day / 10) for day in (2, 9, 16))
    names = " ".join(each.sentence for each in revision.sql_changes)
    names += f" {revision.sql_before} {revision.sql_after}"
    unavailable = (
        f"The old definition no longer runs: {names}." if revision.number % 3 == 1 else None
    )
    held = f"Held: the query fails: {names}." if revision.number % 3 == 2 else None
    rows = tuple(RowChange("-", each.sentence, 3, 9) for each in revision.sql_changes)
    impact = Impact(
        None,
        1.0,
        2.0,
        None,
        1.0,
        series,
        series,
        steps,
        rows=rows,
        unavailable=unavailable,
        held=held,
    )
    return replace(revision, impact=impact)


def results(manifest: Manifest, past: Sequence[Manifest] = ()) -> Results:
    """A value for each number, and a failure that names what it reads for every other one.

    `past`: earlier states, of which every key result with another promise ended, here and
    elsewhere."""
    found: dict[str, Result] = {}
    judged: dict[str, list[tuple[Metric, OkrReading]]] = {}
    reads = lineage(manifest)
    for place, (name, metric) in enumerate(manifest.metrics.items()):
        reading = _reading()
        okr = (
            assess_key_result(metric.okr, reading, AS_OF, manifest.config.okrs)
            if metric.okr
            else None
        )
        behind = (*reads.upstream(name), *reads.all_sources(name))
        failure = Problem(
            "query-failed", f"cannot read {', '.join(behind)}", Place(metric.path), phase="data"
        )
        late = f"It failed today: {failure.message}." if place % 3 else None
        found[name] = Result(
            name,
            reading,
            okr,
            stale=late,
            failure=failure if place % 2 else None,
            as_of=AS_OF,
            closed=_closed(name, past),
        )
        if metric.okr and okr:
            judged.setdefault(metric.okr.objective, []).append((metric, okr))
    objectives = assess_objectives(manifest.objectives.values(), judged, manifest.config.okrs)
    return Results(AS_OF, found, objectives, settled=tuple(_settled(past)))


def _reading() -> Reading:
    series = tuple(Point(date(2026, 3, day), day / 10) for day in (2, 9))
    return Reading("series", 0.9, "week", date(2026, 3, 9), date(2026, 3, 15), series)


def _closed(name: str, past: Sequence[Manifest]) -> ClosedReading | None:
    """How a key result ended by the first state that has it, where its period is over there."""
    for state in past:
        metric = state.key_results.get(name)
        if metric is not None and metric.okr is not None and metric.okr.period.end < AS_OF:
            okr = assess_key_result(metric.okr, _reading(), AS_OF, state.config.okrs)
            return ClosedReading(metric, _reading(), okr, ("target", "definition"))
    return None


def _settled(past: Sequence[Manifest]) -> Iterator[ClosedKeyResult]:
    """Every key result of every earlier state, ended there."""
    for state in past:
        for metric in state.key_results.values():
            if metric.okr is not None:
                yield ClosedKeyResult(
                    metric,
                    _reading(),
                    assess_key_result(metric.okr, _reading(), AS_OF, state.config.okrs),
                )
