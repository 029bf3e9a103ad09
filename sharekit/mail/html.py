"""A message as HTML: tables with inline styles, since mail programs know nothing else.

The one style sheet is for dark screens. It finds what to change by the inline styles, so that a
program that drops it (Gmail) shows the light mail, which is whole without it."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from sharekit.escape import html, template_value
from sharekit.files.templates import CompiledTemplates
from sharekit.mail.blocks import Message
from sharekit.wording.english import counted

Pairs = tuple[tuple[str, str], ...]

GROUNDS: Pairs = (
    ("#fbfaf7", "#121315"), ("#ffffff", "#1c1d20"), ("#eceffb", "#262b45"), ("#e9e6de", "#3a3b40"),
    ("#e4e1d9", "#3a3b40"), ("#2a45c9", "#2a45c9"), ("#f6e3bd", "#5b4415"), ("#f3cdbf", "#5f2b1b"),
    ("#c58200", "#d99a1e"), ("#a82e08", "#e0633c"),
)  # fmt: skip
"""Grounds of the light mail and of the dark one."""
INKS: Pairs = (
    ("#1b1c1f", "#f1efe9"), ("#4b4b4e", "#cfccc4"), ("#66645f", "#b3b0a8"), ("#77736a", "#b3b0a8"),
    ("#2a45c9", "#a9b6ff"), ("#4f6bec", "#a9b6ff"), ("#855000", "#f0b548"), ("#a8290b", "#ff9274"),
    ("#a82e08", "#ff9274"), ("#ffffff", "#ffffff"),
)  # fmt: skip


class MessageView(Struct, frozen=True):
    """What message.html places."""

    mail: Message
    grounds: Pairs = GROUNDS
    inks: Pairs = INKS


def message_html(message: Message) -> str:
    """The whole mail."""
    view = MessageView(message)
    template = environment().get_template("message.html")
    return template.render(mail=view.mail, grounds=view.grounds, inks=view.inks)


@cache
def environment() -> Environment:
    """The templates of mails, parsed once: a run renders hundreds of mails. A name that is not
    there is an error."""
    templates = Environment(
        loader=PackageLoader("sharekit.mail"),
        autoescape=True,
        finalize=template_value,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        bytecode_cache=CompiledTemplates("sharekit.mail"),
    )
    templates.filters.update(codes=_codes, more=lambda left: counted(left, "more", "more"))
    return templates


def _codes(sentence: str) -> Markup:
    """Backticks become <code>."""
    stretches = sentence.split("`")
    if len(stretches) % 2 == 0:
        return html(sentence)
    style = "font-family:Consolas,Menlo,monospace;font-size:14px;"
    return Markup("").join(
        Markup('<code style="{}">{}</code>').format(style, stretch) if place % 2 else html(stretch)
        for place, stretch in enumerate(stretches)
    )
