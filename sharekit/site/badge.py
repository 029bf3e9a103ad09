"""Badges: one number or key result as a small SVG that stays current wherever an image can stand.

An image of its own: no class of the site's, no font and no reference outside. Light, and dark where
the reader's system asks for it, by a media query inside the SVG; a page that has one look whatever
the reader prefers says which, by `#light` or `#dark` behind the badge's address. No font is at hand
at build time, so the box is made wide enough for the usual system faces, and the words flow one
after the other, each as wide as the reader's face makes it."""

from __future__ import annotations

import re

from markupsafe import Markup
from msgspec import Struct

from sharekit.artifacts import Artifact
from sharekit.numbers.formats import format_score
from sharekit.numbers.results import OkrReading, Reading, Result
from sharekit.site.charts.chart_types import Subject
from sharekit.site.charts.labels import fit_text, text_width
from sharekit.site.charts.scale import measured_points
from sharekit.site.charts.series_view import period_words
from sharekit.site.charts.svg import Attribute, broken_path, el, join, num
from sharekit.wording.headline import brief_period, has_headline, with_period
from sharekit.wording.statuses import STATUS_TONES, STATUS_WORDS, Tone

LIGHT = {
    "surface": "#ffffff",
    "control": "#8a867c",
    "ink": "#1b1c1f",
    "ink-2": "#4b4b4e",
    "ink-3": "#66645f",
    "accent-fill": "#2a45c9",
    "risk": "#855000",
    "risk-fill": "#c58200",
    "off": "#a82e08",
    "off-fill": "#a82e08",
    "on-status": "#ffffff",
}
"""Colours of tokens.css by name, as an image cannot read that file."""
DARK = {
    "surface": "#1c1c1a",
    "control": "#827e75",
    "ink": "#efede8",
    "ink-2": "#c6c3bb",
    "ink-3": "#a19d94",
    "accent-fill": "#8fa3ff",
    "risk": "#ecb858",
    "risk-fill": "#f2c464",
    "off": "#ff9671",
    "off-fill": "#ec6132",
    "on-status": "#141413",
}
PAINT: dict[str, dict[str, str]] = {
    "box": {"fill": "surface", "stroke": "control"},
    "soft": {"fill": "ink-2"},
    "value": {"fill": "ink"},
    "risk": {"fill": "risk"},
    "off": {"fill": "off"},
    "spark": {"stroke": "ink-3"},
    "dot": {"fill": "accent-fill"},
    "on": {"stroke": "accent-fill"},
    "none": {"stroke": "ink-3"},
    "at-risk": {"fill": "risk-fill"},
    "at-off": {"fill": "off-fill"},
    "cut": {"stroke": "on-status"},
}
"""Class -> what of it is painted in which colour."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif"
SIZE = 13.0
_HEIGHT, _PAD, _GAP, _SPARK = 28.0, 10.0, 7.0, 32.0
_NOT_XML = re.compile("[\0-\b\v\f\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold."""


class _Word(Struct, frozen=True):
    """One piece of text: words and the class that colours them."""

    text: str
    class_: str
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, SIZE, bold=self.bold)


def badge(subject: Subject, result: Result) -> str:
    """The SVG document: name and value, then a change and a sparkline, or for a key result its
    status and score. A stale value says so."""
    title = _NOT_XML.sub("", subject.title)
    reading, okr = result.reading, result.okr
    badge_words = [
        _Word(fit_text(title, 240, SIZE), "soft"),
        _Word(_value(subject, reading), "value", bold=True),
    ]
    if period := brief_period(reading):
        badge_words.append(_Word(period, "soft"))
    picture: Markup = Markup("")
    room = 0.0
    if reading is not None and has_headline(reading):
        if okr is not None:
            badge_words.append(_status(okr))
            room = 16 + _GAP
        elif change := _change(subject, reading):
            badge_words.append(_Word(change, "soft"))
    if result.stale or result.failure:
        badge_words.append(_Word("stale", "risk", bold=True))
    left = _PAD + room
    end = left + sum(word.width for word in badge_words) + _GAP * (len(badge_words) - 1)
    if okr is not None and room:
        picture = _icon(STATUS_TONES[okr.status], _PAD)
    elif reading is not None and okr is None:
        picture = _spark(reading, end + _GAP)
        end += _GAP + _SPARK if picture else 0
    width = float(int(end + _PAD) + 1)
    return _document(
        width, _in_words(subject, title, result), [_box(width), _line(badge_words, left), picture]
    )


def badge_artifact(subject: Subject, result: Result) -> Artifact:
    """badges/<id>.svg"""
    return Artifact(f"badges/{subject.id}.svg", badge(subject, result).encode())


def _value(subject: Subject, reading: Reading | None) -> str:
    return _NOT_XML.sub("", subject.now(reading))


def _change(subject: Subject, reading: Reading) -> str:
    previous = reading.comparison("previous")
    return subject.comparison_text(previous) if previous else ""


def _status(okr: OkrReading) -> _Word:
    tone = STATUS_TONES[okr.status]
    score = "" if okr.score is None else f" {format_score(okr.score)}"
    class_ = tone if tone in ("risk", "off") else "soft"
    return _Word(f"{STATUS_WORDS[okr.status]}{score}", class_, bold=tone in ("risk", "off"))


def _in_words(subject: Subject, title: str, result: Result) -> str:
    """The badge in words: "Monthly recurring revenue: €1.94m, +2.1% on September 2013." """
    reading, okr = result.reading, result.okr
    label = f"{title}: {with_period(_value(subject, reading), brief_period(reading))}"
    if reading is not None and has_headline(reading):
        previous = reading.comparison("previous")
        if okr is not None:
            score = "" if okr.score is None else f", score {format_score(okr.score)}"
            label += f", {STATUS_WORDS[okr.status].lower()}{score}"
        elif previous is not None and previous.period is not None:
            base = period_words(previous.period, reading.grain, subject.fiscal)
            label += f", {_change(subject, reading)} on {'the ' if reading.grain == 'week' else ''}{base}"
    return label + (", stale" if result.stale or result.failure else "")


def _line(badge_words: list[_Word], left: float) -> Markup:
    spans = [
        el(
            "tspan",
            word.text,
            dx=_GAP if n else None,
            font_weight="600" if word.bold else None,
            **painted(word.class_),
        )
        for n, word in enumerate(badge_words)
    ]
    return el("text", *spans, x=left, y="18.5")


def painted(class_: str) -> dict[str, Attribute]:
    """The class and its light colours as attributes, for where no style sheet is allowed."""
    return {"class_": class_, **{kind: LIGHT[colour] for kind, colour in PAINT[class_].items()}}


def _box(width: float) -> Markup:
    return el("rect", x=".5", y=".5", width=width - 1, height=_HEIGHT - 1, rx=5, **painted("box"))


def _spark(reading: Reading, left: float) -> Markup:
    """The last thirteen values; nothing where there are fewer than two."""
    points = measured_points(reading.series[-13:])
    values = [point.value for point in points if point.value is not None]
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    step = (_SPARK - 4) / (len(values) - 1)
    line = [
        (left + n * step, 14.0 if high == low else 20 - (value - low) / (high - low) * 12)
        for n, value in enumerate(values)
    ]
    trace = el("path", d=broken_path(line), **_LINE, **painted("spark"))
    return join([trace, el("circle", cx=line[-1][0], cy=line[-1][1], r=3, **painted("dot"))])


_LINE: dict[str, Attribute] = {
    "fill": "none",
    "stroke_width": "1.5",
    "stroke_linecap": "round",
    "stroke_linejoin": "round",
}


def _icon(tone: Tone, left: float) -> Markup:
    """The status' shape, as on the pages: circle, disc, triangle, diamond, dashed circle."""

    def stroke(data: str, class_: str = "cut") -> Markup:
        return el("path", d=data, **_LINE, **painted(class_))

    ring: dict[str, Attribute] = {"cx": 8.0, "cy": 8.0, "r": "6.25"}
    cross = "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"
    shapes: dict[Tone, list[Markup]] = {
        "on": [
            el("circle", **ring, **_LINE, **painted("on")),
            stroke("M5.2 8.3l2 1.9 3.7-4.1", "on"),
        ],
        "met": [el("circle", cx=8, cy=8, r=7, **painted("dot")), stroke("M4.9 8.3l2.2 2.1 4-4.5")],
        "risk": [
            el("path", d="M8 1.6l6.7 12.1H1.3z", **painted("at-risk")),
            stroke("M8 6.2v3.6M8 11.9v.1"),
        ],
        "off": [el("path", d="M8 .9L15.1 8 8 15.1.9 8z", **painted("at-off")), stroke(cross)],
        "none": [el("circle", **ring, **_LINE, stroke_dasharray="2.6 2.3", **painted("none"))],
    }
    return el("g", *shapes[tone], transform=f"translate({num(left)} 6)")


def _style() -> Markup:
    """The dark colours, and both for those who choose. `:target` is the part that the address
    names."""

    def colours(palette: dict[str, str]) -> str:
        return ";".join(f"--{name}:{colour}" for name, colour in palette.items())

    rules = "".join(
        f".{class_}{{{';'.join(f'{kind}:var(--{colour},{LIGHT[colour]})' for kind, colour in paint.items())}}}"
        for class_, paint in PAINT.items()
    )
    system = f"@media (prefers-color-scheme:dark){{svg{{{colours(DARK)}}}}}"
    chosen = f"#dark:target{{{colours(DARK)}}}#light:target{{{colours(LIGHT)}}}"
    return Markup(f"<style>{rules}{system}{chosen}</style>")


_STYLE = _style()


def _document(width: float, label: str, parts: list[Markup]) -> str:
    body = el("g", el("g", *parts, id="dark"), id="light")
    size: dict[str, Attribute] = {
        "width": width,
        "height": _HEIGHT,
        "viewBox": f"0 0 {num(width)} {num(_HEIGHT)}",
    }
    face: dict[str, Attribute] = {"font_family": FONT, "font_size": SIZE}
    svg = el(
        "svg",
        _STYLE,
        body,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=label,
        **size,
        **face,
    )
    return str(svg)
