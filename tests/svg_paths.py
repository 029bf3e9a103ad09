"""The points that the line of a drawing goes through."""

from __future__ import annotations

import re


def corners(path: str) -> list[tuple[float, float]]:
    """Where path data of `M` and `l` put the line, whose steps are written from point to point."""
    points: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([Ml])([-\d. ]+)", path):
        x, y = map(float, re.findall(r"-?[\d.]+", numbers))
        before = points[-1] if command == "l" else (0.0, 0.0)
        points.append((round(before[0] + x, 1), round(before[1] + y, 1)))
    return points
