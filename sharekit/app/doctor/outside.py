"""Sources and engines: are they reached, and how fresh are the rows and the numbers over them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sharekit.app.caches import Caches
from sharekit.app.doctor.findings import bad, well
from sharekit.app.inputs import CACHE
from sharekit.app.session import Session
from sharekit.build import Evaluation, evaluated
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport, examine
from sharekit.numbers.formats import format_day
from sharekit.numbers.results import SourceInfo
from sharekit.project.manifest import Manifest
from sharekit.wording.english import count


def sources(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Each source that is read, and each number that failed or is staler than its max_age."""
    evaluation = evaluated(
        session.project.root,
        as_of=session.as_of(None),
        caches=Caches(session.project.root / CACHE),
        history=session.history,
    )
    for name, info in evaluation.results.sources.items():
        yield EngineReport(name, info.stale is None and not info.outside, tuple(_rows(info)))
    wrong = tuple(_numbers(evaluation))
    if manifest.metrics:
        all_well = well(f"{count(len(manifest.metrics), 'number')}, none failed and none stale")
        yield EngineReport("numbers", True, wrong or (all_well,))


def engines(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Each of [engines]: reached, its version, its role, its encryption."""
    configs, timezone = manifest.config.engines, manifest.config.project.timezone

    def examined(name: str) -> EngineReport:
        return examine(name, configs[name], session.environ, timezone)

    if configs:
        with ThreadPoolExecutor(len(configs)) as pool:
            yield from pool.map(examined, configs)


def _rows(info: SourceInfo) -> Iterator[Finding]:
    if info.error is not None:
        yield bad(f"it cannot be read: {info.error}", info.hint)
        return
    if info.stale is not None:
        yield bad(
            f"out of reach, so earlier rows are shown: {info.stale}",
            "Check that this machine can reach it and has its secrets, and try again.",
        )
    until = (
        f"through {format_day(info.data_until, year=True)}" if info.data_until else "without dates"
    )
    yield well(f"{count(info.rows, 'row')}, {until}")


def _numbers(evaluation: Evaluation) -> Iterator[Finding]:
    for item, result in sorted(evaluation.results.results.items()):
        if result.failure is not None:
            yield bad(f"{item} failed: {result.failure.message}", f"See sharekit show {item}.")
        elif result.stale is not None:
            by_hand = evaluation.manifest.metrics[item].by_hand
            yield bad(
                f"{item} is stale. {result.stale.rstrip('.')}",
                f"Say where it is: sharekit checkin {item} VALUE."
                if by_hand
                else "Deliver newer rows before the build; the job that does so may have stopped.",
            )
