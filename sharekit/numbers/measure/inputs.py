"""What a measurement is made from: one metric's rows, the date, the project, and how far its data
go."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from sharekit.numbers.measure.labels import Labels
from sharekit.numbers.measure.period_coverage import Coverage
from sharekit.numbers.measure.rows import MetricRows
from sharekit.project.manifest import Metric
from sharekit.project.shapes import ProjectConfig


class MeasureInputs(Struct, frozen=True):
    """All that one number, or one series, is made from."""

    rows: MetricRows
    as_of: date
    project: ProjectConfig
    coverage: Coverage
    """From when to when its sources have data."""
    looks_back: bool
    """Whether its SQL has windows or offsets by rows."""
    labels: Labels
    """What people call the members of its dimensions, from lookups."""

    @property
    def metric(self) -> Metric:
        """The metric that is measured."""
        return self.rows.metric
