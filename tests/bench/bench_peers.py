"""The same metrics by other tools, side by side: python tests/bench/bench_peers.py [--metrics 100]
[--observable DIR].

- plotly: one page for each metric by `write_html`, the queries in one DuckDB process.
- Observable Framework: one page for each metric, its data from one loader that runs the same
  queries. DIR is a folder with it, where `npm install @observablehq/framework @observablehq/plot
  @observablehq/inputs` was run; left out, it is not measured.
- sharekit: cold, unchanged, and after one metric changed.

Each tool builds from nothing, builds again with nothing changed, and builds after one metric
changed. Best of the repeats, which take turns; processor seconds of all processes."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
from bench import Cost, best, run
from floor import opened
from generate import generate

sys.path.insert(0, str(Path(__file__).parents[1]))

from gitrepos import new_repo

HERE = Path(__file__).parent
PAGE = """---
title: {name}
---
# {name}

```js
import * as Inputs from "@observablehq/inputs";
import * as Plot from "@observablehq/plot";
const rows = FileAttachment("data/{name}.json").json();
```
```js
Plot.plot({{marks: [Plot.lineY(rows, {{x: (row) => new Date(row["{x}"]), y: "{y}"}})]}})
```
```js
Inputs.table(rows)
```
"""
LOADER = """import sys
sys.path.insert(0, {here!r})
from bench_peers import archive
sys.stdout.buffer.write(archive({folder!r}))
"""


def plotly_pages(folder: Path, out: Path) -> None:
    """A page for each metric, with the script of plotly beside them."""
    import plotly.graph_objects as plots

    con, metrics = opened(folder)
    out.mkdir(parents=True)
    for name, sql in metrics:
        x, y, rows = _columns(con, sql)
        figure = plots.Figure(plots.Scatter(x=[row[x] for row in rows], y=[row[y] for row in rows]))
        figure.update_layout(title=name)
        figure.write_html(out / f"{name}.html", include_plotlyjs="directory")


def _columns(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, int, list[tuple[object, ...]]]:
    """Place of the first column, of `value` or the last one, and all rows."""
    found = con.execute(sql)
    names = [column[0] for column in found.description]
    return 0, names.index("value") if "value" in names else len(names) - 1, found.fetchall()


def archive(folder: str) -> bytes:
    """The rows of every metric as JSON files in a zip."""
    con, metrics = opened(Path(folder))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for name, sql in metrics:
            found = con.execute(sql)
            names = [column[0] for column in found.description]
            objects = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            files.writestr(f"{name}.json", json.dumps(objects, default=str))
    return packed.getvalue()


def observable_project(folder: Path, made: Path, installed: Path) -> None:
    """A Framework project over the same queries."""
    shutil.rmtree(made, ignore_errors=True)
    source = made / "src"
    source.mkdir(parents=True)
    (made / "node_modules").symlink_to(installed / "node_modules")
    (made / "package.json").write_text('{"type": "module", "private": true}\n')
    python = json.dumps([sys.executable])
    (made / "observablehq.config.js").write_text(
        f'export default {{title: "Bench", root: "src", interpreters: {{".py": {python}}}}};\n'
    )
    (source / "data.zip.py").write_text(LOADER.format(here=str(HERE), folder=str(folder)))
    con, metrics = opened(folder)
    for name, sql in metrics:
        names = [column[0] for column in con.execute(f"DESCRIBE {sql}").fetchall()]
        y = "value" if "value" in names else names[-1]
        (source / f"{name}.md").write_text(PAGE.format(name=name, x=names[0], y=y))
    (source / "index.md").write_text("# All\n" + "".join(f"- [{n}](./{n})\n" for n, _ in metrics))


def measure(count: int, rows: int, repeat: int, installed: Path | None) -> Mapping[str, Cost]:
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        project, pages, made = (Path(name) / part for part in ("project", "pages", "observable"))
        repo = new_repo(project)
        generate(project, count, rows)
        (project / ".gitignore").write_text("/.sharekit\n/site\n")
        repo.commit({}, "Begin")
        changed = sorted(project.glob("metrics/*/weekly_orders_*.sql"))[0]
        text = changed.read_text()

        def sharekit() -> Cost:
            return run(sys.executable, "-m", "sharekit", "build", "--project", project)

        def plotly() -> Cost:
            shutil.rmtree(pages, ignore_errors=True)
            return run(sys.executable, __file__, "--pages", project, pages)

        def observable() -> Cost:
            return run(
                "/bin/sh",
                "-c",
                f"cd {made} && OBSERVABLE_TELEMETRY_DISABLE=true node_modules/.bin/observable build",
            )

        def begin(_: int) -> None:
            for folder in (project / "site", project / ".sharekit"):
                shutil.rmtree(folder, ignore_errors=True)
            if installed:
                observable_project(project, made, installed)

        def change(turn: int) -> None:
            changed.write_text(text.replace("WHERE ", f"WHERE quantity <> {turn} AND "))
            if installed:
                (made / "src" / "data.zip.py").touch()  # its rows come from the changed file

        tools: dict[str, Callable[[], Cost]] = {"sharekit": sharekit, "plotly": plotly}
        if installed:
            tools["Observable Framework"] = observable
        for turn in range(repeat):
            for state, prepare in (("cold", begin), ("unchanged", None), ("one changed", change)):
                if prepare:
                    prepare(turn)
                for tool, build in tools.items():
                    costs.setdefault(f"{tool} | {state}", []).append(build())
    return {what: best(several) for what, several in costs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--metrics", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--observable", type=Path, metavar="DIR")
    parser.add_argument("--pages", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.pages:
        plotly_pages(*given.pages)
        return
    installed = given.observable and given.observable.resolve()
    if installed and not (installed / "node_modules" / ".bin" / "observable").exists():
        sys.exit(f"no Observable Framework in {installed}: npm install @observablehq/framework")
    costs = measure(given.metrics, given.rows, given.repeat, installed)
    print("| tool | build | processor seconds | seconds | peak MB |\n|---|---|---:|---:|---:|")
    for what, cost in costs.items():
        print(f"| {what} | {cost.cpu:.1f} | {cost.seconds:.1f} | {cost.megabytes:.0f} |")
    if not installed:
        print("Observable Framework was not run: name a folder with it by --observable.")


if __name__ == "__main__":
    main()
