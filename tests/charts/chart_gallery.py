"""Every chart on one page, as a dashboard would place it: for tests in a real browser, and to be
looked at.

python tests/charts/chart_gallery.py FOLDER      writes FOLDER/index.html and its assets
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import chart_samples as samples
from chart_samples import AS_OF, FLIGHTS, OFFICES, PUNCTUAL, Q4, REVENUE
from markupsafe import Markup

from sharekit.numbers.results import Point, Reading, Result, Slice
from sharekit.records import replace
from sharekit.revisions.revision import EffectStep
from sharekit.site import charts
from sharekit.site.assets import content_of
from sharekit.site.badge import badge
from sharekit.site.charts import Chart, Mark, Node, StripMark, Subject
from sharekit.site.icons import SYMBOLS, sprite

_FULL = 'viewBox="0 0 704 '
CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:"


def write_gallery(folder: Path) -> Path:
    """The page and all it loads, in `folder`; gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (
        "tokens.css",
        "site.css",
        "charts.css",
        "print.css",
        "plotly.css",
        "site.js",
        "charts.js",
    ):
        (folder / name).write_bytes(content_of(name))
    plotly, content = charts.plotly_asset()
    (folder / plotly).write_bytes(content)
    for name, svg in _badges().items():
        (folder / name).write_text(svg, encoding="utf-8")
    page = folder / "index.html"
    page.write_text(_page(plotly), encoding="utf-8")
    return page


def _page(plotly: str) -> str:
    return f"""<!doctype html>
<html lang="en-GB" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CSP}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Charts</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="tokens.css">
<link rel="stylesheet" href="site.css">
<link rel="stylesheet" href="charts.css">
<link rel="stylesheet" href="print.css">
<script src="site.js"></script>
<script src="charts.js" defer data-plotly="{plotly}" data-plotly-css="plotly.css"></script>
</head>
<body>
{sprite(SYMBOLS)}
<main class="main wrap">
<button class="btn btn--icon" type="button" data-theme-toggle>
<svg class="i" aria-hidden="true"><use href="#i-auto"/></svg><span class="vh">Theme</span></button>
<fieldset class="field" data-view="origin" data-name="origin" data-default="all" data-lights>
<legend>Origin</legend><div class="seg">
<label><input type="radio" name="origin" value="all" checked><span>All</span></label>
<label><input type="radio" name="origin" value="{charts.member_key("JFK")}"><span>JFK</span></label>
<label><input type="radio" name="origin" value="{charts.member_key("EWR")}"><span>EWR</span></label></div></fieldset>
<fieldset class="field" data-view="weeks" data-name="weeks" data-default="13"><legend>Weeks</legend><div class="seg">
<label><input type="radio" name="weeks" value="8"><span>8</span></label>
<label><input type="radio" name="weeks" value="13" checked><span>13</span></label>
<label><input type="radio" name="weeks" value="26"><span>26</span></label>
<label><input type="radio" name="weeks" value="52"><span>52</span></label></div></fieldset>
{_cards()}
{_panels()}
{_rest()}
</main>
<div class="toast" role="status" data-toast></div>
</body>
</html>
"""


def _cards() -> str:
    gap = samples.reading(samples.with_gaps(samples.punctual(13).series, 2, 6, 8), target=0.82)
    short = samples.reading(samples.series(samples.weeks(2), 4, 9, 0), running=5.0)
    flat = samples.reading(samples.series(samples.weeks(13), 12, 12, 0), target=30)
    cards = [
        ("On-time departures", "78.1%", charts.sparkline(PUNCTUAL, samples.punctual(13))),
        ("With gaps", "78.1%", charts.sparkline(PUNCTUAL, gap)),
        ("Revenue", "€1.94m", charts.sparkline(REVENUE, samples.revenue())),
        ("No target", "6,030", charts.sparkline(FLIGHTS, samples.flights())),
        ("Two points", "9", charts.sparkline(FLIGHTS, short)),
        ("Flat, far from target", "12", charts.sparkline(FLIGHTS, flat)),
        (
            "JFK alone",
            "80.1%",
            charts.sparkline(PUNCTUAL, samples.punctual(), by="origin", member="JFK"),
        ),
        ("One value", "3", charts.sparkline(FLIGHTS, samples.reading([Point(AS_OF, 3.0)]))),
    ]
    items = "".join(
        f'<li class="kpi"><h2 class="kpi__t">{title}</h2><p class="kpi__v">{value}</p>'
        f'<p class="delta"><b>+0.6 pt</b> on the week before</p>{spark}</li>'
        for title, value, spark in cards
    )
    return f'<ul class="kpis kpis--4 dash-gap" role="list">{items}</ul>'


REVENUE_A_DAY = Subject("revenue", "Revenue", "€", None, "up", "day")


def _with_goals(reading: Reading) -> Mapping[str, Chart]:
    """Members with targets of their own, of which some are based on too few cases."""
    subject = replace(PUNCTUAL, minimum=30)
    slices = {
        name: tuple(
            replace(part, target=0.78 if at % 2 else None, count=12.0 if at == 1 else 300.0)
            for at, part in enumerate(parts)
        )
        for name, parts in reading.slices.items()
    }
    aimed = replace(reading, slices=slices)
    return {
        "Goals by origin": charts.by_lines(subject, aimed, "origin", charts.ChartOptions(last=13)),
        "Goals by carrier": charts.by_lines(
            subject, aimed, "carrier", charts.ChartOptions(last=13)
        ),
        "Ranked goals": charts.by_bars(subject, aimed, "origin"),
        "Ranked goals of carriers": charts.by_bars(subject, aimed, "carrier"),
    }


def _of_every_range() -> Mapping[str, Mapping[str, Chart] | Chart]:
    """Charts whose ranges differ by more than where they begin."""
    members = Subject("members", "Members", None, "integer", "up", "week")
    still = samples.reading(samples.fallen_then_still(), target=12_345_700)
    far = [Point(p.on, 152.0 + n % 5) for n, p in enumerate(samples.flights(52).series)]
    far[0] = Point(far[0].on, 20.0)
    running = samples.reading(far, running=86.0)
    kept = replace(PUNCTUAL, steps=True)
    one = samples.reading([Point(AS_OF, 92.0)], grain="day", target=100)

    plans = Subject("sales", "Sales", None, "integer", "up", "month")
    sold = samples.series(samples.months(52), 300, 330, 6)
    goals = [(p.on, 301.0 + n % 12) for n, p in enumerate(sold)]
    planned = samples.reading(sold, grain="month", targets=goals)
    slow = [(on, goal - 90) for on, goal in goals[::12]]
    quarterly = samples.reading(sold, grain="month", targets=slow)

    alike = [
        replace(part, member=f"Sales region of the north {n}")
        for n, part in enumerate(samples.punctual(52).slices["carrier"])
    ]
    regions = [
        replace(part, member=part.member.replace("Sales region of the", "Region")) for part in alike
    ]

    def named(parts: Sequence[Slice]) -> Reading:
        return replace(samples.punctual(52), slices={"region": tuple(parts)})

    def by_range(draw: Callable[[charts.ChartOptions], Chart]) -> Mapping[str, Chart]:
        return {str(n): draw(charts.ChartOptions(last=n)) for n in (8, 13, 26, 52)}

    return {
        "A large number that is still": by_range(lambda o: charts.line_chart(members, still, o)),
        "So far below the axis": by_range(lambda o: charts.line_chart(FLIGHTS, running, o)),
        "Origins that hold their value": by_range(
            lambda o: charts.by_lines(kept, samples.punctual(52), "origin", o)
        ),
        "Carriers that hold their value": by_range(
            lambda o: charts.by_lines(kept, samples.punctual(52), "carrier", o)
        ),
        "A target for each month": by_range(lambda o: charts.line_chart(plans, planned, o)),
        "A target for each quarter": by_range(lambda o: charts.line_chart(plans, quarterly, o)),
        "Regions of like names": by_range(
            lambda o: charts.by_lines(PUNCTUAL, named(regions), "region", o)
        ),
        "Regions of like, long names": by_range(
            lambda o: charts.by_lines(PUNCTUAL, named(alike), "region", o)
        ),
        "One value below its target": charts.line_chart(OFFICES, one),
    }


def panels() -> Mapping[str, Chart | Mapping[str, Chart] | None]:
    """Title -> chart, as they stand in the gallery."""
    punctual, flights, offices = samples.punctual(), samples.flights(), samples.offices()
    marks = [
        Mark(date(2013, 11, 4), "redefined"),
        Mark(date(2013, 10, 28), "restated"),
        Mark(date(2013, 8, 12), "new owner"),
    ]
    notes = [
        Mark(date(2013, 10, 28), "1: a strike", "1"),
        Mark(date(2013, 11, 11), "2: fog; 3: ice", "2, 3"),
    ]
    weeks = {
        str(n): charts.by_lines(
            PUNCTUAL, samples.punctual(52), "origin", charts.ChartOptions(last=n)
        )
        for n in (8, 13, 26, 52)
    }
    old = samples.series([point.on for point in offices.series], 2010, 2268, 4, 2)
    five = {"origin": punctual.slices["carrier"][:5]}
    below = samples.reading(
        tuple(Point(p.on, (p.value or 0) - 6000) for p in flights.series), running=-200.0
    )
    days = samples.daily(200)
    lowered = samples.reading(
        samples.with_gaps(
            [Point(p.on, (p.value or 0) - 45_000) for p in days.series], *range(20, 60), 199
        ),
        grain="day",
        running=-9_000.0,
    )
    shares = Slice("Closed", None, samples.with_gaps(punctual.slices["origin"][0].series, 25), None)
    decreasing = samples.okr(
        6.71, baseline=6.8, target=5.9, status="off_track", forecast=(6.6, 6.2, 7.0), original=5.5
    )
    cost = Subject("cost", "Cost per drop", "€", None, "down", "week")
    drops = samples.reading(samples.series(samples.weeks(6), 6.8, 6.71, 0.05))
    early = replace(samples.okr(1890, status="early", forecast=None, expected=0.04), gap=0.02)
    kept = replace(samples.okr(0.8, baseline=0, target=1, status="on_track", forecast=None), target=None, baseline=None,
                   pace=(), expected_value=None)  # fmt: skip
    return {
        "One line, full": charts.line_chart(
            PUNCTUAL, punctual, charts.ChartOptions(size="full", marks=marks)
        ),
        "Notes on a line": charts.line_chart(
            PUNCTUAL, punctual, charts.ChartOptions(last=13, marks=notes)
        ),
        "Notes on bars": charts.bar_chart(
            FLIGHTS, flights, charts.ChartOptions(last=13, marks=notes)
        ),
        "Notes by origin": charts.by_lines(
            PUNCTUAL, punctual, "origin", charts.ChartOptions(last=13, marks=notes)
        ),
        "Notes by carrier": charts.by_lines(
            PUNCTUAL, punctual, "carrier", charts.ChartOptions(last=13, marks=notes)
        ),
        "Notes on a stack": charts.by_stack(
            FLIGHTS, flights, "origin", charts.ChartOptions(last=13, marks=notes)
        ),
        "Pace with notes": charts.pace_chart(
            OFFICES,
            offices,
            samples.okr(2041, original=2400),
            Q4,
            AS_OF,
            marks=[*notes, Mark(date(2013, 11, 14), "Revision 3: target", "Revision 3")],
        ),
        **_with_goals(punctual),
        "By month": charts.line_chart(
            REVENUE, samples.revenue(14), charts.ChartOptions(size="full")
        ),
        "Lines by origin": weeks,
        **_of_every_range(),
        "Five carriers, no total": charts.by_lines(
            PUNCTUAL,
            replace(
                punctual,
                series=tuple(Point(p.on, None) for p in punctual.series),
                value=None,
                slices=five,
                open_point=None,
            ),
            "origin",
        ),
        "Fourteen carriers": charts.by_lines(PUNCTUAL, punctual, "carrier"),
        "Fourteen carriers, full": charts.by_lines(
            PUNCTUAL, punctual, "carrier", charts.ChartOptions(size="full")
        ),
        "Three years of days by origin": charts.by_lines(
            REVENUE_A_DAY, samples.daily(1_100), "origin"
        ),
        "Bars by week": charts.bar_chart(FLIGHTS, flights, charts.ChartOptions(last=13)),
        "Five years of days as bars": charts.bar_chart(REVENUE_A_DAY, samples.daily(1_826)),
        "A year of days as bars": charts.bar_chart(
            REVENUE_A_DAY,
            samples.daily(365),
            charts.ChartOptions(marks=[Mark(date(2013, 6, 3), "moved")]),
        ),
        "Days as bars below zero": charts.bar_chart(REVENUE_A_DAY, lowered),
        "A year of days as a stack": charts.by_stack(
            REVENUE_A_DAY, samples.daily(365, whole=True), "origin"
        ),
        "Bars below zero": charts.bar_chart(FLIGHTS, below, charts.ChartOptions(last=13)),
        "Ranked origins": charts.by_bars(
            PUNCTUAL,
            replace(punctual, slices={"origin": (*punctual.slices["origin"], shares)}),
            "origin",
        ),
        "Ranked carriers": charts.by_bars(PUNCTUAL, punctual, "carrier"),
        "Stack": charts.by_stack(FLIGHTS, flights, "origin", charts.ChartOptions(last=13)),
        "Stack of six": charts.by_stack(
            FLIGHTS, samples.flights(26, tuple("ABCDEF")), "origin", charts.ChartOptions(last=26)
        ),
        "Shares": charts.by_share(
            FLIGHTS, samples.flights(26, tuple("ABCDEF")), "origin", charts.ChartOptions(last=26)
        ),
        "Pace": charts.pace_chart(OFFICES, offices, samples.okr(2041, original=2400), Q4, AS_OF),
        "Pace downwards": charts.pace_chart(cost, drops, decreasing, Q4, AS_OF),
        "Pace early": charts.pace_chart(
            OFFICES, samples.reading(offices.series[:4], grain="day"), early, Q4, date(2013, 10, 4)
        ),
        "Pace closed": charts.pace_chart(
            OFFICES,
            samples.reading(
                samples.series([Q4.start + timedelta(days=n) for n in range(92)], 1884, 2262, 5),
                grain="day",
            ),
            samples.okr(2262, status="achieved", closed=True, forecast=None),
            Q4,
            date(2014, 1, 9),
        ),
        "Kept in a band": charts.pace_chart(
            PUNCTUAL, punctual, kept, Q4, AS_OF, band=(0.76, 0.84), size="half"
        ),
        "What moved it": charts.moved_chart(
            FLIGHTS, samples.flights(26, tuple("ABCDEFGH")), "origin"
        ),
        "Both definitions": charts.definition_chart(OFFICES, old, offices.series),
        "No data": charts.line_chart(PUNCTUAL, samples.reading([Point(AS_OF, None)])),
    }


def _panels() -> str:
    made = []
    for n, (title, chart) in enumerate(panels().items()):
        if chart is None:
            continue
        views = {"view": "weeks", "shown_range": "13"} if isinstance(chart, dict) else {}
        drawn = charts.plot(chart, f"c{n}", live=True, **views)
        one = next(iter(chart.values())) if isinstance(chart, dict) else chart
        made.append((_FULL in str(one.wide), _panel(n, title, drawn, one)))
    wide = "".join(
        f'<div class="split dash-gap"><div class="stack">{panel}</div></div>'
        for full, panel in made
        if full
    )
    halves = "".join(panel for full, panel in made if not full)
    return f'{wide}<div class="halves dash-gap">{halves}</div>'


def _panel(n: int, title: str, drawn: Markup, chart: Chart) -> str:
    return (
        f'<section class="panel" aria-labelledby="h{n}"><div class="panel__head"><h2'
        f' id="h{n}">{title}</h2>'
        f'<p class="panel__sub">{Markup.escape(chart.finding)}</p>'
        f'<div class="panel__acts">{charts.explore_button(f"c{n}", title)}</div></div>{drawn}'
        f'<details class="more"><summary>The chart as a table</summary><div class="more__in"><div'
        f' class="scroll">'
        f"{charts.table_markup(chart.table, f't{n}')}</div></div></details></section>"
    )


def _rest() -> str:
    marks = [
        StripMark(f"Key result {n}", score, status)
        for n, (score, status) in enumerate(
            [(0.1, "off_track"), (0.2, "off_track"), (0.43, "at_risk"), (0.44, "at_risk"), (0.52, "on_track"),
             (0.56, "on_track"), (0.57, "on_track"), (0.58, "on_track"), (0.58, "on_track"), (0.71, "on_track"),
             (0.73, "on_track"), (1.0, "achieved"), (0.0, "not_started"), (None, "unknown")]
        )
    ]  # fmt: skip
    bullets = [
        samples.okr(2041),
        samples.okr(2095, status="on_track"),
        samples.okr(1900, status="off_track"),
        samples.okr(2300, status="achieved"),
        replace(samples.okr(1884), score=None, status="unknown"),
    ]
    rows = "".join(f"<p>{charts.bullet_text(okr)}</p>{charts.bullet(okr)}" for okr in bullets)
    lineage = charts.lineage_drawing(
        "mrr",
        [Node("subscriptions"), Node("plan_prices"), Node("fx_rates")],
        [
            Node("OKR 1.2", "index.html"),
            Node("Revenue", "index.html"),
            Node("Weekly digest", "index.html"),
        ],
    )
    long = charts.lineage_drawing(
        "on_time_departures",
        [Node("_operated_flights"), Node("flights")],
        [Node(f"a_rather_long_metric_name_{n}", "index.html") for n in range(9)],
    )
    steps = [
        EffectStep("Offices on a trial", -139),
        EffectStep("Only order was refunded", -61),
        EffectStep("Counted per door", -20),
    ]
    bridge = "".join(
        f"<tr><th>{row.label}</th><td>{row.text}</td></tr>"
        for row in charts.bridge(OFFICES, 2268, 2041, steps)
    )
    confidence = charts.confidence_chart(
        [(date(2013, 10, 5), 7), (date(2013, 11, 1), 6), (date(2013, 11, 21), 4)]
    )
    one = charts.confidence_chart([(date(2013, 10, 5), 7)])
    badges = "".join(f'<p><img class="badge" src="{name}" alt="{name}"></p>' for name in _badges())
    return (
        '<div class="halves dash-gap"><div class="tally"><div'
        f' class="strip">{charts.strip(marks, 0.576)}</div></div><div>{rows}</div><div>{lineage}</div><div>{long}</div>'
        f'<table class="bridge">{bridge}</table><div>{confidence}{one}</div><div>{badges}</div></div>'
    )


def _badges() -> dict[str, str]:
    fine = Result("mrr", samples.revenue())
    key_result = Result("offices", samples.offices(), samples.okr(2041))
    stale = Result("on_time", samples.punctual(), stale="The data ends on 3 Nov.")
    odd = Subject("odd", 'Fish & "chips" <b>日本語</b> with a name that goes on and on', None, None)
    return {
        "badge-1.svg": badge(REVENUE, fine),
        "badge-2.svg": badge(OFFICES, key_result),
        "badge-3.svg": badge(PUNCTUAL, stale),
        "badge-4.svg": badge(odd, Result("odd", None)),
    }


if __name__ == "__main__":
    print(write_gallery(Path(sys.argv[1])))
