"""What is kept between builds: exact readings, harmless damage, bounded size."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.errors import Place, Problem
from sharekit.numbers.cache import MOST_KEPT, Cache, CachedReading, QueryFacts
from sharekit.numbers.cache.codec import decode, encode
from sharekit.numbers.cache.pack import TextStore
from sharekit.numbers.results import (
    Column,
    Comparison,
    Point,
    Reading,
    ReadingDigest,
    Result,
    Rows,
    Slice,
)
from sharekit.records import replace

AS_OF = date(2013, 11, 22)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(st.none(), FLOATS)
DAYS = st.dates()
TEXT = st.text(max_size=12)
SERIES = st.lists(st.builds(Point, DAYS, VALUES), max_size=6).map(tuple)
COMPARISONS = st.builds(
    Comparison, st.sampled_from(["previous", "year_ago", "target"]), st.one_of(st.none(), DAYS), FLOATS, FLOATS, VALUES,
    st.sampled_from([True, False, None]),
)  # fmt: skip
SLICES = st.builds(Slice, TEXT, VALUES, SERIES, st.one_of(st.none(), COMPARISONS), VALUES)
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), FLOATS, TEXT, DAYS, st.datetimes(),
)  # fmt: skip
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=4).map(
    lambda rows: Rows((Column("a", "DATE", "date"), Column("b", "?", "other")), tuple(rows))
)
READINGS = st.builds(
    Reading,
    shape=st.sampled_from(["number", "series", "sliced", "table"]),
    value=VALUES,
    grain=st.sampled_from(["day", "week", None]),
    period_start=st.one_of(st.none(), DAYS),
    period_end=st.one_of(st.none(), DAYS),
    series=SERIES,
    open_point=st.one_of(st.none(), st.builds(Point, DAYS, VALUES)),
    comparisons=st.lists(COMPARISONS, max_size=3).map(tuple),
    slices=st.dictionaries(TEXT, st.lists(SLICES, max_size=3).map(tuple), max_size=2),
    target=VALUES,
    targets=st.lists(st.tuples(DAYS, FLOATS), max_size=2).map(tuple),
    targets_by_period=st.booleans(),
    planned=SERIES,
    table=st.one_of(st.none(), TABLES),
    data_until=st.one_of(st.none(), DAYS),
)
PROBLEMS = st.builds(
    Problem,
    code=TEXT,
    message=TEXT,
    place=st.builds(Place, TEXT, st.one_of(st.none(), st.integers(1, 99))),
    hint=st.one_of(st.none(), TEXT),
    severity=st.sampled_from(["error", "warning"]),
    excerpt=st.lists(st.tuples(st.integers(), TEXT), max_size=2).map(tuple),
)
KEPT = st.builds(
    CachedReading, st.one_of(st.none(), READINGS), st.lists(PROBLEMS, max_size=2).map(tuple), TEXT
)


@given(KEPT)
def test_what_is_kept_comes_back_bit_for_bit(kept: CachedReading) -> None:
    text = encode(kept)
    assert "\n" not in text
    assert decode(text) == kept
    assert encode(decode(text)) == text


def test_negative_zero_and_kinds_of_cells_survive() -> None:
    cells = (True, 1, 1.0, -0.0, "2013-11-22", AS_OF, datetime(2013, 11, 22), None)
    columns = tuple(Column(str(number), "?", "other") for number in range(len(cells)))
    reading = Reading("table", -0.0, series=(Point(AS_OF, -0.0),), table=Rows(columns, (cells,)))
    back = decode(encode(CachedReading(reading))).reading
    assert back is not None
    assert back.table is not None
    assert [(type(cell), str(cell)) for cell in back.table.rows[0]] == [
        (type(cell), str(cell)) for cell in cells
    ]
    assert back.series[0].value is not None
    assert math.copysign(1, back.series[0].value) == -1


@given(st.text(max_size=40))
def test_what_is_no_reading_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "null",
        '{"reading":{},"problems":[],"file":""}',
        '{"reading":null,"problems":[{}],"file":""}',
        "[" * 9999,
    ],
)
def test_json_that_is_no_reading_is_refused_too(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(text)


def weekly(value: float = 1.0) -> CachedReading:
    starts = [date(2013, 9, 2) + timedelta(weeks=week) for week in range(12)]
    series = tuple(Point(start, value) for start in starts)
    return CachedReading(
        Reading(
            "series", value, grain="week", series=series, period_start=starts[-1], period_end=AS_OF
        )
    )


def test_a_cache_remembers_what_was_saved_and_nothing_else(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new" / "cache")
    cache.keep_reading("on_time", "key1", weekly())
    cache.keep_text("on_time", QueryFacts("SELECT 1", "m1", ("_weekly",), ("flights",)))
    assert Cache(tmp_path / "new" / "cache").reading("key1") is None, (
        "nothing is written before save"
    )
    cache.save()
    again = Cache(tmp_path / "new" / "cache")
    assert again.reading("key1") == weekly()
    assert again.reading("key2") is None
    assert again.text("on_time") == QueryFacts("SELECT 1", "m1", ("_weekly",), ("flights",))
    assert again.text("cancelled") is None


def test_the_same_cache_is_not_written_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep_reading("on_time", "key1", weekly())
    cache.keep_good("on_time", "key1", AS_OF, "airports")
    cache.save()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = Cache(tmp_path)
    assert again.reading("key1") is not None
    again.keep_good("on_time", "key1", AS_OF, "airports")
    again.save()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert all(
        not path.name.startswith(".") for path in tmp_path.iterdir() if path.name != ".gitignore"
    ), "no half-written file is left"


def test_damage_is_a_miss(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(4):
        cache.keep_reading(f"metric_{number}", f"key{number}", weekly(number))
        cache.keep_good(f"metric_{number}", f"key{number}", AS_OF, "airports")
    cache.save()
    for path in tmp_path.glob("[!.]*"):
        lines = path.read_bytes().split(b"\n")
        lines[0] = lines[0].replace(b'"', b"'", 1)
        lines[1] = lines[1][: len(lines[1]) // 2]
        lines[2] = b"\xff\x00 not ours \xfe"
        path.write_bytes(b"\n".join(lines))
    damaged = Cache(tmp_path)
    found = [damaged.reading(f"key{number}") for number in range(4)]
    assert found[:3] == [None, None, None]
    assert found[3] == weekly(3)
    damaged.keep_reading("metric_0", "key0", weekly(0))
    damaged.save()
    assert Cache(tmp_path).reading("key0") == weekly(0)


def test_what_is_no_cache_at_all_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for name in ("results-1", "texts-1"):
        (folder / name).write_bytes(bytes(range(256)) * 10)
    cache = Cache(folder)
    assert cache.reading("key1") is None
    assert cache.last_good("on_time", "airports") is None
    file = tmp_path / "file"
    file.write_text("a file where a folder should be")
    unwritable = Cache(file)
    unwritable.keep_reading("on_time", "key1", weekly())
    unwritable.save()
    assert file.read_text() == "a file where a folder should be"


def test_the_last_good_result_outlives_newer_ones_that_failed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep_reading("on_time", "good", weekly(7))
    cache.keep_good("on_time", "good", AS_OF, "airports")
    failure = CachedReading(None, (Problem("empty-result", "no rows", Place("x.sql")),))
    for number in range(2 * MOST_KEPT):
        cache.keep_reading("on_time", f"bad{number}", failure)
    cache.save()
    again = Cache(tmp_path)
    found = again.last_good("on_time", "airports")
    assert found is not None
    assert (found.id, found.reading, found.as_of) == ("on_time", weekly(7).reading, AS_OF)
    assert again.last_good("on_time", "everyone") is None, "another audience never gets it"
    assert again.last_good("cancelled", "airports") is None


def test_old_results_of_a_metric_are_dropped(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(10):
        cache.keep_reading("on_time", f"key{number}", weekly(number))
        cache.keep_good("on_time", f"key{number}", AS_OF + timedelta(days=number), "airports")
    cache.keep_reading("cancelled", "other", weekly())
    cache.save()
    again = Cache(tmp_path)
    kept = [number for number in range(10) if again.reading(f"key{number}") is not None]
    assert kept == list(range(10 - MOST_KEPT, 10))
    assert again.reading("other") is not None


def test_a_pack_forgets_what_was_not_used_for_longest(tmp_path: Path) -> None:
    pack = TextStore(tmp_path / "pack", most_bytes=3_000)
    for number in range(5):
        pack.put(f"key{number}", "x" * 900)
    assert pack.get("key2") is not None
    pack.save()
    assert sorted(TextStore(tmp_path / "pack").keys()) == ["key2", "key3", "key4"]


@given(
    st.dictionaries(
        st.text("abcdef0123456789:_", min_size=1, max_size=8),
        st.text(st.characters(exclude_characters="\n", codec="utf-8")),
        max_size=8,
    )
)
def test_a_pack_gives_back_any_text_of_one_line(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("pack") / "pack"
    pack = TextStore(path)
    for key, text in texts.items():
        pack.put(key, text)
    pack.save()
    assert {key: TextStore(path).get(key) for key in texts} == texts


def test_equal_content_has_one_digest_whether_it_is_new_or_read_again(tmp_path: Path) -> None:
    """Pages are drawn again by this digest, so it must change with the reading and with nothing
    else."""
    reading = Reading("number", 3.0, series=(Point(AS_OF, 3.0),))
    cache = Cache(tmp_path)
    new = cache.keep_reading("orders", "monday", CachedReading(reading))
    assert cache.keep_reading("orders", "tuesday", CachedReading(reading)) == new
    other = cache.keep_reading("orders", "other", CachedReading(replace(reading, value=4.0)))
    assert other != new
    cache.save()
    read = Cache(tmp_path).reading("tuesday")
    assert read is not None
    assert (read.digest, read.reading) == (new, reading)


def test_digest_names_only_the_reading_that_the_cache_has() -> None:
    reading = Reading("number", 3.0)
    result = Result("orders", reading, cached=ReadingDigest(reading, "d1"))
    assert result.digest == "d1"
    assert replace(result, stale="It is old.").digest == "d1"
    assert replace(result, reading=replace(reading, target=4.0)).digest is None
    assert replace(result, reading=None).digest is None
