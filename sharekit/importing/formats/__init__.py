"""The formats that are read, one module each: from the files of a folder to the inner form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from sharekit.importing.formats.dbt import read_dbt
from sharekit.importing.formats.evidence import read_evidence
from sharekit.importing.formats.lightdash import read_lightdash
from sharekit.importing.formats.metric_hub import read_metric_hub
from sharekit.importing.formats.ossie import read_ossie
from sharekit.importing.formats.rill import read_rill
from sharekit.importing.model import Definitions
from sharekit.importing.reading import Folder


class Format(Struct, frozen=True):
    """One tool whose definitions are read."""

    title: str
    read: Callable[[Folder, str], Definitions]
    """From its files, and the dialect of its SQL."""
    dialect: str
    """Of its SQL, where nobody says otherwise; "" is SQL as most engines read it."""


FORMATS: Mapping[str, Format] = {
    "ossie": Format("Apache Ossie", read_ossie, ""),
    "dbt": Format("dbt", read_dbt, ""),
    "lightdash": Format("Lightdash", read_lightdash, ""),
    "rill": Format("Rill", read_rill, "duckdb"),
    "evidence": Format("Evidence", read_evidence, "duckdb"),
    "metric-hub": Format("metric-hub", read_metric_hub, "bigquery"),
}
