"""The files every page shares: style sheets, scripts and the icon, each named by its content."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

from msgspec import Struct

from sharekit.artifacts import Artifact
from sharekit.site.charts import plotly_asset

STATIC = files("sharekit.site").joinpath("static")
STYLES = ("tokens.css", "site.css", "charts.css", "print.css")
"""On every page, in this order, as one file."""
CHART_STYLES = ("plotly.css",)
"""Only on pages with charts to explore."""
EMBED_STYLES = ("tokens.css", "embed.css")
"""On cards for other sites' pages, in this order."""


class Assets(Struct, frozen=True):
    """Paths of the shared files inside the tree, and the files."""

    icon: str
    style: str
    script: str
    chart_styles: tuple[str, ...]
    chart_scripts: tuple[str, ...]
    """For pages with charts to explore: the page's own script; Plotly itself is loaded by it,
    late."""
    plotly: str
    embed_styles: tuple[str, ...]
    embed_script: str
    files: tuple[Artifact, ...]
    """All but Plotly."""
    plotly_file: Artifact

    def artifacts(self, *, charts: bool) -> tuple[Artifact, ...]:
        """What to publish; without charts, nothing of Plotly."""
        if charts:
            return (*self.files, self.plotly_file)
        unused = {*self.chart_styles, *self.chart_scripts}
        return tuple(file for file in self.files if file.path not in unused)


def load_assets() -> Assets:
    """Read the package's own static files."""
    names = (
        "icon.svg",
        "site.js",
        "charts.js",
        "embed.js",
        "style.css",
        "tokens.css",
        *CHART_STYLES,
        *EMBED_STYLES,
    )
    artifact_of = {name: _artifact(name) for name in names}
    plotly_name, plotly_bytes = plotly_asset()
    plotly = Artifact(f"assets/{plotly_name}", plotly_bytes)
    return Assets(
        icon=artifact_of["icon.svg"].path,
        style=artifact_of["style.css"].path,
        script=artifact_of["site.js"].path,
        chart_styles=tuple(artifact_of[name].path for name in CHART_STYLES),
        chart_scripts=(artifact_of["charts.js"].path,),
        plotly=plotly.path,
        embed_styles=tuple(artifact_of[name].path for name in EMBED_STYLES),
        embed_script=artifact_of["embed.js"].path,
        files=tuple(artifact_of.values()),
        plotly_file=plotly,
    )


def content_of(name: str) -> bytes:
    """A shared file as it is published: parts that belong together in one, without comments and
    indents, since every page waits for it."""
    file_names = {"charts.js": ("drawing.js", "charts.js"), "style.css": STYLES}.get(name, (name,))
    text = "".join(
        STATIC.joinpath(file_name).read_text(encoding="utf-8") for file_name in file_names
    )
    if name.endswith(".css"):
        text = _lean_style(text)
    elif name.endswith(".js"):
        text = _lean_script(text)
    return text.encode()


def _lean_style(text: str) -> str:
    """CSS without comments and idle white space; strings stay as they are."""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    stretches = re.split(r"(\"[^\"\n]*\"|'[^'\n]*')", plain)
    stretches[::2] = map(_without_idle_space, stretches[::2])
    return "".join(stretches)


def _without_idle_space(style: str) -> str:
    lean = re.sub(r"\s+", " ", style)
    for sign in "{};,":
        lean = lean.replace(f" {sign}", sign).replace(f"{sign} ", sign)
    return lean.replace(": ", ":").replace(";}", "}")


def _lean_script(text: str) -> str:
    """A script without indents and without the comments that begin a line or stand after two
    spaces. Ours have no string over several lines, and none with such a comment in it."""
    plain = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*$", "", text, flags=re.S | re.M)
    plain = re.sub(r"(^[ \t]*|[ \t]{2,})//.*$", "", plain, flags=re.M)
    return re.sub(r"\n\s*", "\n", plain)


def _artifact(name: str) -> Artifact:
    content = content_of(name)
    stem, _, ending = name.rpartition(".")
    return Artifact(f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}", content)
