"""What a redefinition does to the number, as a mail says it: a sentence, and the chart of both
definitions in words for whoever does not see it."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from sharekit.numbers.formats import format_change, format_day
from sharekit.project.manifest import Metric
from sharekit.site.charts import Subject, mail_definition_chart
from sharekit.visible import VisibleManifest, VisibleRevision
from sharekit.wording.declared_values import DeclaredWords, declared_words
from sharekit.wording.effect import reach_words
from sharekit.wording.english import and_list


def amount(words: DeclaredWords, number: object) -> str:
    """A value with its unit; "no data" where it is no number."""
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        return "no data"
    return words.amount(float(number))


class EffectWords(Struct, frozen=True, dict=True):
    """The effect of one revision in words; everything is empty where it has none."""

    revision: VisibleRevision
    metric: Metric | None
    manifest: VisibleManifest

    def _value(self, number: float | None) -> str:
        return amount(self._declared_words, number)

    @cached_property
    def _declared_words(self) -> DeclaredWords:
        return declared_words(self.revision, self.manifest)[1]

    def sentence(self) -> str:
        """What today's data and what the new definition each did, as one sentence; "" without a
        redefinition."""
        impact = self.revision.impact
        if impact is None:
            return ""
        if impact.held or impact.unavailable:
            return impact.held or impact.unavailable or ""
        front = self.metric.front if self.metric else None
        unit, form = (front.unit, front.format) if front else (None, None)
        phrases = []
        if impact.definition_effect is not None and "redefined" in self.revision.classes:
            phrases.append(
                "The new definition"
                f" {_moves(impact.definition_effect, 'lowers', 'raises', 'the number', unit, form)}"
            )
        if impact.data_effect is not None and _shows(impact.data_effect, unit, form):
            what = f"the previously published {self._value(impact.published)}" if phrases else "it"
            moves = _moves(
                impact.data_effect,
                "lower",
                "raise",
                what,
                unit,
                form,
                most="restated" in self.revision.classes,
            )
            phrases.append(f"{'newer' if phrases else 'Newer'} data {moves}")
        reach = reach_words(impact, unit, form, self.manifest.config.project.fiscal_year)
        return " ".join(
            part for part in (f"{'; '.join(phrases)}." if phrases else "", reach) if part
        )

    def chart_alt(self) -> str:
        impact = self.revision.impact
        if impact is None or len(impact.new_series) < 2 or len(impact.old_series) < 2:
            return ""
        old, new = impact.old_series, impact.new_series
        span = f"{self.revision.title} from {format_day(new[0].on)} to {format_day(new[-1].on)}"
        return (
            f"{span}. Old definition: {self._value(old[0].value)} to {self._value(old[-1].value)}. "
            f"New definition: {self._value(new[0].value)} to {self._value(new[-1].value)}."
        )

    def chart_key(self) -> tuple[tuple[str, str], ...]:
        impact = self.revision.impact
        if impact is None or not impact.old_series or not impact.new_series:
            return ()
        old, new = (
            self._value(series[-1].value) for series in (impact.old_series, impact.new_series)
        )
        return (("#77736a", f"{old} old definition"), ("#2a45c9", f"{new} new definition"))

    def chart_lines(self) -> str:
        impact = self.revision.impact
        if impact is None or self.metric is None or not impact.old_series or not impact.new_series:
            return ""
        chart = mail_definition_chart(
            Subject.of(self.metric, None), impact.old_series, impact.new_series
        )
        return f"Lines at {and_list(chart.lines)}" if chart else ""

    def chart_days(self) -> tuple[str, str]:
        impact = self.revision.impact
        if impact is None or not impact.new_series:
            return "", ""
        first, last = impact.new_series[0].on, impact.new_series[-1].on
        return format_day(first, year=True), format_day(last, year=True)

    def chart_values(self) -> tuple[tuple[str, ...], ...]:
        """Day, old and new value of each period that the chart draws."""
        impact = self.revision.impact
        if impact is None or not self.chart_alt():
            return ()
        old = {point.on: point.value for point in impact.old_series}
        new = {point.on: point.value for point in impact.new_series}
        return tuple(
            (format_day(day, year=True), self._value(old.get(day)), self._value(new.get(day)))
            for day in sorted(old | new)
        )


def _shows(effect: float, unit: str | None, form: str | None) -> bool:
    """Whether an effect is more than nothing in the digits that the number is written with."""
    return any(digit in format_change(effect, None, unit, form) for digit in "123456789")


def _moves(
    effect: float,
    lowers: str,
    raises: str,
    what: str,
    unit: str | None,
    form: str | None,
    *,
    most: bool = False,
) -> str:
    """ "lowers the number by 2 airlines": a direction in words, and a size without a sign."""
    size = format_change(abs(effect), None, unit, form).removeprefix("+")
    if not _shows(effect, unit, form):
        return f"{'leaves' if lowers.endswith('s') else 'leave'} {what} as it is"
    return f"{lowers if effect < 0 else raises} {what} by {'up to ' if most else ''}{size}"
