"""What else a change of an item touches: numbers that read it or that it drives, objectives above,
dashboards."""

from __future__ import annotations

from sharekit.project.manifest import Metric
from sharekit.revisions.meaning import ManifestState


def touched_ids(item: str, state: ManifestState) -> tuple[str, ...]:
    """Ids: readers and what it drives, objectives up to the top, then dashboards that place any of
    these."""
    manifest = state.manifest
    metric = manifest.metrics.get(item)
    touched: dict[str, None] = {}
    numbers = [name for name in state.reads.downstream(item) if name in manifest.metrics]
    touched.update(dict.fromkeys(numbers))
    if metric is not None:
        touched.update((name, None) for name in metric.front.drives if name in manifest.metrics)
    key_results: list[Metric] = [
        manifest.metrics[name] for name in (item, *touched) if name in manifest.metrics
    ]
    for key_result in key_results:
        touched.update(dict.fromkeys(_objectives_above(key_result, state)))
    ids = {item, *touched}
    touched.update(
        (name, None)
        for name, page in manifest.declared_dashboards.items()
        if ids & state.placed_on(page)
    )
    touched.pop(item, None)
    return tuple(touched)


def _objectives_above(metric: Metric, state: ManifestState) -> list[str]:
    parents: list[str] = []
    above = metric.okr.objective if metric.okr else None
    while above is not None and above not in parents and above in state.manifest.objectives:
        parents.append(above)
        above = state.manifest.objectives[above].front.parent
    return parents
