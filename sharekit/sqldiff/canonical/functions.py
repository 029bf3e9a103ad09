"""What is known of SQL functions. Whatever is not listed here is left as it stands: nothing about
it can be proved.

The tables are compared with `duckdb_functions()` of the installed DuckDB in
`tests/sqldiff/test_functions.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(pair.split("=") for pair in text.split()))


ALIASES: Mapping[str, str] = _pairs("""
        aggregate=list_aggregate apply=list_transform arbitrary=first argmax=arg_max argmin=arg_min array_agg=list
        array_aggr=list_aggregate array_aggregate=list_aggregate array_apply=list_transform array_cat=list_concat
        array_concat=list_concat array_contains=list_contains array_distinct=list_distinct array_filter=list_filter
        array_has=list_contains array_has_all=list_has_all array_has_any=list_has_any array_indexof=list_position
        array_intersect=list_intersect array_position=list_position array_reverse_sort=list_reverse_sort
        array_slice=list_slice array_sort=list_sort array_transform=list_transform array_unique=list_unique
        base64=to_base64 ceiling=ceil char_length=length character_length=length countif=count_if
        editdist3=levenshtein element_at=map_extract ends_with=suffix filter=list_filter fsum=kahan_sum
        gcd=greatest_common_divisor group_concat=string_agg lcase=lower lcm=least_common_multiple len=length
        list_aggr=list_aggregate list_apply=list_transform list_cat=list_concat list_element=list_extract
        list_has=list_contains list_indexof=list_position list_pack=list_value listagg=string_agg max_by=arg_max
        mean=avg min_by=arg_min mismatches=hamming ord=unicode position=instr quantile=quantile_disc
        reduce=list_reduce regexp_split_to_array=string_split_regex split=string_split stddev=stddev_samp
        str_split=string_split str_split_regex=string_split_regex string_to_array=string_split strpos=instr
        substr=substring sumkahan=kahan_sum to_binary=bin to_hex=hex ucase=upper variance=var_samp
        """)
"""DuckDB's second names of a function: second name -> name. `duckdb_functions()` calls this
`alias_of`."""

TWINS: Mapping[str, str] = MappingProxyType(
    {
        "datediff": "date_diff",
        "datepart": "date_part",
        "datesub": "date_sub",
        "datetrunc": "date_trunc",
        "ifnull": "coalesce",
    }
)
"""DuckDB's names that its catalog does not call aliases, though its documentation does."""

DATE_PARTS = _names("day dayofweek dayofyear hour isodow minute month quarter week year")
"""In DuckDB `year(x)` is `date_part('year', x)`, and so on."""

UNIT_FIRST = frozenset({"date_diff", "date_part", "date_sub", "date_trunc"})
"""DuckDB functions whose first argument is the name of a unit, in any case, singular or plural."""

UNITS = _names(
    """microsecond millisecond second minute hour day dayofweek dayofyear week isoweek month quarter year isoyear
    decade century epoch date time timestamp dow doy sunday monday saturday"""
)
"""Words that name a unit where other dialects take it without quotes: `DATE_TRUNC(day, WEEK)`."""

AGGREGATES = _names(
    """any_value approx_count_distinct approx_quantile approx_top_k arg_max arg_max_null arg_min arg_min_null avg
    bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr count count_if count_star covar_pop covar_samp entropy
    favg first histogram kahan_sum kurtosis kurtosis_pop last list mad max median min mode product quantile_cont
    quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    reservoir_quantile sem skewness stddev_pop stddev_samp string_agg sum var_pop var_samp"""
)
"""DuckDB's aggregates under their first names."""

OTHER_AGGREGATES = _names(
    """approx_distinct approx_percentile array_agg array_concat_agg collect_list collect_set countif count_if
    every logical_and logical_or listagg max_by min_by percentile percentile_approx percentile_cont percentile_disc
    stddev variance group_concat"""
)
"""Aggregates of the other dialects."""

NULL_SKIPPING = _names(
    "any_value avg bool_and bool_or count max median min product stddev_pop stddev_samp sum var_pop"
    " var_samp"
)
"""Aggregates of one argument that pass over NULLs: `sum(CASE WHEN c THEN x END)` is `sum(x) FILTER
(WHERE c)`."""

ORDER_BOUND = _names(
    """any_value approx_quantile approx_top_k arg_max arg_max_null arg_min arg_min_null array_agg array_concat_agg
    array_union_agg array_unique_agg collect_list collect_set first group_concat histogram json_agg json_arrayagg
    json_group_array json_group_object json_group_structure json_object_agg json_objectagg jsonb_agg jsonb_object_agg
    last list listagg map_agg max_by min_by mode multimap_agg object_agg reservoir_quantile row_number ntile lag lead
    first_value last_value nth_value string_agg xmlagg"""
)
"""Functions whose result may depend on the order in which rows arrive."""

VOLATILE = _names(
    """clock_timestamp currval gen_random_uuid generate_uuid input_file_name lastval monotonically_increasing_id newid
    nextval normal rand randn random random_normal randstr seq1 seq2 seq4 seq8 setseed shuffle sleep_ms
    spark_partition_id stats timeofday uniform uuid uuid_generate_v4 uuid_string uuidv4 uuidv7 zipf"""
)
"""Functions that say something else each time they are called."""

PURE = _names(
    """abs acos age array_extract array_length as_of ascii asin atan atan2 bit_count cbrt ceil century chr coalesce
    concat concat_ws contains cos cot damerau_levenshtein date_diff date_part date_sub date_trunc dayname decade
    degrees epoch epoch_ms epoch_ns epoch_us even exp floor format greatest hamming hash hour instr isfinite isinf
    isnan isoyear jaccard jaro_similarity jaro_winkler_similarity json_extract json_extract_string last_day least left
    length levenshtein ln log log10 log2 lower lpad ltrim make_date make_time make_timestamp md5 mod monthname now
    nullif pi pow power prefix printf radians regexp_extract regexp_full_match regexp_matches regexp_replace repeat
    replace reverse right round rpad rtrim second sign sin split_part sqrt starts_with strftime string_split
    strip_accents strlen strptime substring suffix tan time_bucket to_days to_hours to_minutes to_months to_seconds
    to_weeks to_years today translate trim trunc try_strptime unicode upper weekday weekofyear yearweek list_contains
    list_extract list_value list_distinct list_position list_has_any list_has_all map_extract struct_extract"""
)
"""Functions of one row that always say the same for the same arguments within a query: safe to move
and to repeat."""

FOLDABLE = _names(
    """abs ascii ceil chr coalesce concat contains date_diff date_part date_sub date_trunc dayname even exp floor
    greatest instr last_day least left length levenshtein ln log log10 log2 lower ltrim make_date make_time
    make_timestamp mod monthname nullif pow replace reverse right round rtrim second sign split_part sqrt starts_with
    strftime strptime substring suffix to_days to_hours to_minutes to_months to_seconds to_weeks to_years trim trunc
    unicode upper weekofyear yearweek"""
)
"""Functions of one row whose value for literals the engine may be asked for: pure, small, without a
clock or a zone."""

RESULTS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        _names(
            """bool_and bool_or contains isfinite isinf isnan list_contains list_has_all list_has_any prefix
            regexp_full_match regexp_matches starts_with suffix"""
        ),
        "BOOLEAN",
    )
    | dict.fromkeys(
        _names(
            """chr concat_ws dayname left lower ltrim md5 monthname regexp_replace replace reverse right
            rtrim strftime strip_accents substring trim upper"""
        ),
        "TEXT",
    )
    | dict.fromkeys(
        _names("count date_diff date_sub dense_rank instr ntile rank row_number"), "BIGINT"
    )
    | dict.fromkeys(_names("last_day make_date"), "DATE")
)
"""DuckDB functions that return one type whatever they are given, with that type as sqlglot spells
it."""

SCALARS = _names(
    "count sum avg median round floor ceil abs length date_part date_diff date_trunc sqrt ln"
)
"""Functions that never return a list."""

NAME_REVEALING = _names(
    "alias columns *columns row_to_json struct struct_pack to_json unpack query query_table"
)
"""Functions that may carry the names of columns into the result."""


def first_name(name: str, dialect: str) -> str:
    """The one name by which a function is compared: lower case, and DuckDB's second names replaced
    by the first."""
    name = name.lower()
    if dialect != "duckdb":
        return name
    name = TWINS.get(name, name)
    return ALIASES.get(name, name)


def is_aggregate(name: str, dialect: str) -> bool:
    """Whether a function, by its first name, is known to be an aggregate."""
    return name in AGGREGATES or (dialect != "duckdb" and name in OTHER_AGGREGATES)
