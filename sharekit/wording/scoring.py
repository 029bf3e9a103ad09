"""How scores and statuses come about, in plain words, with the thresholds as they are set: what
`okr/formulas.py` computes and `okr/assessment.py` decides. A page says one line, and leads to
"How we score", which says all that the key results need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from sharekit.numbers.results import Status
from sharekit.okr import formulas as okr
from sharekit.project.manifest import KeyResultTerms, Metric
from sharekit.project.shapes import Grain, KeyResultFront, KeyResultType, OkrConfig

_SCORE = "A score is how far a key result has come from its baseline to its target, 0 to 1."
_BOLD_PACE = "An aspirational key result is held to the same pace as a committed one."
_EXPECTED = "Expected is the share of the period that had passed on the last day measured"


class ScoringPart(Struct, frozen=True):
    """One heading of "How we score", with what is under it."""

    title: str
    sentences: tuple[str, ...]
    statuses: tuple[tuple[Status, str], ...] = ()
    """Statuses, each with what it means."""


def key_result_line(terms: KeyResultTerms, grain: Grain | None = None) -> str:
    """One line about one key result."""
    return _score_of(terms.front, grain)


def scorecard_line(config: OkrConfig) -> str:
    """One line about several key results and their objectives."""
    return (
        "Scores go from 0 to 1. On track is at most"
        f" {_say(config.on_track)} below the score expected, at risk up to {_say(config.at_risk)}."
    )


def how_we_score(metrics: Iterable[Metric], config: OkrConfig) -> tuple[ScoringPart, ...]:
    """All that is needed to understand the scores of these key results and of their objectives."""
    terms = [metric.okr for metric in metrics if metric.okr]
    fronts = [term.front for term in terms]
    bold = any(term.commitment == "aspirational" for term in terms)
    return (
        ScoringPart("Score", (_SCORE, *_other_scores(fronts))),
        ScoringPart("Score expected", tuple(_expected_of_all(fronts))),
        ScoringPart(
            "Status while the period runs",
            (_BOLD_PACE,) if bold else (),
            tuple(_running(config, fronts)),
        ),
        ScoringPart("Status when the period is over", (_CLOSES,), tuple(_over(bold))),
        ScoringPart("Objectives", (objective_rule(),)),
    )


_MOVING: frozenset[KeyResultType] = frozenset({"increase", "decrease"})
"""Types whose number can fall back behind a target that it has reached."""
_CLOSES = (
    "A key result closes when the last data of its period are there, at the latest two weeks after"
    " the end; until then it is scored as of the last day measured."
)


def _running(config: OkrConfig, fronts: Sequence[KeyResultFront]) -> Iterator[tuple[Status, str]]:
    types = {front.type for front in fronts}
    has_bands = "maintain" in types
    outside = ", or today’s value is outside a band that is to be kept" if has_bands else ""
    yield "early", _early(config, None)
    yield "on_track", f"The score is at most {_say(config.on_track)} below the score expected."
    yield "at_risk", f"The score is up to {_say(config.at_risk)} below{outside}."
    yield "off_track", "The score is further below."
    early = " A band that is to be kept is never met before the end." if has_bands else ""
    stays = ", and the number is projected to stay there until the end" if types & _MOVING else ""
    yield "achieved", f"The score is {_say(1.0)}{stays}.{early}"


def _over(bold: bool) -> Iterator[tuple[Status, str]]:
    aspired = f", or {_say(okr.GOOD['aspirational'])} of an aspirational key result" if bold else ""
    yield "achieved", f"The score is at least {_say(okr.GOOD['committed'])}{aspired}."
    yield "partial", f"The score is at least {_say(okr.FELL_SHORT)}."
    yield "missed", "The score is lower."


def _expected_of_all(fronts: Sequence[KeyResultFront]) -> Iterator[str]:
    yield f"{_EXPECTED}."
    if any(_has_checkpoints(front) for front in fronts):
        yield (
            "Of a key result with dated checkpoints it is what they say for that day, in a straight"
            " line from one to the next."
        )


def key_result_rule(terms: KeyResultTerms, config: OkrConfig, grain: Grain | None = None) -> str:
    """The rule of one key result. `grain`: the length of its periods, where it is known."""
    front = terms.front
    sentences = [
        _score_of(front, grain),
        _expected_of(front),
        _status("It is", config),
        _early(config, grain),
    ]
    if front.type == "maintain":
        sentences.append("While its value is outside the band, it is at risk at best.")
    else:
        sentences.append(f"At {_say(1.0)} it is met.")
    sentences.append(_end(terms.commitment == "aspirational"))
    if terms.commitment == "aspirational":
        sentences.append("Until then it is held to the same pace as a committed one.")
    return " ".join(sentences)


def scorecard_rule(metrics: Iterable[Metric], config: OkrConfig) -> str:
    """The rule of several key results and of their objectives."""
    terms = [metric.okr for metric in metrics if metric.okr]
    if not terms:
        return ""
    fronts = [term.front for term in terms]
    paced = any(_has_checkpoints(front) for front in fronts)
    sentences = [
        _SCORE,
        *_other_scores(fronts),
        f"{_EXPECTED}{', or what its checkpoints say' * paced}.",
        _status("A key result is", config),
        _early(config, None),
        _end(
            None
            if len({term.commitment for term in terms}) > 1
            else terms[0].commitment == "aspirational"
        ),
        objective_rule(),
    ]
    return " ".join(sentences)


def objective_rule() -> str:
    """How an objective gets its score."""
    return (
        "An objective’s score is the average of its key results’ scores by weight; where it has none"
        " of its own, the average score of the objectives that serve it. Its status follows"
        " from the averages by the same thresholds."
    )


def _score_of(front: KeyResultFront, grain: Grain | None) -> str:
    match front.type:
        case "maintain":
            return (
                "Its score is the share of the period that has passed, times the share of its"
                f" {_periods(grain)} so far inside the band: what is kept earns as time passes,"
                " what is not is lost."
            )
        case "milestone" if front.baseline is None and front.target is None:
            return "Its score is how far the milestone has come from 0 to 1."
        case "baseline":
            periods = max(1.0, front.target or 1.0)
            if periods == 1:
                return (
                    f"It only measures: its score is 1 as soon as one whole {grain or 'period'} is"
                    " measured."
                )
            return (
                f"It only measures: its score is the number of {_periods(grain)} measured, by the"
                f" {periods:g} wanted."
            )
    return "Its score is how far it has come from its baseline to its target, 0 to 1."


def _other_scores(fronts: Sequence[KeyResultFront]) -> Iterator[str]:
    """The types whose score is another one, where they are there."""
    types = {front.type for front in fronts}
    if "milestone" in types:
        yield "A milestone goes from 0 to 1 where nothing else is declared."
    if "maintain" in types:
        yield (
            "Where a band is to be kept, it is the share of the period that has passed, times the"
            " share of weeks (or other periods) so far inside the band; outside the band today it"
            " is at risk at best."
        )
    if "baseline" in types:
        yield (
            "Where a value is only to be measured, it is the share of the periods wanted that have"
            " been measured."
        )


def _has_checkpoints(front: KeyResultFront) -> bool:
    """Whether dated checkpoints say what is expected; `maintain` and `baseline` have none."""
    return front.pace != "linear" and front.type not in ("maintain", "baseline")


def _expected_of(front: KeyResultFront) -> str:
    if _has_checkpoints(front):
        return (
            "Expected is what its dated checkpoints say for the last day measured, in a straight"
            " line from one to the next."
        )
    return f"{_EXPECTED}."


def _status(opening: str, config: OkrConfig) -> str:
    return (
        f"{opening} on track while its score is at most {_say(config.on_track)} below the score"
        f" expected, at risk up to {_say(config.at_risk)}, and off track beyond."
    )


def _early(config: OkrConfig, grain: Grain | None) -> str:
    first = f"in the first {config.grace * 100:g}% of a period, nor " if config.grace else ""
    return (
        f"There is no status {first}before a whole {grain or 'week, month or day'} of it is"
        " measured."
    )


def _end(aspirational: bool | None) -> str:
    """What a closed one is called; None for committed and aspirational ones together."""
    committed, bold = _say(okr.GOOD["committed"]), _say(okr.GOOD["aspirational"])
    met = f"from {bold} on" if aspirational else f"at {committed}"
    if aspirational is None:
        met = f"at {committed}, an aspirational one from {bold} on"
    return (
        f"When the period is over it is met {met}, partly met from {_say(okr.FELL_SHORT)} on, else"
        " missed."
    )


def _periods(grain: Grain | None) -> str:
    return f"{grain}s" if grain else "periods"


def _say(score: float) -> str:
    """Two decimals as scores have, and more where a setting has more."""
    return f"{score:.2f}" if abs(round(score, 2) - score) < 1e-9 else f"{score:g}"
