"""The Plotly bundle that a site carries.

Plotly draws only what a reader asks for, never the first view: the static drawing is the chart. The
Python package brings one bundle, the full one (4.8 MB, 1.5 MB compressed), and no package on PyPI
brings the official lines-and-bars build, so what a page weighs is kept down by *when* the file is
asked for: charts.js loads it when somebody presses "Explore", or rests a mouse on a chart (a finger
or a pen never does). A page that is only read costs nothing; a reader who explores pays once, as
the file's name carries its content's hash. `saveData` turns the mouse's way off. Our own
explore.js, which nobody needs before, stands at the end of the same file.

Strict CSP (`style-src 'self'`): the bundle adds two style sheets to the page when it starts. Both
are stopped, not allowed: Plotly leaves its own out where it finds a link with the id
`plotly.js-style-global` and the class `no-inline-styles`, which charts.js adds with plotly.css as
its target; the map library's is caught by charts.js while the bundle starts. PNG files are made by
charts.js from Plotly's SVG, as Plotly itself goes through a blob address that `img-src 'self'
data:` refuses. Tested with Plotly 6.5 (plotly.js 3.3) and 7.1 (4.1)."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from sharekit.errors import SharekitError

EXPLORE = files("sharekit.site").joinpath("static/explore.js")


def plotly_asset() -> tuple[str, bytes]:
    """File name with its content's hash, and bytes: the installed Plotly bundle, and explore.js.

    Raises SharekitError where the plotly package is not there or has no bundle.
    """
    spec = find_spec("plotly")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        bundle = Path(folder, "package_data", "plotly.min.js")
        if bundle.is_file():
            content = bundle.read_bytes() + b"\n" + EXPLORE.read_bytes()
            return f"plotly.{hashlib.sha256(content).hexdigest()[:10]}.min.js", content
    raise SharekitError(
        "the plotly package has no plotly.min.js",
        hint="install it again: pip install --force-reinstall plotly",
    )
