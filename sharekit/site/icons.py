"""The icons of the pages: symbols that a page carries itself, since an outside file cannot be used
from file://."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from markupsafe import Markup

_FILLED = 'fill="currentColor" stroke="none"'
_CUT = 'stroke="var(--on-status)" stroke-width="1.75"'
SYMBOLS: dict[str, str] = {
    "on": '<circle cx="8" cy="8" r="6.25"/><path d="M5.2 8.3l2 1.9 3.7-4.1"/>',
    "met": f'<circle cx="8" cy="8" r="7" {_FILLED}/><path d="M4.9 8.3l2.2 2.1 4-4.5" {_CUT}/>',
    "risk": '<path d="M8 1.6l6.7 12.1H1.3z" fill="currentColor" stroke="currentColor" stroke-width="1.2"/>'
    f'<path d="M8 6.2v3.6M8 11.9v.1" {_CUT}/>',
    "off": '<path d="M8 .9L15.1 8 8 15.1.9 8z" fill="currentColor" stroke="currentColor" stroke-width="1"/>'
    '<path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" stroke="var(--on-status)" stroke-width="1.6"/>',
    "none": '<circle cx="8" cy="8" r="6.25" stroke-dasharray="2.6 2.3"/>',
    "revised": '<path d="M2.5 5.5h10M9.8 2.6l2.9 2.9-2.9 2.9M13.5 11.2h-10M6.2 8.4l-2.9 2.8 2.9 2.9"/>',
    "slipped": '<path d="M2 4l4 4 2.6-2.4L14 11.5M14 7.4v4.1H9.9"/>',
    "recovered": '<path d="M2 12l4-4 2.6 2.4L14 4.5M14 8.6V4.5H9.9"/>',
    "decide": '<path d="M2 3h12v8H7.2L4 13.6V11H2z"/><path d="M6.6 6a1.4 1.4 0 1 1 2.1 1.2c-.5.3-.7.5-.7 1M8 9.6v.1"/>',
    "challenge": '<path d="M3.5 14.5V2M3.5 2.6h8.7l-2 3 2 3H3.5"/>',
    "correct": '<path d="M10.8 2.6l2.6 2.6-7.6 7.6-3.3.7.7-3.3zM9.2 4.2l2.6 2.6"/>',
    "answered": '<path d="M2 3h12v8H7.2L4 13.6V11H2z"/><path d="M5.4 7l1.8 1.7 3.2-3.4"/>',
    "new": '<path d="M8 2.5v11M2.5 8h11"/>',
    "retired": '<path d="M2.5 3h11v3h-11zM3.5 6v7h9V6M6.4 8.8h3.2"/>',
    "arrow": '<path d="M2.5 8h10.8M9.4 4l4 4-4 4"/>',
    "chev": '<path d="M6 3.5L10.5 8 6 12.5"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="M10.4 10.4L14 14"/>',
    "auto": '<circle cx="8" cy="8" r="6"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>',
    "light": '<circle cx="8" cy="8" r="3"/><path d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13'
    'M13 3l-1.2 1.2M4.2 11.8L3 13"/>',
    "dark": '<path d="M13.6 9.8A6 6 0 0 1 6.2 2.4a6 6 0 1 0 7.4 7.4z"/>',
    "down": '<path d="M8 2v8M4.6 6.9L8 10.2l3.4-3.3M2.5 13.6h11"/>',
    "link": '<path d="M6.6 9.4l2.8-2.8M7.4 4.6l1.7-1.7a2.8 2.8 0 0 1 4 4l-1.7 1.7M8.6 11.4l-1.7 1.7a2.8 2.8 0 0 1-4-4'
    'l1.7-1.7"/>',
    "code": '<path d="M5.2 4L1.4 8l3.8 4M10.8 4l3.8 4-3.8 4"/>',
    "feed": '<path d="M3 3a10 10 0 0 1 10 10M3 7a6 6 0 0 1 6 6"/>'
    '<circle cx="3.9" cy="12.1" r=".9" fill="currentColor"/>',
    "mail": '<path d="M1.8 3.5h12.4v9H1.8zM2 4l6 4.6L14 4"/>',
    "check": '<path d="M3 8.4l3.3 3.2L13 4.6"/>',
    "todo": '<circle cx="8" cy="8" r="5.75"/>',
    "doing": '<circle cx="8" cy="8" r="5.75"/><path d="M8 4.6a3.4 3.4 0 0 1 0 6.8z" fill="currentColor"/>',
    "overdue": '<circle cx="8" cy="8" r="5.75"/><path d="M8 4.8v3.4l2.2 1.6"/>',
}
Icon = Literal[
    "on", "met", "risk", "off", "none", "revised", "slipped", "recovered", "challenge", "correct", "answered", "new",
    "retired", "arrow", "chev", "search", "auto", "light", "dark", "down", "link", "code", "feed", "mail", "check",
    "todo", "doing", "overdue", "decide",
]  # fmt: skip
ALWAYS = ("search", "auto", "light", "dark")
"""Used by the head of every page, or put in place by site.js."""
_USED = re.compile(r'href="#i-([a-z]+)"')


def _hatch(name: str, width: int, *, ground: bool) -> str:
    rect = f'<rect class="hatch-bg-{name}" width="{width}" height="{width}"/>' if ground else ""
    return (
        f'<pattern id="hatch-{name}" width="{width}" height="{width}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)">{rect}<path class="hatch-ln-{name}" d="M0 0v{width}"/></pattern>'
    )


HATCHES = (
    _hatch("risk", 5, ground=True) + _hatch("off", 5, ground=True) + _hatch("grey", 6, ground=False)
)


def used_in(html: str) -> list[str]:
    """Names of the icons that a piece of HTML refers to, in a stable order."""
    names = set(_USED.findall(html)) | set(ALWAYS)
    return [name for name in SYMBOLS if name in names]


def drawn(name: Icon) -> Markup:
    """One icon by itself, for a page without a sprite."""
    return Markup(
        f'<svg class="i" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{SYMBOLS[name]}</svg>'
    )


def sprite(names: Iterable[str]) -> Markup:
    """The hidden SVG that holds these icons and the hatches of the bars."""
    symbols = "\n".join(
        f'  <symbol id="i-{name}" viewBox="0 0 16 16">{SYMBOLS[name]}</symbol>' for name in names
    )
    return Markup(
        '<svg class="sprite" aria-hidden="true" focusable="false" xmlns="http://www.w3.org/2000/svg">\n'
        f"  <defs>{HATCHES}</defs>\n{symbols}\n</svg>"
    )
