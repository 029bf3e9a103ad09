"""Everything drawn: static SVG at build time, and the same charts as plain data for exploring with
Plotly.

No clock, no I/O but reading the installed Plotly: the same readings give the same bytes. All text
is escaped; there is no inline style and no handler; what varies per chart is SVG attributes, and
all colour comes from classes.

    subject = Subject.of(metric, reading.grain)
    chart = line_chart(subject, reading, ChartOptions(last=26, marks=[Mark(day, "redefined")]))
    plot(chart, "on_time", live=True)            the drawing, and the data for charts.js
    explore_button("on_time", subject.title)     for .panel__acts
    table_markup(chart.table, "t-on_time")       <table class="data">, for <details class="more">
    chart.finding                                the sentence; also the drawing's aria-label

What a page with charts needs:

- charts.css beside site.css; in the sprite the symbols `i-on i-met i-risk i-off i-none` (strip) and
  the patterns `hatch-risk hatch-off hatch-grey` (bullet, definition_chart);
- for `live` plots: `<script src="charts.js" defer data-plotly="plotly.HASH.min.js"
  data-plotly-css="plotly.css">` with addresses relative to the page, and nothing else: charts.js
  loads the other two when they are wanted. It follows site.js' switches: a `data-view` group with
  `data-lights` lights the line of that key, and a group whose name was given to plot(view=...) sets
  the range of dates.

Why Plotly comes late, and how it lives under the strict CSP: see plotly.py. Why mail pictures have
no text: mail_charts.py."""

from sharekit.site.charts.accumulated import Accumulated, accumulated, accumulated_chart
from sharekit.site.charts.bars import by_bars, by_share, by_stack
from sharekit.site.charts.chart_markup import (
    PlacedTable,
    chart_for,
    explore_button,
    is_drawn,
    plot,
    table_markup,
)
from sharekit.site.charts.chart_types import (
    ALL,
    Cell,
    Chart,
    ChartOptions,
    ChartTable,
    Mark,
    Size,
    Subject,
    member_key,
)
from sharekit.site.charts.columns import bar_chart
from sharekit.site.charts.compare import BridgeRow, bridge, definition_chart
from sharekit.site.charts.confidence import confidence_chart
from sharekit.site.charts.lineage import NamedLineage, Node, lineage_drawing
from sharekit.site.charts.lines import line_chart
from sharekit.site.charts.mail_charts import (
    MailChart,
    mail_definition_chart,
    mail_pace_chart,
    svg_to_png,
)
from sharekit.site.charts.members import by_lines
from sharekit.site.charts.moved import moved_chart
from sharekit.site.charts.pace import KeyResultSeries, course_of, pace_chart, pace_headline
from sharekit.site.charts.plotly import plotly_asset
from sharekit.site.charts.series_view import additive, members_target
from sharekit.site.charts.small_charts import (
    SPARK_POINTS,
    StripMark,
    bullet,
    bullet_text,
    by_day,
    share_bar,
    sparkline,
    strip,
)

__all__ = [
    "ALL",
    "SPARK_POINTS",
    "Accumulated",
    "BridgeRow",
    "Cell",
    "Chart",
    "ChartOptions",
    "ChartTable",
    "KeyResultSeries",
    "MailChart",
    "Mark",
    "NamedLineage",
    "Node",
    "PlacedTable",
    "Size",
    "StripMark",
    "Subject",
    "accumulated",
    "accumulated_chart",
    "additive",
    "bar_chart",
    "bridge",
    "bullet",
    "bullet_text",
    "by_bars",
    "by_day",
    "by_lines",
    "by_share",
    "by_stack",
    "chart_for",
    "confidence_chart",
    "course_of",
    "definition_chart",
    "explore_button",
    "is_drawn",
    "line_chart",
    "lineage_drawing",
    "mail_definition_chart",
    "mail_pace_chart",
    "member_key",
    "members_target",
    "moved_chart",
    "pace_chart",
    "pace_headline",
    "plot",
    "plotly_asset",
    "share_bar",
    "sparkline",
    "strip",
    "svg_to_png",
    "table_markup",
]
