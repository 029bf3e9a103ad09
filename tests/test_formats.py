"""Numbers, changes and dates as people read them."""

from __future__ import annotations

import math
import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sharekit.numbers.d3format import MINUS, parse_d3
from sharekit.numbers.formats import (
    CURRENCIES,
    FORMAT_NAMES,
    NO_CHANGE,
    NO_DATA,
    format_change,
    format_day,
    format_period,
    format_value,
    is_format,
    is_share,
)
from sharekit.project.shapes import CALENDAR_YEAR

UNITS = (None, "%", "€", "$", "USD", "£", "min", "ms", "flights", "months")
D3 = (
    ".1%",
    ",.0f",
    ",d",
    "$,.2f",
    ".3s",
    "+.1f",
    "(.2f",
    ".2e",
    ".3g",
    ".2r",
    ".1p",
    ",.2~f",
    "010.1f",
    "*^12,.1f",
    "=+8d",
)
FORMATS = (None, *FORMAT_NAMES, *D3)


@pytest.mark.parametrize(
    ("value", "unit", "format", "text"),
    [
        # by unit and magnitude, as on the pages
        (1_940_000, "€", None, "€1.94m"),
        (2_041, None, None, "2,041"),
        (0.964, "%", None, "96.4%"),
        (740, "ms", None, "740 ms"),
        (0.0031, "%", None, "0.31%"),
        (0.9996, "%", None, "99.96%"),
        (1.059, "%", None, "105.9%"),
        (0.00004, "%", None, "0.0040%"),
        (0, "%", None, "0%"),
        (1, "%", None, "100%"),
        (6.71, "€", None, "€6.71"),
        (184.2, "€", None, "€184.20"),
        (1_310, "€", None, "€1,310"),
        (45, "€", None, "€45"),
        (184_000, "$", None, "$184k"),
        (2_500_000_000, "GBP", None, "£2.50bn"),
        (14.2, "months", None, "14.2 months"),
        (12.6391, "min", None, "12.6 min"),
        (0.5, None, None, "0.5"),
        (0.03137, None, None, "0.0314"),
        (336_776, "flights", None, "336,776 flights"),
        (1_234_567, None, None, "1.23m"),
        (-0.4, "months", None, "−0.4 months"),
        (-1_310, "€", None, "−€1,310"),
        (1, "flights", None, "1 flight"),
        (-1, "queries", None, "−1 query"),
        (0.999, "carriers", ",.0f", "1 carrier"),
        (1, "ms", None, "1 ms"),
        (1, "gross", None, "1 gross"),
        (10, "flights", None, "10 flights"),
        # where rounding crosses a border
        (999_999.7, None, None, "1.00m"),
        (999_950_000, "€", None, "€1.00bn"),
        (999.996, "$", None, "$1,000"),
        (99_999.6, "$", None, "$100k"),
        # by name
        (0.91, "%", "percent", "91%"),
        (0.9638, "%", "percent2", "96.38%"),
        (0.9638, None, "percent1", "96.4%"),
        (2_040.6, "flights", "integer", "2,041 flights"),
        (14.25, None, "decimal1", "14.3"),
        (2_041, None, "compact", "2.04k"),
        (1_940_000, None, "usd_k", "$1,940k"),
        (1_940_000, "$", "usd_m", "$1.94m"),
        (1_310, None, "eur", "€1,310"),
        (0.4, "€", "integer", "€0"),
        (0.91, "%", "integer", "91%"),
        (12.63, "min", "duration_min", "12.6 min"),
        (95, "min", "duration_min", "1 h 35 min"),
        (200, "s", "duration_s", "3 min 20 s"),
        (59.97, "s", "duration_s", "1 min"),
        (3_599.8, "s", "duration_s", "1 h"),
        (52, "h", "duration_h", "2 d 4 h"),
        (23, "h", "duration_h", "23 h"),
        (740, "ms", "duration_ms", "740 ms"),
        (1_234, "ms", "duration_ms", "1.2 s"),
        (4.5, "days", "duration_days", "4.5 d"),
        (-95, "min", "duration_min", "−1 h 35 min"),
        # by d3, beside a unit
        (0.964, "%", ",.1%", "96.4%"),
        (0.964, "%", ",.0f", "96%"),
        (1_310.4, "€", ",.1f", "€1,310.4"),
        (1_310.4, None, "$,.2f", "$1,310.40"),
        (1_310.4, "£", "$,.2f", "£1,310.40"),
        (-1_234.5, "$", ",.1f", "−$1,234.5"),
        (293_740, "flights", ",", "293,740 flights"),
        # nothing there
        (None, "€", None, NO_DATA),
        (math.nan, "%", ".1%", NO_DATA),
        (-math.inf, None, "integer", NO_DATA),
        # a format nobody knows is passed over
        (2_041, None, "nonsense", "2,041"),
    ],
)
def test_a_value_reads_as_people_write_it(
    value: float | None, unit: str | None, format: str | None, text: str
) -> None:
    assert str(format_value(value, unit, format)) == text


@pytest.mark.parametrize(
    ("specifier", "value", "text"),
    [
        (".0%", 0.123, "12%"),
        ("($.2f", -3.5, "($3.50)"),
        ("+20", 42, "                 +42"),
        (".^20", 42, ".........42........."),
        (".2s", 42e6, "42M"),
        (".1r", 0.049, "0.05"),
        (".2r", 123_456, "120000"),
        (",.2r", 4_223, "4,200"),
        ("s", 1_500, "1.50000k"),
        ("~s", 1_500, "1.5k"),
        (".3s", 1.5, "1.50"),
        (".2s", 0.00042, "420µ"),
        (".3s", 0, "0.00"),
        (".3g", 1e21, "1.00e+21"),
        (".3g", 0.00001, "0.0000100"),
        (".3g", 0.00000123, "0.00000123"),
        (".3g", 0.000000123, "1.23e-7"),
        ("e", 42, "4.200000e+1"),
        (".3~e", 0, "0e+0"),
        ("", 0.1 + 0.2, "0.3"),
        (".6", 1_234.5678, "1234.57"),
        ("010,d", 42, "00,000,042"),
        ("08.2f", -4.2, "−0004.20"),
        ("<8d", 42, "42      "),
        ("x=8d", -42, "−xxxxx42"),
        (" d", 42, " 42"),
        ("+d", 0, "+0"),
        (".3p", 0.12345, "12.3%"),
        (",.2~f", 1_200.5, "1,200.5"),
        (".2~f", 3, "3"),
        ("d", 2.5, "3"),
        (".2f", 1.005, "1.01"),
        (".0%", 0.615, "62%"),
        ("d", -0.4, "0"),
        ("(d", -0.4, "0"),
    ],
)
def test_a_d3_format_means_what_it_means_in_d3(specifier: str, value: float, text: str) -> None:
    assert str(format_value(value, None, specifier)) == text


@pytest.mark.parametrize(
    "text", ["", "percentage", ".1x%", "1.2.3", ",,", "b", "o", "X", "c", ".f%", "%d"]
)
def test_what_is_no_format_is_not_taken_for_one(text: str) -> None:
    assert not is_format(text)


def test_formats_are_names_or_d3() -> None:
    assert all(is_format(name) for name in FORMAT_NAMES)
    assert all(is_format(name) for name in D3)
    assert parse_d3("nonsense") is None


def test_each_named_format_does_what_its_description_says() -> None:
    for name, description in FORMAT_NAMES.items():
        examples = re.findall(r"[^\s,][^,]*(?:,\d{3}[^,]*)*", description.partition(":")[2])
        assert examples, name
        for text in (found.strip() for found in examples):
            value = {"duration_s": 200.0 if "min" in text else 42.0}.get(name) or _value_of(
                text, name
            )
            assert str(format_value(value, None, name)) == text, name


def _value_of(text: str, name: str) -> float:
    """The value that an example of a named format shows."""
    if name == "duration_min":
        return 95.0 if "h" in text else 12.6
    if name == "duration_h":
        return 52.0 if "d" in text else 23.0
    number = float(re.sub(r"[^\d.]", "", text))
    if text.endswith("%"):
        return number / 100
    if name == "duration_ms":
        return number * (1000 if text.endswith(" s") else 1)
    return number * {"k": 1e3, "m": 1e6, "bn": 1e9}.get(re.sub(r"[^a-z]", "", text), 1)


@pytest.mark.parametrize(
    ("change", "share", "unit", "format", "text"),
    [
        (40_000, 0.021, "€", None, "+2.1%"),
        (-20, -0.031, "flights", None, "−3.1%"),
        (50, 2.5, None, None, "+250%"),
        (5, 2.5, None, None, "+250%"),
        (2, 2.0, "carriers", None, "+200%"),
        (-12, -12 / 52, "flights", None, "−23.1%"),
        (0.5, 0.25, "hours", None, "+25.0%"),
        (0.003, 0.0035, "%", None, "+0.3 pt"),
        (-0.002, -0.06, "%", None, "−0.2 pt"),
        (0.0001, None, "%", None, "+0.01 pt"),
        (0.03, None, "%", "percent", "+3 pt"),
        (0.002, None, "%", "percent", "+0.2 pt"),
        (0.0123, None, None, ".2%", "+1.23 pt"),
        (-0.4, None, "months", None, "−0.4 months"),
        (9, None, None, None, "+9"),
        (45, None, "€", None, "+€45"),
        (-45, None, "€", "$,.2f", "−€45.00"),
        (95, None, "min", "duration_min", "+1 h 35 min"),
        (0, 0, "€", None, NO_CHANGE),
        (0.0, None, "%", None, NO_CHANGE),
        (-0.0001, -0.0001, None, None, "−0.01%"),
        (1e-9, 0.000284, "s", None, "+0.03%"),
        (1e-9, 1e-9, None, None, "0.0%"),
        (1e-9, None, "%", None, "0 pt"),
        (math.nan, None, None, None, NO_DATA),
        (None, None, None, None, NO_DATA),
    ],
)
def test_a_change_reads_with_its_sign(
    change: float | None, share: float | None, unit: str | None, format: str | None, text: str
) -> None:
    assert format_change(change, share, unit, format) == text


ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(ANY_FLOAT, st.sampled_from(UNITS), st.sampled_from(FORMATS))
@example(5e-324, None, None)
@example(1.7976931348623157e308, "€", "usd_k")
@example(-0.0, "%", "(.2f")
def test_every_float_can_be_written(value: float, unit: str | None, format: str | None) -> None:
    text = str(format_value(value, unit, format))
    assert text
    assert "-" not in text.replace("e-", "e"), "minus is U+2212"
    assert text == text.strip() or format in D3, "only a declared width pads"


@pytest.mark.slow
@given(ANY_FLOAT, st.one_of(st.none(), ANY_FLOAT), st.sampled_from(UNITS), st.sampled_from(FORMATS))
def test_every_change_can_be_written(
    change: float, share: float | None, unit: str | None, format: str | None
) -> None:
    assert format_change(change, share, unit, format).strip()


@pytest.mark.slow
@given(
    FINITE,
    st.sampled_from(UNITS),
    st.sampled_from((*(name for name in FORMATS if name not in D3), ",.1f", ".2%", ".2s")),
)
def test_the_sign_is_the_values_and_nothing_has_none(
    value: float, unit: str | None, format: str | None
) -> None:
    text = str(format_value(value, unit, format))
    digits = re.sub(r"e[+-]\d+", "", text)
    if not re.search(r"[1-9]", digits):
        assert MINUS not in text, "what rounds to nothing has no sign"
    else:
        assert text.startswith(MINUS) == (value < 0)
    assert str(format_value(-value, unit, format)).removeprefix(MINUS) == text.removeprefix(MINUS)


@given(FINITE, st.sampled_from(UNITS))
def test_a_change_shows_which_way_it_went(change: float, unit: str | None) -> None:
    text = format_change(change, None, unit)
    if change and re.search(r"[1-9]", text):
        assert text[0] == ("+" if change > 0 else MINUS)
    else:
        assert text[0] not in f"+{MINUS}"


@given(st.floats(-1e14, 1e14), st.sampled_from([None, "€", "flights"]))
def test_a_plain_number_keeps_three_digits_and_money_its_cents(
    value: float, unit: str | None
) -> None:
    text = (
        str(format_value(value, unit))
        .removesuffix(" flights")
        .replace(MINUS, "-")
        .replace("€", "")
        .replace(",", "")
    )
    scale = {"k": 1e3, "m": 1e6, "bn": 1e9, "tn": 1e12}.get(re.sub(r"[^a-z]", "", text), 1)
    read = float(text) if re.search(r"e-\d", text) else float(re.sub(r"[a-z]", "", text)) * scale
    assert read == pytest.approx(value, rel=0.0051, abs=0.0051 if unit == "€" else 0.5e-8)


@pytest.mark.slow
@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_formats(text: str) -> None:
    if is_format(text):
        assert format_value(-1234.5, "€", text).number
    else:
        assert format_value(-1234.5, None, text) == format_value(-1234.5)


def test_shares_and_what_adds_up() -> None:
    assert is_share("%")
    assert is_share(None, ".1%")
    assert is_share(None, "percent1")
    assert not is_share("€", ",.0f")


def test_every_currency_stands_before_its_number() -> None:
    for unit, symbol in CURRENCIES.items():
        assert str(format_value(5, unit)) == f"{symbol}5"


def test_days_and_periods_have_names() -> None:
    assert format_day(date(2013, 11, 2)) == "2 Nov"
    assert format_day(date(2013, 11, 22), year=True) == "22 Nov 2013"
    assert format_period(date(2013, 11, 11), "week", fiscal=CALENDAR_YEAR) == "week of 11 Nov"
    assert (
        format_period(date(2013, 11, 11), "week", year=True, fiscal=CALENDAR_YEAR)
        == "week of 11 Nov 2013"
    )
    assert format_period(date(2013, 11, 1), "month", fiscal=CALENDAR_YEAR) == "November 2013"
    assert format_period(date(2013, 10, 1), "quarter", fiscal=CALENDAR_YEAR) == "Q4 2013"
    assert format_period(date(2013, 1, 1), "year", fiscal=CALENDAR_YEAR) == "2013"
    assert (
        format_period(date(2013, 11, 1), "quarter", fiscal=CALENDAR_YEAR) == "Nov 2013 to Jan 2014"
    )
    assert format_period(date(2013, 4, 1), "year", fiscal=CALENDAR_YEAR) == "Apr 2013 to Mar 2014"
    assert format_period(date(2013, 11, 22), "day", fiscal=CALENDAR_YEAR) == "22 Nov"
    assert format_period(date(2013, 11, 22), None, fiscal=CALENDAR_YEAR) == "22 Nov"
