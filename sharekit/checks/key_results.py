"""Rules: what a key result promises must be possible, and its dates must lie where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from sharekit.checks.checked_project import CheckedProject
from sharekit.errors import Problem
from sharekit.project.manifest import KeyResultTerms, Metric, Objective, Period
from sharekit.project.shapes import KeyResultFront, KeyResultType

_BETTER: dict[KeyResultType, str] = {"increase": "up", "decrease": "down"}


def targets_match_type(project: CheckedProject) -> Iterator[Problem]:
    """Each type of key result has what it needs, and its numbers agree with it."""
    for metric in project.manifest.key_results.values():
        front = _terms(metric).front
        if front.kind == "table":
            hint = "A key result is one number over time: leave `kind` out."
            yield Problem(
                "table-key-result", "a table cannot be a key result", metric.at("kind"), hint=hint
            )
        elif front.type in _BETTER:
            yield from _way(metric, front)
        elif front.type == "maintain":
            yield from _band(metric, front)
        elif (
            front.type == "milestone"
            and front.baseline is not None
            and front.baseline == (front.target or 1)
        ):
            yield _equal(metric, front)
        if front.type != "maintain" and front.band is not None:
            hint = "Write `type: maintain`, or take the band out."
            yield Problem(
                "band-of-other-type",
                f"`band` is for `maintain`, and this is `{front.type}`",
                metric.at("band"),
                hint=hint,
            )


def _way(metric: Metric, front: KeyResultFront) -> Iterator[Problem]:
    for key in ("baseline", "target"):
        if getattr(front, key) is None:
            message = f"`{front.type}` needs a {key}"
            about = (
                "the value on the first day"
                if key == "baseline"
                else "the value to reach by the last day"
            )
            hint = f"Write `{key}: 0.8`, {about}; or `type: baseline` until it is known."
            yield Problem(f"missing-{key}", message, metric.at("type"), hint=hint)
    if front.baseline is None or front.target is None:
        return
    if front.baseline == front.target:
        yield _equal(metric, front)
        return
    way: KeyResultType = "increase" if front.target > front.baseline else "decrease"
    if way != front.type:
        relation = "above" if way == "increase" else "below"
        message = (
            f"the target {front.target:g} is {relation} the baseline {front.baseline:g}, and the"
            f" type is `{front.type}`"
        )
        written = "type" in metric.keys
        hint = f"Write `type: {way}`{', or swap the two' if written else ''}."
        yield Problem("wrong-way", message, metric.at("target"), hint=hint)
    elif front.direction not in ("none", _BETTER[front.type]):
        message = f"`direction: {front.direction}` says that moving to the target is worse"
        hint = f"Write `direction: {_BETTER[front.type]}`."
        yield Problem("wrong-way", message, metric.at("direction"), hint=hint)


def _equal(metric: Metric, front: KeyResultFront) -> Problem:
    return Problem(
        "baseline-is-target",
        f"baseline and target are both {front.baseline:g}, so nothing can be reached",
        metric.at("target"),
        hint="To keep a value where it is, write `type: maintain` and `band: [lowest, highest]`.",
    )


def _band(metric: Metric, front: KeyResultFront) -> Iterator[Problem]:
    if front.band is None:
        hint = "Write `band: [lowest, highest]`, the values that are good."
        yield Problem("missing-band", "`maintain` needs a band", metric.at("type"), hint=hint)
    elif front.band[0] >= front.band[1]:
        message = f"the band begins at {front.band[0]:g} and ends at {front.band[1]:g}"
        yield Problem(
            "bad-band",
            message,
            metric.at("band"),
            hint="Write the lower value first: `band: [0.9, 1]`.",
        )
    for key in ("baseline", "target"):
        if key in metric.keys:
            message = f"`{key}` does nothing for `maintain`: the band says what is good"
            yield Problem("no-effect", message, metric.at(key), hint="Take it out.")


def confidences(project: CheckedProject) -> Iterator[Problem]:
    """Confidence is of ten: 0.7 is most likely a share."""
    for metric in project.manifest.key_results.values():
        confidence = _terms(metric).front.confidence
        if confidence is not None and 0 < confidence < 1:
            message = f"a confidence of {confidence:g} is {confidence:g} of 10"
            hint = (
                f"Confidence goes from 0 to 10: write `confidence: {confidence * 10:g}` for"
                f" {confidence:.0%}."
            )
            yield Problem(
                "low-confidence", message, metric.at("confidence"), hint=hint, severity="warning"
            )


def checkpoints(project: CheckedProject) -> Iterator[Problem]:
    """Checkpoints lie in the period, oldest first."""
    for metric in project.manifest.key_results.values():
        terms = _terms(metric)
        if terms.front.pace == "linear":
            continue
        if not terms.front.pace:
            hint = "Write `pace: linear`, or checkpoints with a date and a value."
            yield Problem(
                "empty-pace", "the list of checkpoints is empty", metric.at("pace"), hint=hint
            )
        days = [point.on for point in terms.front.pace]
        yield from _ascending(
            metric, days, "checkpoint", lambda index: f"pace[{index}].on", strictly=True
        )
        for index, day in enumerate(days):
            if not terms.period.start <= day <= terms.period.end:
                place = metric.at(f"pace[{index}].on")
                yield Problem(
                    "date-outside-period",
                    _outside(day, terms.period),
                    place,
                    hint=_WRONG_YEAR,
                )


_WRONG_YEAR = "Is the year right? Remove entries that were copied from another period."
_NEAR = timedelta(days=183)
"""Plans are revised so long before a period begins, and results so long after it ends."""
_OF_A_QUERY = (
    "kind", "time", "value", "dimensions", "order", "headline", "numerator", "denominator", "total", "missing",
    "over_time", "since", "settles", "grain", "measured", "unit_column", "chart",
)  # fmt: skip
"""Keys that say how rows become a number: one that is kept by hand has no rows."""


def checkins(project: CheckedProject) -> Iterator[Problem]:
    """Check-ins are in the order of their days, say something, and are the values of what is kept
    by hand alone."""
    for metric in project.manifest.key_results.values():
        terms = _terms(metric)
        days = [checkin.on for checkin in terms.front.checkins]
        yield from _ascending(
            metric, days, "check-in", lambda index: f"checkins[{index}].on", strictly=True
        )
        for index, checkin in enumerate(terms.front.checkins):
            place = metric.at(f"checkins[{index}]")
            if checkin.value is not None and not metric.by_hand:
                hint = (
                    f"Take `value` out; or keep it by hand: {metric.path.removesuffix('.sql')}.md"
                    " without a query."
                )
                message = "its value comes from its query, and this check-in gives another"
                yield Problem(
                    "check-in-value", message, metric.at(f"checkins[{index}].value"), hint=hint
                )
            if checkin.value is None and checkin.confidence is None and checkin.note is None:
                hint = "Write `value`, `confidence` or `note`, or take the check-in out."
                yield Problem(
                    "empty-check-in", f"the check-in of {checkin.on} is empty", place, hint=hint
                )
            if not terms.period.start <= checkin.on <= terms.period.end:
                message, hint = _outside(checkin.on, terms.period), _WRONG_YEAR
                yield Problem("date-outside-period", message, place, hint=hint, severity="warning")
        if metric.by_hand:
            yield from _about_a_query(metric)
        if "confidence" in metric.keys and any(
            checkin.confidence is not None for checkin in terms.front.checkins
        ):
            message = "`confidence` does nothing beside check-ins that give one"
            hint = "Take it out: the newest check-in says how confident the owner is."
            yield Problem("no-effect", message, metric.at("confidence"), hint=hint)


def _about_a_query(metric: Metric) -> Iterator[Problem]:
    keys = [key for key in _OF_A_QUERY if _written(metric, key)]
    for key in keys:
        hint = f"Take `{key}` out: its values are the check-ins."
        message = f"`{key}` is about a query, and this is kept by hand"
        yield Problem("by-hand-key", message, metric.at(key), hint=hint)
    for kind in [kind for kind in metric.front.compare or () if kind not in ("previous", "target")]:
        message = f"`compare: {kind}` needs periods, and check-ins have none"
        hint = "Write `previous`, `target` or both."
        yield Problem("no-effect", message, metric.at("compare"), hint=hint)


def _written(metric: Metric, key: str) -> bool:
    """Whether the file says it, as one value or as several."""
    return key in metric.keys or any(
        place.startswith((f"{key}[", f"{key}.")) for place in metric.keys
    )


def notes_in_order(project: CheckedProject) -> Iterator[Problem]:
    """Notes on revisions are kept newest last, and belong to the key result's time: to its period,
    and to the months before and after it."""
    for metric in project.manifest.metrics.values():
        days = [note.date for note in metric.front.revisions]
        yield from _ascending(
            metric, days, "revision", lambda index: f"revisions[{index}].date", strictly=False
        )
        if metric.okr is None:
            continue
        for index, day in enumerate(days):
            period = metric.okr.period
            if not period.start - _NEAR <= day <= period.end + _NEAR:
                place = metric.at(f"revisions[{index}].date")
                message, hint = _outside(day, period), _WRONG_YEAR
                yield Problem("date-outside-period", message, place, hint=hint, severity="warning")


def _ascending(
    metric: Metric, days: list[date], what: str, key: Callable[[int], str], *, strictly: bool
) -> Iterator[Problem]:
    for index in range(1, len(days)):
        before, day = days[index - 1], days[index]
        if day < before or (strictly and day == before):
            message = f"the {what} of {day} comes after the one of {before}"
            yield Problem(
                "date-order",
                message,
                metric.at(key(index)),
                hint="Write the oldest first, the newest last.",
            )


def _outside(day: date, period: Period) -> str:
    return (
        f"{day} lies outside the period {period.shown}, which runs from {period.start} to"
        f" {period.end}"
    )


def retired(project: CheckedProject) -> Iterator[Problem]:
    """What is retired is gone."""
    for objective in project.manifest.objectives.values():
        for index, entry in enumerate(objective.front.retired):
            if entry.id in project.manifest.metrics:
                place = objective.at(f"retired[{index}].id")
                hint = f"Delete {project.manifest.metrics[entry.id].path}, or take this entry out."
                yield Problem(
                    "retired-still-there",
                    f"`{entry.id}` is retired and still declared",
                    place,
                    hint=hint,
                )


def parents(project: CheckedProject) -> Iterator[Problem]:
    """Parents of objectives are there, and no objective is its own ancestor."""
    objectives = project.manifest.objectives
    for objective in objectives.values():
        parent = objective.front.parent
        if parent is None:
            continue
        none = "No other objective is declared yet."
        yield from project.unknown(
            "objective", parent, objectives, objective.at("parent"), none=none
        )
        chain = _ancestors(objective, objectives)
        if len(chain) > 1 and chain[-1] == objective.id == min(chain):
            message = f"these serve each other: {' → '.join(chain)}"
            yield Problem("circle", message, objective.at("parent"), hint="Take one `parent` out.")


def _ancestors(objective: Objective, objectives: Mapping[str, Objective]) -> list[str]:
    """The objective and those above it; in a circle, the last is one that came before."""
    chain = [objective.id]
    above = objectives.get(objective.front.parent or "")
    while above is not None:
        chain.append(above.id)
        if above.id in chain[:-1]:
            break
        above = objectives.get(above.front.parent or "")
    return chain


def _terms(metric: Metric) -> KeyResultTerms:
    assert metric.okr is not None
    return metric.okr
