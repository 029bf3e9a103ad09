"""Made-up histories with a secret in every field: nobody reads what is not for them, in any file or
mail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import visible_histories as histories
from visible_histories import AS_OF, AUDIENCES, Story

from sharekit.announce.audience_writers import AudienceWriters, with_retired
from sharekit.announce.digests import PreRead
from sharekit.announce.ledger.ledger import Delivery
from sharekit.announce.plan import Announcement, plan, rebuilt_announcement
from sharekit.announce.recipients import current_destination, mark, says_too_much, unknown_url
from sharekit.asks.answered import answers_between
from sharekit.build import Evaluation, visible_share
from sharekit.checks.facts_cache import FactsCache
from sharekit.history import PastState
from sharekit.history.moment import Moment
from sharekit.mail.answer_mail import answer_view
from sharekit.mail.chat import chat_message
from sharekit.mail.compose import Part, mail_of, message_of
from sharekit.mail.revision_view import RevisionView
from sharekit.mcp.freshness import TreeAnswers
from sharekit.mcp.published_tree import PublishedTree
from sharekit.mcp.search import search
from sharekit.mcp.tool_answers import changes, number, okrs, questions
from sharekit.numbers.results import (
    Results,
)
from sharekit.preread.content import digest_view
from sharekit.preread.mail import digest_mail
from sharekit.project.lineage import lineage
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.comparison_cache import KnownComparisons
from sharekit.revisions.effect.measure import EffectMeasurer
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.revision import Revision
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.feeds.calendar import calendar
from sharekit.site.folders import tree_url
from sharekit.site.render import render_site
from sharekit.visible import (
    Visible,
    declared_by_id,
    readers_of,
    visible_to,
)

MANIFEST, SHARE = "project/manifest.py", "visible/share.py"
SEEDS = range(int(os.environ.get("SHAREKIT_LEAK_SEEDS", "6")))


def _parts(state: PastState) -> tuple[Moment, Manifest]:
    return state.moment, state.manifest


def read_by(story: Story, audience: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Place and text of all that an audience is given: tree, mails, chat, pre-read, calendar, what
    a client is told."""
    manifest = story.states[-1].manifest
    revisions, gone = histories.told(story)
    results = histories.results(manifest, [state.manifest for state in story.states[:-1]])
    compare = KnownComparisons(None)
    found = Evaluation(
        manifest,
        lineage(manifest),
        results,
        (),
        0,
        revisions=revisions,
        gone=gone,
        origin="0",
        effects=EffectMeasurer(manifest, results.as_of, Comparer(compare)),
        comparisons=compare,
        facts=FactsCache(None),
    )
    visible = visible_share(found, audience)
    for artifact in render_site(visible):
        target = folder / artifact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(artifact.content)
        if not artifact.path.startswith("assets/"):
            yield artifact.path, f"{artifact.path}\n{artifact.content.decode()}"
    yield "calendar", calendar(visible).decode()
    tree = AudienceTree(visible, "c")
    content = digest_mail(digest_view(tree, date(2026, 1, 1)), visible)
    yield "pre-read", f"{content.subject}\n{content.text}\n{content.html}"
    assert PreRead(audience, AS_OF, content).key
    yield from mails(story, audience)
    yield from clients(folder, audience)


def mails(story: Story, audience: str) -> Iterator[tuple[str, str]]:
    """Mails and chat messages about what changed from each state to the next, by today's
    audiences."""
    today = story.states[-1].manifest
    for earlier, later in pairwise(story.states):
        (before, old), (after, new) = _parts(earlier), _parts(later)
        found = find_revisions(old, new, before_moment=before, after_moment=after, as_of=AS_OF)
        told = tuple(histories.with_effect(revision) for revision in found)
        spoken = with_retired(new, old, told)
        results = histories.results(spoken)

        def share(to: str, spoken: Manifest = spoken, results: Results = results, told: object = told,
                  old: Manifest = old) -> Visible:  # fmt: skip
            return visible_to(to, spoken, results, lineage(spoken), told, gone=readers_of(old), today=today,
                              url=tree_url(today, to))  # type: ignore[arg-type]  # fmt: skip

        words = AudienceWriters(share)
        for made in plan(told, today, words, lambda name: ()):
            for to, parts in made.versions.items():
                if to != audience and audience not in _narrower(to, today):
                    continue
                content = mail_of(parts, "")
                yield made.key, f"{content.subject}\n{content.text}\n{content.html}"
                views = [part for part in parts if isinstance(part, RevisionView)]
                for kind in ("slack", "teams", "json"):
                    yield (
                        f"{kind} {made.key}",
                        chat_message(kind, message_of(parts), views, before.on).decode(),
                    )
        for answer in answers_between(old, new, before.on.date()):
            if audience not in answer.ask.audiences:
                continue
            shared = share(audience)
            if answer.ask.id in shared.manifest.asks:
                if shared.manifest.asks[answer.ask.id].front.answered_by is None:
                    continue
                content = mail_of([answer_view(answer.ask.id, shared)], "")
                yield (
                    f"answer {answer.ask.id}",
                    f"{content.subject}\n{content.text}\n{content.html}",
                )


def _narrower(audience: str, manifest: Manifest) -> list[str]:
    inside = manifest.audiences
    return [
        name
        for name in AUDIENCES
        if inside.get(name) and inside[name] <= inside.get(audience, frozenset())
    ]


def clients(folder: Path, audience: str) -> Iterator[tuple[str, str]]:
    """What a client of the Model Context Protocol is told."""
    published = PublishedTree(folder, audience)
    teller = TreeAnswers(published, AS_OF)
    answers = [
        search(teller, "", 100),
        *(number(teller, name, 50, None) for name in published.metrics),
    ]
    answers += [
        okrs(teller, None, "all", None),
        changes(teller, None, None, 100),
        questions(teller, None),
    ]
    for answer in answers:
        yield "client", answer.model_dump_json()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_reads_what_is_not_for_them(seed: int, tmp_path: Path) -> None:
    story = histories.history(seed)
    seen: set[str] = set()
    for audience in AUDIENCES:
        forbidden = story.forbidden(audience)
        for place, text in read_by(story, audience, tmp_path / audience):
            leaked = sorted(word for word in forbidden if word in text)
            assert not leaked, f"{audience} reads {leaked} in {place}"
            seen |= {word for word in story.words if word in text}
    assert len(seen) > len(story.words) / 3, "what people may see is there"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*SEEDS, 38])
def test_a_mail_that_waits_tells_nobody_what_is_not_for_them_by_then(seed: int) -> None:
    """Each announcement of each state, delayed until each later one: as it was made, where it may
    still go as it is, else made anew."""
    story = histories.history(seed)
    for place, (earlier_state, later_state) in enumerate(pairwise(story.states), 1):
        old, new = earlier_state.manifest, later_state.manifest
        told = _told(story, place)
        for made in plan(told, new, _writers(told, old, new, new), lambda name: ()):
            for later in range(place, len(story.states)):
                for person, parts in _delayed(story, made, told, place, later):
                    content = mail_of(parts, "")
                    text = f"{content.subject}\n{content.text}\n{content.html}"
                    leaked = sorted(word for word in _secrets(story, later, person) if word in text)
                    assert not leaked, f"{person} reads {leaked} in {made.key} at {later}"


def _told(story: Story, place: int) -> tuple[Revision, ...]:
    (before, old), (after, new) = map(_parts, story.states[place - 1 : place + 1])
    found = find_revisions(old, new, before_moment=before, after_moment=after, as_of=AS_OF)
    return tuple(histories.with_effect(revision) for revision in found)


def _writers(
    told: tuple[Revision, ...], old: Manifest, new: Manifest, today: Manifest
) -> AudienceWriters:
    spoken = with_retired(new, old, told)
    results, reads, gone = histories.results(spoken), lineage(spoken), readers_of(old)
    return AudienceWriters(
        lambda to: visible_to(
            to, spoken, results, reads, told, gone=gone, today=today, url=tree_url(today, to)
        )
    )


def _delayed(
    story: Story, made: Announcement, told: tuple[Revision, ...], place: int, later: int
) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Who still gets an announcement at a later state, and what it says by then."""
    moment, new = _parts(story.states[place])
    today, entry = story.states[later].manifest, made.entry(moment.on, "c")
    now = tuple(_for_today(revision, today) for revision in told)
    writers = _writers(now, story.states[place - 1].manifest, new, today)
    for person in made.recipients:
        address = new.config.people[person].email or ""
        delivery = Delivery(
            made.key,
            person,
            "pending",
            moment.on,
            mailbox=mark(made.key, address),
            audience=made.audience_for(person),
        )
        target = current_destination(delivery, entry, today, unknown_url)
        if target is None:
            continue
        if not says_too_much(delivery, target, entry, today):
            yield person, made.parts_for(person)
        elif again := rebuilt_announcement(entry, now, today, writers, lambda name: ()):
            yield person, again.parts_for(person)


def _for_today(revision: Revision, today: Manifest) -> Revision:
    item = declared_by_id(revision.item, today)
    return revision if item is None else replace(revision, readers=today.readers(item.audiences))


def _secrets(story: Story, later: int, person: str) -> set[str]:
    """Words that a person may read in no audience of theirs at a state."""
    words = {
        word: {stood for stood in places if stood[1] <= later}
        for word, places in story.words.items()
    }
    known, today = Story(story.states[: later + 1], words), story.states[later].manifest
    return set.intersection(
        *(known.forbidden(name) for name in AUDIENCES if person in today.audiences[name])
    )
