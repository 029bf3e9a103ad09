"""Definitions of other tools: what is carried, with what loss, what is refused, and that the numbers
are right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Said
from commandline import sharekit as run
from sampling import mostly_slow

ORDERS = """day,region,customer_id,product_id,amount,is_new
2025-01-06,north,1,1,10,true
2025-01-07,north,1,2,20,false
2025-01-08,,2,1,30,true
2025-01-14,south,1,1,40,false
"""
PRODUCTS = "product_id,kind,weight\n1,bread,2\n2,cake,3\n"

OSSIE = """
semantic_model:
  - name: shop
    datasets:
      - name: orders
        source: sales.public.orders
        fields:
          - {name: day, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: day}]}}
          - {name: region, dimension: {}, expression: {dialects: [{dialect: ANSI_SQL, expression: region}]}}
      - name: products
        source: sales.public.products
        fields: []
    relationships:
      - {name: of, from: orders, to: products, from_columns: [product_id], to_columns: [product_id]}
    metrics:
      - name: Revenue
        expression: {dialects: [{dialect: SNOWFLAKE, expression: "SUM(orders.amount)"}]}
        ai_context: {synonyms: [turnover]}
      - name: average_order
        expression: {dialects: [{dialect: ANSI_SQL, expression: "SUM(orders.amount) / COUNT(orders.amount)"}]}
      - name: buyers
        expression: {dialects: [{dialect: ANSI_SQL, expression: "COUNT(DISTINCT orders.customer_id)"}]}
      - name: cakes
        expression:
          dialects:
            - dialect: ANSI_SQL
              expression: "COUNT(DISTINCT CASE WHEN products.kind = 'cake' THEN orders.customer_id END)"
      - name: heavy
        expression: {dialects: [{dialect: ANSI_SQL, expression: "SUM(products.weight) + SUM(orders.amount)"}]}
      - name: cube
        expression: {dialects: [{dialect: MDX, expression: "[Measures].[x]"}]}
"""

DBT = """
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: day}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: product, type: foreign, expr: product_id}
    dimensions:
      - {name: day, type: time, type_params: {time_granularity: day}}
      - {name: region, type: categorical}
    measures:
      - {name: amount, agg: sum}
      - {name: balance, agg: sum, non_additive_dimension: {name: day}}
  - name: products
    model: ref('products')
    entities: [{name: product, type: primary, expr: product_id}]
    dimensions: [{name: kind, type: categorical}]
metrics:
  - {name: revenue, label: Revenue, type: simple, type_params: {measure: {name: amount, fill_nulls_with: 0}}}
  - name: cake_revenue
    type: simple
    type_params: {measure: amount}
    filter: "{{ Dimension('product__kind') }} = 'cake'"
  - {name: cake_share, type: ratio, type_params: {numerator: cake_revenue, denominator: revenue}}
  - name: growth
    type: derived
    type_params:
      expr: now / before
      metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]
  - {name: running, type: cumulative, type_params: {measure: amount}}
  - {name: level, type: simple, type_params: {measure: balance}}
  - {name: circle, type: derived, type_params: {expr: circle, metrics: [circle]}}
"""

DBT_2026 = """
models:
  - name: orders
    semantic_model: true
    agg_time_dimension: day
    columns:
      - {name: day, granularity: day, dimension: {type: time}}
      - {name: region, dimension: {type: categorical}}
      - {name: order_id, entity: {type: primary, name: order}}
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount}
      - {name: orders_placed, type: simple, agg: count, expr: amount}
      - {name: order_value, type: ratio, numerator: revenue, denominator: orders_placed}
      - {name: twice, type: derived, expr: two * 2, input_metrics: [{name: revenue, alias: two}]}
"""

LIGHTDASH = """
models:
  - name: orders
    columns:
      - {name: day, meta: {dimension: {type: date}}}
      - {name: region, meta: {dimension: {type: string}}}
      - name: amount
        meta:
          dimension: {type: number}
          metrics:
            revenue: {type: sum, format: usd}
            north_revenue: {type: sum, filters: [{region: north}]}
            share: {type: number, sql: "${north_revenue} / NULLIF(${revenue}, 0)", format: percent}
            picked: {type: sum, sql: "${lightdash.parameters.orders.column}"}
            recent: {type: sum, filters: [{day: inThePast 7 days}]}
  - name: salaries
    meta: {sql_filter: "${lightdash.attributes.team} = team"}
    columns: [{name: pay, meta: {metrics: {payroll: {type: sum}}}}]
"""

RILL = """
type: metrics_view
model: orders
timeseries: day
dimensions: [{name: region, column: region}]
measures:
  - {name: revenue, expression: sum(amount), format_preset: currency_usd}
  - {name: 1d_rate, expression: sum(amount) / 86400}
  - {name: ranked, expression: sum(amount), window: {order: day}}
"""

METRIC_HUB = """
[metrics.revenue]
data_source = "orders"
select_expression = '{{agg_sum("amount")}}'
bigger_is_better = true
[metrics.spread]
data_source = "orders"
select_expression = "mozfun.map.get_key(x, 'y')"
[data_sources.orders]
from_expression = "`a-b.{dataset}.orders`"
default_dataset = "sales"
submission_date_column = "day"
"""
FUNCTIONS = '[functions.agg_sum]\ndefinition = "COALESCE(SUM({select_expr}), 0)"\n'

EVIDENCE = """
```sql weekly
select date_trunc('week', day) as week, sum(amount) as revenue from shop.orders group by 1
```
```sql picked
select sum(amount) as a from shop.orders where region = '${inputs.region.value}'
```
```sql latest
select revenue from ${weekly} order by week desc limit 1
```
<LineChart data={weekly} x=week y=revenue title="Revenue a week"/>
<BigValue data={picked} value=a/>
<BigValue data={latest} value=revenue/>
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "numbers"
    (root / "metrics" / "data").mkdir(parents=True)
    (root / "sharekit.toml").write_text('[project]\nname = "Shop"\nas_of = 2025-01-20\n', "utf-8")
    (root / "metrics" / "data" / "orders.csv").write_text(ORDERS, "utf-8")
    (root / "metrics" / "data" / "products.csv").write_text(PRODUCTS, "utf-8")
    return root


def brought(project: Path, form: str, files: dict[str, str], *more: str) -> Said:
    folder = project.parent / form
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    done = run("--project", project, "import", form, folder, *more)
    checked = run("--project", project, "check", "--no-run")
    assert checked.code == 0, checked.out + checked.err
    return done


def value(project: Path, metric: str) -> object:
    shown = run("--project", project, "show", metric, "--format", "json")
    assert shown.code == 0, shown.out + shown.err
    return json.loads(shown.out)["value"]


def text(project: Path, name: str) -> str:
    [path] = (project / "metrics").rglob(f"{name}.sql")
    return path.read_text("utf-8")


def test_ossie(project: Path) -> None:
    done = brought(project, "ossie", {"shop.yaml": OSSIE})
    assert done.code == 0
    assert "6 metrics: 4 carried, 0 carried with loss, 2 left out" in done.err
    assert 'synonyms: ["turnover"]' in text(project, "revenue")
    assert value(project, "revenue") == 40
    assert value(project, "average_order") == 40
    assert value(project, "buyers") == 1
    assert value(project, "cakes") == 0
    report = (project / "imported-ossie.md").read_text("utf-8")
    assert "once for each row of orders" in report
    assert "MDX, which is not SQL" in report
    assert "sales.public.orders" in report


def test_what_does_not_add_up_has_totals_of_its_own(project: Path) -> None:
    brought(project, "ossie", {"shop.yaml": OSSIE})
    assert "GROUPING SETS" in text(project, "buyers")
    ratio = text(project, "average_order")
    assert 'numerator: "numerator"' in ratio
    assert 'denominator: "denominator"' in ratio
    asked = run("--project", project, "sql", "FROM metrics.buyers ORDER BY ALL", "--format", "csv")
    assert "2025-01-06,,2" in asked.out, "two buyers bought in the first week"
    assert "2025-01-06,none,1" in asked.out, "no region is a member, not the total"


def test_dbt_with_measures(project: Path) -> None:
    done = brought(project, "dbt", {"models/orders.yml": DBT})
    assert "7 metrics: 3 carried, 0 carried with loss, 4 left out" in done.err
    for why in ("offset_window", "cumulative", "over_time: last", "reads itself"):
        assert why in done.err
    assert value(project, "revenue") == 40
    assert 'missing: "zero"' in text(project, "revenue")
    assert "LEFT JOIN metrics._products" in text(project, "cake_share")
    asked = run(
        "--project", project, "sql", "FROM metrics.cake_share ORDER BY ALL", "--format", "csv"
    )
    assert "20,30" in asked.out.replace(".0", "")


def test_a_difference_is_right_where_a_slice_has_no_rows_of_one_side(project: Path) -> None:
    without_big = """
  - {name: big, type: simple, type_params: {measure: amount}, filter: "{{ Dimension('order__size') }} = 'big'"}
  - {name: small, type: derived, type_params: {expr: revenue - big, metrics: [revenue, big]}}
  - {name: small_share, type: derived, type_params: {expr: (revenue - big) / revenue, metrics: [revenue, big]}}
"""
    dimensions = (
        "      - {name: size, type: categorical, expr: \"iff(amount > 25, 'big', 'small')\"}\n"
    )
    region = "      - {name: region, type: categorical}\n"
    definition = DBT.replace(region, dimensions) + without_big
    brought(project, "dbt", {"models/orders.yml": definition}, "--dialect", "snowflake")
    for metric, right in (("small", 30), ("small_share", 0.5)):
        asked = run(
            "--project", project, "show", metric, "--as-of", "2025-01-13", "--format", "json"
        )
        assert json.loads(asked.out)["value"] == right, "10 + 20 of 60 are small in the first week"


@pytest.mark.parametrize(
    ("entity", "right"),
    [("{name: product, type: foreign, expr: product_id}", 10),
     ("{name: product, type: foreign, expr: product_id + 0}", 10)],
)  # fmt: skip
def test_a_filter_by_an_entity_reads_its_column(project: Path, entity: str, right: int) -> None:
    of_bread = """
  - {name: of_bread, type: simple, type_params: {measure: amount}, filter: "{{ Entity('product') }} = 1"}
  - {name: of_none, type: simple, type_params: {measure: amount}, filter: "{{ Entity('nobody') }} = 1"}
"""
    definition = DBT.replace("{name: product, type: foreign, expr: product_id}", entity) + of_bread
    done = brought(project, "dbt", {"models/orders.yml": definition})
    assert "reads the entity nobody, which orders does not have" in done.err
    shown = run(
        "--project", project, "show", "of_bread", "--as-of", "2025-01-13", "--format", "json"
    )
    assert json.loads(shown.out)["value"] == right + 30


@pytest.mark.slow
def test_dbt_inside_models(project: Path) -> None:
    done = brought(project, "dbt", {"models/orders.yml": DBT_2026})
    assert "4 metrics: 4 carried, 0 carried with loss, 0 left out" in done.err
    assert value(project, "order_value") == 40
    assert value(project, "twice") == 80


def test_lightdash(project: Path) -> None:
    done = brought(project, "lightdash", {"models/orders.yml": LIGHTDASH})
    assert "6 metrics: 3 carried, 0 carried with loss, 3 left out" in done.err
    assert "row-level security" in done.err
    assert "lightdash.parameters" in done.err
    assert 'unit: "%"' in text(project, "share")
    assert "numerator" in text(project, "share")
    assert not list((project / "metrics").rglob("*payroll*"))


def test_a_filter_of_lightdash_that_excludes_keeps_rows_without_a_value(project: Path) -> None:
    definition = LIGHTDASH.replace(
        "recent: {type: sum, filters: [{day: inThePast 7 days}]}",
        """not_north: {type: count, filters: [{region: "!north"}]}
            not_like: {type: count, filters: [{region: "!%ort%"}]}
            neither: {type: count, filters: [{region: ["!north", "!south"]}]}""",
    )
    brought(project, "lightdash", {"models/orders.yml": definition})
    for metric in ("not_north", "not_like", "neither"):
        asked = run(
            "--project", project, "show", metric, "--as-of", "2025-01-13", "--format", "json"
        )
        assert json.loads(asked.out)["value"] == 1, "the order without a region, of three"


def test_rill(project: Path) -> None:
    secured = RILL + "security: {access: true, row_filter: \"region = '{{ .user.region }}'\"}\n"
    files = {"rill.yaml": "", "metrics/sales.yaml": RILL, "metrics/hidden.yaml": secured}
    done = brought(project, "rill", files)
    assert "row_filter" in done.err
    assert "window" in done.err
    assert value(project, "sales_1d_rate") == pytest.approx(40 / 86400)
    assert 'synonyms: ["1d_rate"]' in text(project, "sales_1d_rate")
    assert not (project / "metrics" / "hidden").exists()


def test_metric_hub(project: Path) -> None:
    files = {"definitions/shop.toml": METRIC_HUB, "definitions/functions.toml": FUNCTIONS}
    done = brought(project, "metric-hub", files)
    assert "mozfun.map.get_key" in done.err
    assert value(project, "revenue") == 40
    assert 'direction: "up"' in text(project, "revenue")


def test_evidence(project: Path) -> None:
    done = brought(project, "evidence", {"pages/index.md": EVIDENCE})
    assert "${inputs.region.value}" in done.err
    assert value(project, "weekly_revenue") == 40
    assert value(project, "latest_revenue") == 40


def test_nothing_is_written_over_and_a_second_import_says_so(project: Path) -> None:
    brought(project, "rill", {"metrics/sales.yaml": RILL})
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    again = run("--project", project, "import", "rill", project.parent / "rill")
    assert again.code == 2
    assert "; nothing was written" in again.err
    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert {p: b for p, b in after.items() if ".sharekit" not in p.parts} == {
        p: b for p, b in before.items() if ".sharekit" not in p.parts
    }


def test_names_that_collide_are_prefixed(project: Path) -> None:
    (project / "metrics" / "revenue.sql").write_text(
        "/* ---\ntitle: Ours\n--- */\nSELECT 1 AS value\n", "utf-8"
    )
    brought(project, "rill", {"metrics/sales.yaml": RILL})
    assert 'synonyms: ["revenue"]' in text(project, "sales_revenue")


def test_dry_run_writes_nothing(project: Path) -> None:
    brought(project, "rill", {"metrics/sales.yaml": RILL}, "--dry-run")
    assert not (project / "metrics" / "sales").exists()
    assert "[sources" not in (project / "sharekit.toml").read_text("utf-8")


@pytest.mark.parametrize("form", ["ossie", "dbt", "lightdash", "rill", "evidence", "metric-hub"])
@pytest.mark.parametrize(
    "content",
    mostly_slow(
        [
            "[1, 2",
            "",
            "a: &a [*a, *a]",
            "semantic_model: 3\nsemantic_models: x\nmodels: [3, {name: 1}]\nmetrics: {a: b}\n",
            "type: metrics_view\nmodel: {}\nmeasures: [[], {expression: []}]\nsecurity: 3\n",
            "[metrics]\na = 1\n[data_sources.x]\nfrom_expression = '(((('\n",
            "```sql a\nselect * from ${b}\n```\n```sql b\nselect * from ${a}\n```\n<BigValue data={a} value=x/>",
            "x: " + "[" * 3000,
        ],
        quick=1,
    ),
)
def test_any_text_gives_a_report(project: Path, form: str, content: str) -> None:
    folder = project.parent / form / "definitions"
    folder.mkdir(parents=True)
    for name in ("a.yaml", "a.yml", "a.toml", "a.md", "a.sql"):
        (folder / name).write_text(content, "utf-8")
    done = run("--project", project, "import", form, folder.parent)
    assert done.code in (0, 2), done.err


def test_a_link_that_leads_out_is_not_read(project: Path) -> None:
    folder = project.parent / "rill"
    folder.mkdir()
    (project.parent / "secret.yaml").write_text(RILL, "utf-8")
    (folder / "sales.yaml").symlink_to(project.parent / "secret.yaml")
    done = run("--project", project, "import", "rill", folder)
    assert "leads out" in done.err
    assert not (project / "metrics" / "sales").exists()
