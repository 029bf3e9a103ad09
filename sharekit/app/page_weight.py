"""Pages that are heavier than their budget: a warning, since a heavy page is slow and not wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sharekit.artifacts import Artifact
from sharekit.errors import Place, Problem
from sharekit.project.manifest import Manifest
from sharekit.site import links
from sharekit.site.folders import tree_folder


def over_budget(pages: Iterable[Artifact], manifest: Manifest) -> tuple[Problem, ...]:
    """A warning at the file of each page that has more than [site] page_kb before compression,
    heaviest first. `pages` are named by their path in the site; what is no page is left out."""
    limit = manifest.config.site.page_kb
    heavy = [
        artifact
        for artifact in pages
        if artifact.path.endswith(".html") and len(artifact.content) > limit * 1000
    ]
    files = _files_of_pages(manifest) if heavy else {}
    return tuple(
        Problem(
            "page-too-large",
            f"the page {artifact.path} has {len(artifact.content) / 1000:,.0f} kB, over its budget of"
            f" {limit} kB",
            Place(files.get(artifact.path, manifest.config_path)),
            hint="Show less on it (fewer charts, `last:`, `rows:`), or raise page_kb under [site].",
            severity="warning",
            phase="data",
        )
        for artifact in sorted(heavy, key=lambda page: (-len(page.content), page.path))
    )


def _files_of_pages(manifest: Manifest) -> Mapping[str, str]:
    """Path of a page in the site -> the declared file that it shows."""
    pages = {links.metric_page(metric): metric.path for metric in manifest.metrics.values()}
    pages |= {
        links.objective_page(objective.id): objective.path
        for objective in manifest.objectives.values()
    }
    pages |= {
        links.dashboard_page(dashboard.id): dashboard.path
        for dashboard in manifest.dashboards.values()
        if dashboard.declared
    }
    folders = [tree_folder(manifest, audience) for audience in manifest.audiences]
    return {folder + page: path for folder in folders for page, path in pages.items()}
