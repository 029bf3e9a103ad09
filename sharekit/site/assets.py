"""The files every page shares: style sheets, scripts and the icon, each named by its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from sharekit.artifacts import Artifact
from sharekit.site.charts import plotly_asset

STATIC = files("sharekit.site").joinpath("static")
STYLES = ("tokens.css", "site.css", "charts.css")
"""On every page, in this order."""
CHART_STYLES = ("plotly.css",)
"""Only on pages with charts to explore."""
EMBED_STYLES = ("tokens.css", "embed.css")
"""On cards for other sites' pages, in this order."""


@dataclass(frozen=True)
class Assets:
    """Paths of the shared files inside the tree, and the files."""

    icon: str
    styles: tuple[str, ...]
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
    wanted = ("icon.svg", "site.js", "charts.js", "embed.js", *STYLES, *CHART_STYLES, *EMBED_STYLES)
    named = {name: _named(name) for name in wanted if _is_there(name)}
    plotly_name, plotly_bytes = plotly_asset()
    plotly = Artifact(f"assets/{plotly_name}", plotly_bytes)
    return Assets(
        icon=named["icon.svg"].path,
        styles=tuple(named[name].path for name in STYLES if name in named),
        script=named["site.js"].path,
        chart_styles=tuple(named[name].path for name in CHART_STYLES if name in named),
        chart_scripts=tuple(named[name].path for name in ("charts.js",) if name in named),
        plotly=plotly.path,
        embed_styles=tuple(named[name].path for name in EMBED_STYLES),
        embed_script=named["embed.js"].path,
        files=tuple(named.values()),
        plotly_file=plotly,
    )


def _is_there(name: str) -> bool:
    return STATIC.joinpath(name).is_file()


def _named(name: str) -> Artifact:
    content = STATIC.joinpath(name).read_bytes()
    stem, _, ending = name.rpartition(".")
    return Artifact(f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}", content)
