"""BigQuery, by Google's own client. Wired, not yet run against a server.

bigquery://PROJECT/DATASET?credentials_key=BASE64_OF_THE_SERVICE_ACCOUNT_JSON&location=EU&max_bytes=10000000000
"""

from __future__ import annotations

import base64
from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl
from sharekit.read_json import read_json

TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "int64": "BIGINT", "float": "DOUBLE", "float64": "DOUBLE",
    "boolean": "BOOLEAN", "bool": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP", "timestamp": "TIMESTAMPTZ",
    "time": "TIME",
}  # fmt: skip


def adapter() -> Adapter:
    from google.cloud import bigquery  # noqa: F401

    return pep249.make(
        connect,
        pep249.named_type(TYPES),
        pep249.fault_reader(
            (
                ("syntax error", "syntax"),
                ("unrecognized name", "unknown-column"),
                ("function not found", "unknown-function"),
                ("not found: table", "unknown-table"),
                ("not found: dataset", "unknown-table"),
                ("access denied", "refused"),
                ("timed out", "timeout"),
                ("stopped", "timeout"),
                ("resources exceeded", "memory"),
                ("bytes billed", "memory"),
            ),
            ("default credentials", "invalid_grant", "failed to establish", "max retries", "401 "),
            r"at \[(?P<line>\d+):(?P<column>\d+)\]",
        ),
        version="SELECT 'BigQuery'",
        cancel=lambda link: link.running.query_job.cancel(),
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    from google.cloud import bigquery
    from google.cloud.bigquery import dbapi
    from google.oauth2 import service_account

    key = read_json(base64.b64decode(address.options["credentials_key"]))
    credentials = service_account.Credentials.from_service_account_info(
        key, scopes=["https://www.googleapis.com/auth/bigquery"]
    )
    config = bigquery.QueryJobConfig(**job(address, seconds))
    zone = bigquery.ConnectionProperty(key="time_zone", value=address.timezone)
    config.connection_properties = [zone]
    client = bigquery.Client(
        project=address.host,
        credentials=credentials,
        location=address.options.get("location"),
        default_query_job_config=config,
    )
    return dbapi.connect(client=client)


def job(address: EngineUrl, seconds: float) -> dict[str, Any]:
    """What every query is run with: standard SQL, a time limit on the server, and what it may
    cost."""
    dataset = {"default_dataset": f"{address.host}.{address.path}"} if address.path else {}
    most = (
        {"maximum_bytes_billed": int(address.options["max_bytes"])}
        if "max_bytes" in address.options
        else {}
    )
    return {
        "use_legacy_sql": False,
        "job_timeout_ms": int(seconds * 1000),
        "labels": {"tool": "sharekit"},
        **dataset,
        **most,
    }
