"""One revision with everything a mail can hold, made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from sharekit.history.moment import Moment
from sharekit.numbers.results import OkrReading, Point, Reading, Result, Results
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import AudienceThen, KeyResultTerms, Manifest, Metric, Period, Sql
from sharekit.project.shapes import Config, KeyResultFront, RevisionNote
from sharekit.revisions.revision import EffectStep, FieldChange, Impact, Revision, SqlChange
from sharekit.site.folders import tree_url
from sharekit.visible import Visible, VisibleRevision, visible_to

AS_OF = date(2013, 11, 22)
NOTE = {
    "date": date(2013, 11, 4),
    "reason": "was_wrong",
    "why": (
        "Cancelled flights were left out, so the number looked better than what travellers felt."
    ),
    "we_will": "Count them as late from now on, and lower the target as far as the baseline fell.",
}


def config(**project: object) -> Config:
    return Config.model_validate(
        {
            "project": (
                {"name": "New York Airports", "url": "https://numbers.example.com/ny/"} | project
            ),
            "people": {
                "maria": {
                    "name": "Maria Okafor",
                    "email": "maria@ports.example",
                    "role": "Head of JFK",
                },
                "jonas": {"name": "Jonas Lind", "email": "jonas@ports.example"},
            },
            "audiences": {"airports": {"title": "Airport heads"}},
            "mail": {"from": "numbers@ports.example"},
        }
    )


def front(**keys: object) -> KeyResultFront:
    return KeyResultFront.model_validate(
        {
            "title": "JFK leaves on time",
            "unit": "%",
            "format": ".1%",
            "baseline": 0.757,
            "target": 0.88,
            "challenges": [
                "The evening bank is worse than the morning.",
                "Two gates are closed until December.",
            ],
            "plan": [
                {
                    "what": "Move three banks of departures",
                    "who": "maria",
                    "due": date(2013, 11, 8),
                    "done": True,
                },
                {
                    "what": "Second pushback crew",
                    "who": ["maria", "jonas"],
                    "due": date(2013, 11, 15),
                },
            ],
            "help_wanted": [
                {
                    "what": "A second tow team",
                    "who": "jonas",
                    "how_much": "four people",
                    "by": date(2013, 11, 25),
                }
            ],
        }
        | keys
    )


def manifest(front: KeyResultFront, config: Config) -> Manifest:
    period = Period("2013-Q4", date(2013, 10, 1), date(2013, 12, 31))
    metric = Metric(
        id="jfk_on_time",
        path="metrics/okrs/2013-q4/punctual/jfk_on_time.sql",
        audiences=("airports",),
        front=front,
        sql=Sql("SELECT 1 AS value"),
        okr=KeyResultTerms("2013-q4-punctual", period, "committed", front),
        owner="maria",
    )
    none: MappingProxyType[str, object] = MappingProxyType({})
    return Manifest(
        root="",
        config=config,
        config_path="sharekit.toml",
        sources={},
        views={},
        metrics={metric.id: metric},
        objectives={},
        dashboards={},
        files=dict.fromkeys(none, ""),
    )


def results() -> Results:
    week = timedelta(weeks=1)
    series = tuple(
        Point(date(2013, 9, 2) + week * place, 0.83 + place / 300) for place in range(11)
    )
    okr = OkrReading(
        baseline=0.757,
        target=0.88,
        original_target=0.9,
        current=0.8647,
        raw=0.875,
        expected=0.57,
        gap=-0.3,
        score=0.875,
        status="on_track",
        closed=False,
        elapsed_days=52,
        total_days=91,
    )
    reading = Reading("series", 0.8647, "week", date(2013, 11, 11), date(2013, 11, 17), series)
    return Results(AS_OF, {"jfk_on_time": Result("jfk_on_time", reading, okr)})


def revision(**keys: object) -> Revision:
    week = timedelta(weeks=1)
    old = tuple(Point(date(2013, 8, 26) + week * place, 0.84 + place / 300) for place in range(12))
    new = tuple(Point(point.on, (point.value or 0) - 0.012) for point in old)
    values: dict[str, object] = {
        "id": "3f9c2a1b",
        "item": "jfk_on_time",
        "kind": "key_result",
        "title": "JFK leaves on time",
        "owner": "maria",
        "readers": (AudienceThen("airports"),),
        "classes": ("redefined", "retargeted"),
        "after": Moment("8be1f40", datetime(2013, 11, 4, 16, 20, tzinfo=UTC), "Maria Okafor"),
        "before": Moment("5c07a92", datetime(2013, 10, 1, 9, 0, tzinfo=UTC), "Maria Okafor"),
        "number": 2,
        "fields": (FieldChange("target", 0.9, 0.88), FieldChange("baseline", 0.767, 0.757)),
        "sql_changes": (
            SqlChange("~", "counts `scheduled` flights instead of `operated`"),
            SqlChange("+", "filter added: `cancelled = 0`", "_weekly"),
        ),
        "note": RevisionNote.model_validate(NOTE),
        "impact": Impact(
            published=0.8685,
            old=0.8689,
            new=0.8647,
            data_effect=0.0004,
            definition_effect=-0.0042,
            old_series=old,
            new_series=new,
            steps=(EffectStep("counts `scheduled` flights instead of `operated`", -0.0042),),
            score_before=0.79,
            score_after=0.875,
            status_before="on_track",
            status_after="on_track",
        ),
        "original_target": 0.9,
    }
    return Revision(**(values | keys))  # type: ignore[arg-type]


def share(manifest: Manifest, *revisions: Revision, audience: str = "airports") -> Visible:
    """What an audience may see of the sample."""
    url = tree_url(manifest, audience)
    return visible_to(audience, manifest, results(), Lineage({}, {}), revisions, url=url)


def seen(revision: Revision, manifest: Manifest) -> tuple[VisibleRevision, Visible]:
    """A revision as its audience may see it, with all else that it may see."""
    visible = share(manifest, revision)
    return visible.revisions[0], visible
