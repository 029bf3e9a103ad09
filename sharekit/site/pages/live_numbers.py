"""The live numbers in a dashboard's prose: what `{{ id }}` and its kin say, as links."""

from __future__ import annotations

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import NO_DATA, NO_TOTAL
from sharekit.numbers.measure import member
from sharekit.okr.assessment import target_of
from sharekit.project.dashboard_body import (
    LiveNumber,
    ProseBlock,
)
from sharekit.project.manifest import Metric
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import (
    ALL,
    member_key,
)
from sharekit.site.pages.dashboard_switch import DashboardSwitch
from sharekit.site.prose import LiveText, Prose, TextPage

NOT_SHARED = "not shared here"
ELSEWHERE = Markup('<span class="muted">{}</span>').format(NOT_SHARED)


class LiveProse(Struct, frozen=True):
    """Writes the prose of one dashboard."""

    tree: AudienceTree
    page: str
    choice: DashboardSwitch

    def of(self, part: ProseBlock, place: TextPage) -> Prose:
        """A block of prose, each live number in its place."""
        numbers = [(number.start, number.end, self._live(number)) for number in part.numbers]
        html = self.tree.texts.with_numbers(part.text, numbers, place)
        return Prose(html, part.text, place, tuple(map(self._live_text, part.numbers)))

    def _live_text(self, number: LiveNumber) -> LiveText:
        metric = self.tree.manifest.metrics.get(number.id)
        if metric is None:
            return LiveText(number.start, number.end, NOT_SHARED, "")
        href = links.href(self.page, links.metric_page(metric))
        return LiveText(number.start, number.end, live_text(self.tree, metric, number), href)

    def _live(self, number: LiveNumber) -> Markup:
        metric = self.tree.manifest.metrics.get(number.id)
        if metric is None:
            return ELSEWHERE
        text = live_text(self.tree, metric, number)
        href = links.href(self.page, links.metric_page(metric))
        reading = self.tree.reading(metric)
        part = member(reading, number.member) if reading and number.member else None
        title = f"{metric.title}, {part.name if part else number.member}"
        title = title if number.member else metric.title
        link = Markup('<a class="live" href="{}" title="{}">{}</a>').format(href, title, text)
        return (
            link
            if number.member or not self.choice.dimension
            else self._by_member(number, metric, link)
        )

    def _by_member(self, number: LiveNumber, metric: Metric, link: Markup) -> Markup:
        """A live number with that of each member, or a word that it does not follow the switch."""
        reading = self.tree.reading(metric)
        slices = reading.slices.get(self.choice.dimension, ()) if reading else ()
        if not slices or number.part in ("previous", "target"):
            return link + Markup('<span class="apart" data-apart hidden> ({})</span>').format(
                self.choice.apart.lower()
            )
        href = links.href(self.page, links.metric_page(metric))
        member_links = [
            Markup('<a class="live" href="{}" title="{}, {}" data-member="{}" hidden>{} ({})</a>').format(
                href, metric.title, member_slice.name, member_key(member_slice.member),
                live_text(self.tree, metric, replace(number, member=member_slice.member)), member_slice.name,
            )
            for member_slice in slices
        ]  # fmt: skip
        first = Markup('<span data-member="{}">{}</span>').format(ALL, link)
        return Markup("<span>{}</span>").format(first + Markup("").join(member_links))


def live_text(tree: AudienceTree, metric: Metric, number: LiveNumber) -> str:
    """What a live number says: the value, its change, what it was, or its target."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    if reading is None:
        return NO_DATA
    part = member(reading, number.member) if number.member else None
    if number.member and part is None:
        return NO_DATA
    previous = part.previous if part else reading.comparison("previous")
    match number.part:
        case "change":
            return subject.comparison_text(previous) if previous else "no change known"
        case "previous":
            return (
                subject.text(previous.value)
                if previous
                else NO_TOTAL
                if reading.parts_only
                else NO_DATA
            )
        case "target" if part:
            return subject.text(part.target if part.target is not None else reading.target)
        case "target":
            return subject.text(target_of(metric.okr.front) if metric.okr else reading.target)
    return subject.text(part.value) if part else subject.now(reading)
