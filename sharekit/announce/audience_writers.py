"""Revisions put into words and one picture, by what renders mails."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from sharekit.mail.revision_view import RevisionView, revision_view
from sharekit.project.manifest import Audiences, Manifest
from sharekit.records import replace
from sharekit.revisions.revision import Revision
from sharekit.site.charts import Subject, mail_definition_chart, svg_to_png
from sharekit.visible import Visible, VisibleRevision

PICTURE = 1100
"""Pixels of the picture's width: twice what it is shown at, for sharp screens."""


class AudienceWriters(Struct, frozen=True):
    """A Writer, given each audience's share of the project."""

    share: Callable[[str], Visible]

    def audiences(self, revision: Revision) -> Audiences:
        return tuple(
            name
            for name in revision.audiences
            if self._visible_revision(revision, self.share(name)) is not None
        )

    def views(self, revisions: tuple[Revision, ...], audience: str) -> tuple[RevisionView, ...]:
        visible = self.share(audience)
        views_of = [
            (revision, revision_view(revision, visible))
            for revision in self._visible_revisions(revisions, visible)
        ]
        if len(views_of) > 1:
            return tuple(view for _, view in views_of)
        return tuple(
            replace(view, image=self._picture(revision, view, visible))
            for revision, view in views_of
        )

    def _visible_revisions(
        self, revisions: tuple[Revision, ...], visible: Visible
    ) -> tuple[VisibleRevision, ...]:
        return tuple(
            visible_revision
            for revision in revisions
            if (visible_revision := self._visible_revision(revision, visible)) is not None
        )

    def _visible_revision(self, revision: Revision, visible: Visible) -> VisibleRevision | None:
        return next(
            (
                entry
                for entry in visible.revisions_of.get(revision.item, ())
                if entry.id == revision.id
            ),
            None,
        )

    def _picture(
        self, revision: VisibleRevision, view: RevisionView, visible: Visible
    ) -> bytes | None:
        """Old and new definition side by side, where both have values."""
        impact, metric = revision.impact, visible.manifest.metrics.get(revision.item)
        if impact is None or metric is None or not view.chart_alt:
            return None
        chart = mail_definition_chart(
            Subject.of(metric, None), impact.old_series, impact.new_series
        )
        return svg_to_png(chart.svg, PICTURE) if chart else None


def with_retired(new: Manifest, old: Manifest, revisions: Iterable[Revision]) -> Manifest:
    """The new state with what was taken out since, which the mails speak of for the last time."""
    retired_items = {revision.item for revision in revisions} - {
        *new.metrics,
        *new.objectives,
        *new.dashboards,
    }
    metrics = {name: old.metrics[name] for name in sorted(retired_items & set(old.metrics))}
    above = {metric.okr.objective for metric in metrics.values() if metric.okr}
    missing = (retired_items | above - set(new.objectives)) & set(old.objectives)
    objectives = {name: old.objectives[name] for name in sorted(missing)}
    dashboards = {
        name: old.dashboards[name] for name in sorted(retired_items & set(old.dashboards))
    }
    return replace(
        new,
        metrics={**metrics, **new.metrics},
        objectives={**objectives, **new.objectives},
        dashboards={**dashboards, **new.dashboards},
    )
