"""What is said about the whole: how things stand in a sentence, which day of the period it is, what
numbers go first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from sharekit.numbers.results import Reading, Status
from sharekit.project.manifest import Metric
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent
from sharekit.wording.english import capital, counted, is_are, near_day, spelled
from sharekit.wording.meetings import previous_meeting
from sharekit.wording.number_phrases import short_period


def status_of(tree: AudienceTree, metric: Metric) -> Status:
    """The status of a key result; `unknown` where it was not judged."""
    okr = tree.result(metric).okr
    return okr.status if okr else "unknown"


def headline(tree: AudienceTree, week: Sequence[ItemEvent], current: Sequence[Metric]) -> str:
    """The state of things as one sentence, made from data."""
    sentence = what_happened(tree, week)
    if sentence:
        return f"Since {near_day(previous_meeting(tree.scope), tree.as_of)} {sentence}."
    if current:
        return how_it_stands(tree, current)
    old = sum(
        bool(tree.result(metric).stale or tree.result(metric).failure)
        for metric in tree.manifest.metrics.values()
    )
    count = len(tree.manifest.metrics)
    shared = f"{capital(counted(count, 'number'))} {is_are(count)} shared here"
    return (
        f"{shared}; {counted(old, 'value')} {is_are(old)} older than {'it' if old == 1 else 'they'} should be."
        if old
        else f"{shared}."
    )


_HAPPENED = (
    ("slipped", "slipped", "slipped"),
    ("revised", "was revised", "were revised"),
    ("recovered", "recovered", "recovered"),
    ("met", "is met", "are met"),
    ("retired", "was retired", "were retired"),
)


def what_happened(tree: AudienceTree, week: Sequence[ItemEvent]) -> str:
    """ "one key result was revised, one slipped and two are met"; "" where no key result has
    news."""
    parts: list[str] = []
    for kind, singular_words, plural_words in _HAPPENED:
        items = {
            event.item
            for event in week
            if event.kind == kind and event.item in tree.manifest.key_results
        }
        if kind == "retired":
            items = {
                event.item
                for event in week
                if event.kind == kind and event.revision and event.revision.kind == "key_result"
            }
        if items:
            noun = counted(len(items), "key result") if not parts else spelled(len(items))
            parts.append(f"{noun} {singular_words if len(items) == 1 else plural_words}")
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""


def headline_events(tree: AudienceTree, week: Sequence[ItemEvent]) -> tuple[ItemEvent, ...]:
    """What the headline counts: each of them is in the list below it."""
    kinds = {kind for kind, _, _ in _HAPPENED}
    return tuple(
        event
        for event in week
        if event.kind in kinds
        and (
            event.item in tree.manifest.key_results
            or (event.revision is not None and event.revision.kind == "key_result")
        )
    )


_STANDS: tuple[tuple[tuple[Status, ...], str, str], ...] = (
    (("achieved",), "is met", "are met"),
    (("on_track",), "is on track", "are on track"),
    (("at_risk",), "is at risk", "are at risk"),
    (("partial",), "is partly met", "are partly met"),
    (("off_track",), "is off track", "are off track"),
    (("missed",), "was missed", "were missed"),
    (("dropped",), "was dropped", "were dropped"),
    (("early", "not_started"), "is too young to judge", "are too young to judge"),
    (("unknown",), "has no data", "have no data"),
)


def how_it_stands(tree: AudienceTree, current: Sequence[Metric]) -> str:
    """ "Four of six key results are on track, one is at risk and one is off track." """
    statuses = [status_of(tree, metric) for metric in current]
    parts: list[str] = []
    for group, singular_words, plural_words in _STANDS:
        number = sum(status in group for status in statuses)
        if number == len(statuses):
            few = {1: "The one key result", 2: "Both key results"}
            all_words = few.get(number, f"All {counted(number, 'key result')}")
            return f"{all_words} {singular_words if number == 1 else plural_words}."
        if number:
            of_all = "" if parts else f" of {counted(len(statuses), 'key result')}"
            parts.append(
                f"{spelled(number)}{of_all} {singular_words if number == 1 else plural_words}"
            )
    return f"{capital(', '.join(parts[:-1]))} and {parts[-1]}."


def day_of_period(tree: AudienceTree, current: Sequence[Metric]) -> str:
    """ "day 53 of 92 in Q4", for the period that most key results share."""
    periods = [metric.okr.period for metric in current if metric.okr]
    if not periods:
        return ""
    period = max(dict.fromkeys(periods), key=periods.count)
    if not period.start <= tree.as_of <= period.end:
        return (
            f"{short_period(period)} has ended"
            if tree.as_of > period.end
            else f"before {short_period(period)}"
        )
    return (
        f"day {(tree.as_of - period.start).days + 1} of {period.days + 1} in {short_period(period)}"
    )


def asked_for(tree: AudienceTree) -> Iterator[Metric]:
    """Plain numbers: those that people's dashboards place, in their order, then the others by how
    far they moved."""
    numbers = {
        name: metric
        for name, metric in tree.manifest.listed_metrics.items()
        if metric.front.kind == "metric"
    }
    placed = dict.fromkeys(
        name
        for dashboard, ids in tree.placed.items()
        if tree.manifest.dashboards[dashboard].declared
        for name in ids
        if name in numbers
    )
    unplaced = sorted(
        (name for name in numbers if name not in placed),
        key=lambda name: (-moved(tree.reading(numbers[name])), name),
    )
    for name in (*placed, *unplaced):
        yield numbers[name]


def moved(reading: Reading | None) -> float:
    """How far a number moved in its last period, in its own usual steps: the size of that change
    over the median size of those before it. 0.0 where there is nothing to compare with."""
    values = [point.value for point in reading.series] if reading else []
    steps = [abs(new - old) for old, new in pairwise(values) if old is not None and new is not None]
    usual = median(steps[:-1]) if len(steps) > 1 else 0.0
    return steps[-1] / usual if usual else 0.0
