"""Everything drawn: static SVG at build time, and the same charts as plain data for exploring with Plotly.

No I/O, no clock: the same readings give the same bytes. All text is escaped, there is no inline style, no
handler and no script; what varies per chart is SVG attributes, and all colour comes from the classes of site.css.
The page's sprite must hold the symbols `i-on i-met i-risk i-off i-none i-chev` and the patterns `hatch-risk
hatch-off hatch-grey`; the page links `charts.css` beside site.css.

    subject = Subject.of(metric, reading.grain)
    chart = line_chart(subject, reading, last=26, marks=[Mark(day, "redefined")])
    plot(chart, "on_time", live=True)        # <div class="plot">: both drawings, and the data for charts.js
    table_markup(chart.table, "t-on_time")   # <table class="data">, for <details class="more">
    chart.finding                            # the sentence, also the drawing's aria-label
"""

from sharekit.render.charts.api import (
    BridgeRow,
    Node,
    StripMark,
    bar_chart,
    bridge,
    bullet,
    bullet_text,
    by_bars,
    by_lines,
    by_stack,
    chart_for,
    confidence_chart,
    definition_chart,
    explore_button,
    lineage_drawing,
    line_chart,
    mail_definition_svg,
    mail_pace_svg,
    moved_chart,
    pace_chart,
    plot,
    plotly_asset,
    script_json,
    share_bar,
    sparkline,
    strip,
    svg_to_png,
    table_markup,
)
from sharekit.render.charts.model import ALL, Cell, Chart, ChartTable, Mark, Size, Subject, member_key
