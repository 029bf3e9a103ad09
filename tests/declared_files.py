"""The texts of a small project, and what loading makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sharekit.project.load import load_files
from sharekit.project.manifest import Manifest

Project = Callable[[Mapping[str, "str | bytes"]], Path]

CONFIG = '[project]\nname = "New York Airports"\n\n[people.maria]\nname = "Maria Okafor"\n'
OBJECTIVE = """---
title: Everyone leaves when the board says
owner: maria
period: 2013-Q4
commitment: aspirational
---
Because travellers plan by it.
"""
KEY_RESULT = """/* ---
title: JFK leaves on time
baseline: 0.74
target: 0.82
--- */
SELECT 1 AS value
"""
METRIC = "/* ---\ntitle: Flights\n--- */\nSELECT 1 AS value\n"


def files(more: Mapping[str, str]) -> Manifest:
    return load_files({"sharekit.toml": CONFIG, **more})


def only_problem(manifest: Manifest) -> tuple[str, str]:
    assert len(manifest.problems) == 1, manifest.problems
    return manifest.problems[0].code, str(manifest.problems[0].place)
