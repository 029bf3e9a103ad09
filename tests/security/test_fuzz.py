"""What is fuzzed reads what it is given to begin with, and much that is near to it. `fuzz.py` looks further."""

from __future__ import annotations

import pytest
from fuzz_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from sampling import mostly_slow
from test_any_bytes import FILES, spoiled
from test_any_reader import DEFINITIONS

from sharekit.project.load import is_declared


def test_every_reader_is_fuzzed() -> None:
    assert {path for path in FILES if is_declared(path)} < set(TARGETS)
    assert {f"import {form}" for form in DEFINITIONS} < set(TARGETS)


@pytest.mark.parametrize("reader", mostly_slow(TARGETS, quick=5))
def test_a_good_text_and_what_is_near_to_it(reader: str) -> None:
    target, seeds = TARGETS[reader]
    for seed in seeds:
        target(seed)

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(spoiled(seeds[0]))
    def check(content: bytes) -> None:
        target(content)

    check()
