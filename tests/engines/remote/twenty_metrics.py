"""Twenty metrics by hand over one table of orders, each in the dialects in which they are written
otherwise."""

from __future__ import annotations

from collections.abc import Mapping

MONTH = {
    "duckdb": "date_trunc('month', order_ts)::DATE",
    "postgres": "date_trunc('month', order_ts)::date",
    "mysql": "CAST(date_format(order_ts, '%Y-%m-01') AS date)",
    "spark": "CAST(date_trunc('month', order_ts) AS date)",
}
WEEK = {
    "duckdb": "date_trunc('week', order_ts)::DATE",
    "postgres": "date_trunc('week', order_ts)::date",
    "mysql": "CAST(date_sub(order_ts, interval weekday(order_ts) day) AS date)",
    "spark": "CAST(date_trunc('week', order_ts) AS date)",
}
DAY = {
    "duckdb": "order_ts::DATE", "postgres": "order_ts::date", "mysql": "CAST(order_ts AS date)",
    "spark": "CAST(order_ts AS date)",
}  # fmt: skip
DOUBLE = {"duckdb": "DOUBLE", "postgres": "float8", "mysql": "double", "spark": "double"}
LATEST = "(SELECT customer_id, min(order_ts) AS f FROM T GROUP BY customer_id) c"


def _where(condition: str, value: str, dialect: str, how: str = "sum") -> str:
    """An aggregate over some of the rows; MySQL has no FILTER."""
    if dialect == "mysql":
        return f"{how}(CASE WHEN {condition} THEN {value} END)"
    return f"{how}({value}) FILTER (WHERE {condition})"


def queries(dialect: str) -> Mapping[str, str]:
    """All twenty in one dialect; T is the table."""
    month, week, day, double = MONTH[dialect], WEEK[dialect], DAY[dialect], DOUBLE[dialect]
    monthly = f"(SELECT {month} AS m, sum(amount) AS v FROM T GROUP BY 1) q"
    completed = _where("status = 'completed'", "amount", dialect)
    refunded = _where("status = 'refunded'", "1", dialect, "count")
    plain = {
        "orders": "SELECT count(*) AS v FROM T",
        "completed": f"SELECT {completed} AS v FROM T",
        "month_revenue": f"SELECT {month} AS m, sum(amount) AS v FROM T GROUP BY 1",
        "week_region": f"SELECT {week} AS w, region, sum(amount) AS v FROM T GROUP BY 1, 2",
        "average": f"SELECT channel, CAST(sum(amount) AS {double}) / count(*) AS v FROM T GROUP BY channel",
        "customers": f"SELECT {month} AS m, count(DISTINCT customer_id) AS v FROM T GROUP BY 1",
        "refunds": f"SELECT {month} AS m, CAST({refunded} AS {double})"
                   " / count(*) AS v FROM T GROUP BY 1",
        "repeat": "SELECT avg(CASE WHEN n > 20 THEN 1e0 ELSE 0e0 END) AS v"
                  " FROM (SELECT customer_id, count(*) AS n FROM T GROUP BY customer_id) q",
        "running": f"SELECT m, sum(v) OVER (ORDER BY m) AS v FROM {monthly}",
        "change": f"SELECT m, v - lag(v) OVER (ORDER BY m) AS v FROM {monthly}",
        "top": "SELECT product_id, sum(amount) AS v FROM T GROUP BY product_id ORDER BY v DESC, product_id LIMIT 5",
        "discount": f"SELECT region, avg(CAST(discount AS {double})) AS a, avg(CAST(coalesce(discount, 0) AS {double}))"
                    " AS b FROM T GROUP BY region",
        "newcomers": f"SELECT {month.replace('order_ts', 'f')} AS m, count(*) AS v FROM {LATEST} GROUP BY 1",
        "largest": "SELECT region, max(amount) AS a, min(amount) AS b FROM T GROUP BY region",
        "ranked": "SELECT region, v, rank() OVER (ORDER BY v DESC) AS place"
                  " FROM (SELECT region, sum(qty) AS v FROM T GROUP BY region) q",
    }  # fmt: skip
    return {**plain, **_spelled(dialect, day)}


def _spelled(dialect: str, day: str) -> Mapping[str, str]:
    """What every dialect writes in its own way."""
    spans = f"(SELECT customer_id, min({day}) AS a, max({day}) AS b FROM T GROUP BY customer_id) q"
    daily = f"(SELECT {day} AS d, sum(amount) AS v FROM T GROUP BY 1) q"
    join = f"FROM T JOIN {LATEST} ON T.customer_id = c.customer_id GROUP BY 1"
    months = "(extract(year FROM {0}) * 12 + extract(month FROM {0}))"
    age = (
        f"CAST({months.format('order_ts')} - {months.format('f')} AS"
        f" {'signed' if dialect == 'mysql' else 'int'})"
    )
    weekday = {
        "duckdb": "isodow(order_ts)", "postgres": "CAST(extract(isodow FROM order_ts) AS int)",
        "mysql": "weekday(order_ts) + 1", "spark": "weekday(order_ts) + 1",
    }[dialect]  # fmt: skip
    hour = {"postgres": "CAST(extract(hour FROM order_ts) AS int)"}.get(
        dialect, "extract(hour FROM order_ts)"
    )
    days = {"duckdb": "date_diff('day', a, b)", "postgres": "b - a"}.get(dialect, "datediff(b, a)")
    interval = {
        "duckdb": "INTERVAL 27 DAYS",
        "postgres": "INTERVAL '27 days'",
        "spark": "INTERVAL '27' DAY",
    }.get(dialect)
    frame = f"RANGE BETWEEN {interval} PRECEDING AND CURRENT ROW" if interval else ""
    rolling = f"SELECT d, sum(v) OVER (ORDER BY d {frame}) AS v FROM {daily}"
    if dialect == "mysql":  # MariaDB has no RANGE over dates: rows, of which there is one a day
        rolling = (
            "SELECT d, sum(v) OVER (ORDER BY d ROWS BETWEEN 27 PRECEDING AND CURRENT ROW) AS v"
            f" FROM {daily}"
        )
    return {
        "weekday": f"SELECT {weekday} AS d, count(*) AS v FROM T GROUP BY 1",
        "hour": f"SELECT {hour} AS h, sum(qty) AS v FROM T GROUP BY 1",
        "span": f"SELECT CAST(avg({days}) AS {DOUBLE[dialect]}) AS v FROM {spans}",
        "cohort": f"SELECT {age} AS k, count(DISTINCT T.customer_id) AS v {join}",
        "rolling": rolling,
    }
