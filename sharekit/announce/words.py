"""Revisions put into words and one picture, by what renders mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sharekit.mail.announcement import MailContent, bundle_mail, revision_mail
from sharekit.mail.message import content_id
from sharekit.mail.view import RevisionView, revision_view
from sharekit.numbers.results import Results
from sharekit.project.manifest import Manifest
from sharekit.revisions.revision import Revision
from sharekit.site.charts import Subject, mail_definition_chart, svg_to_png

PICTURE = 1100
"""Pixels of the picture's width: twice what it is shown at, for sharp screens."""


@dataclass(frozen=True)
class Words:
    """A Writer. `states` and `results` are by item: the manifest and values that its mail speaks of."""

    states: Mapping[str, Manifest]
    results: Results

    def mail(self, revisions: tuple[Revision, ...]) -> MailContent:
        if len(revisions) > 1:
            return bundle_mail(revisions, self.states[revisions[0].item], self.results)
        (revision,) = revisions
        image = self._picture(revision)
        cid = content_id(image) if image is not None else ""
        return revision_mail(revision, self.states[revision.item], self.results, image=image, image_cid=cid)

    def views(self, revisions: tuple[Revision, ...]) -> tuple[RevisionView, ...]:
        return tuple(revision_view(each, self.states[each.item], self.results) for each in revisions)

    def _picture(self, revision: Revision) -> bytes | None:
        """Old and new definition side by side, where both have values."""
        impact, metric = revision.impact, self.states[revision.item].metrics.get(revision.item)
        if (
            impact is None
            or metric is None
            or not revision_view(revision, self.states[revision.item], self.results).chart_alt
        ):
            return None
        chart = mail_definition_chart(Subject.of(metric, None), impact.old_series, impact.new_series)
        return svg_to_png(chart.svg, PICTURE) if chart else None
