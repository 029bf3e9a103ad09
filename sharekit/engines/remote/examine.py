"""What `doctor` asks of an engine: does it answer, in which version, and what could its role do
besides reading."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from sharekit.engines.remote.adapter import Finding, read_address
from sharekit.engines.remote.process import EngineProcess, environment
from sharekit.engines.remote.registry import SCHEMES
from sharekit.errors import OutsideError
from sharekit.project.shapes import EngineConfig

NO_SESSION = frozenset(
    ("flightsql", "flightsql+grpc", "sc", "mssql", "bigquery", "snowflake", "databricks", "trino")
)
"""Schemes whose protocol cannot promise that nothing is written: there the role alone keeps it."""

NO_ZONE = frozenset(("flightsql", "flightsql+grpc", "sc", "mssql", "sqlite"))
"""Schemes whose sessions may have no time zone of their own: there moments have the days of UTC."""

_RIGHTS = "Give the role SELECT on what `allow` names, and nothing else."


class EngineReport(Struct, frozen=True):
    """One engine, examined."""

    name: str
    reached: bool
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return self.reached and all(finding.ok for finding in self.findings)


def examine(
    name: str, config: EngineConfig, environ: Mapping[str, str], timezone: str = "UTC"
) -> EngineReport:
    """Connect once, in the project's time zone, and look. What cannot be reached is a finding,
    too."""
    variable = config.url.removeprefix("env:")
    try:
        address = read_address(variable, environ, timezone)
    except OutsideError as error:
        return _out_of_reach(name, error.message, error.hint)
    vendor = SCHEMES.get(address.scheme)
    with tempfile.TemporaryDirectory(prefix="sharekit-doctor-") as folder:
        setup = _setup(config, variable, folder, timezone)
        process = EngineProcess(setup, environment(variable, environ))
        try:
            (job,) = process.run([{"op": "doctor", "id": "doctor"}])
        except OutsideError as error:
            return _out_of_reach(name, error.message, error.hint)
        finally:
            process.close()
    answer: dict[str, Any] = job.answer or {"error": {"message": "it did not answer in time"}}
    if "error" in answer:
        fault = answer["error"]
        return _out_of_reach(
            name, str(fault.get("message") or fault.get("kind")), fault.get("hint")
        )
    title = vendor.title if vendor is not None else address.scheme
    findings = [Finding(True, f"{title} {answer['version']} answers")]
    findings += (
        Finding(bool(entry["ok"]), str(entry["what"]), entry["hint"])
        for entry in answer["findings"] or ()
    )
    if answer["findings"] is None:
        findings.append(Finding(True, f"{title} cannot be asked what its role could do", _RIGHTS))
    if address.scheme in NO_SESSION:
        what = (
            f"{title} has no read-only sessions: only the rights of its role keep queries from"
            " writing"
        )
        findings.append(Finding(True, what, _RIGHTS))
    elif answer["findings"] is not None and all(finding.ok for finding in findings):
        findings.append(Finding(True, "its role can do no more than read what `allow` names"))
    if address.scheme in NO_ZONE and timezone != "UTC":
        what = f"{title} may ignore the project's time zone: days may begin at midnight in UTC"
        findings.append(Finding(True, what, f"Convert them to {timezone} in the query."))
    if vendor is not None and not vendor.ran:
        findings.append(
            Finding(
                True,
                f"sharekit's adapter for {title} has not been tested against a server yet",
            )
        )
    return EngineReport(name, True, tuple(findings))


def _setup(config: EngineConfig, variable: str, folder: str, timezone: str) -> dict[str, Any]:
    return {
        "variable": variable,
        "dialect": config.dialect,
        "allow": list(config.allow),
        "setup": list(config.setup),
        "seconds": min(config.seconds, 30),
        "max_rows": config.max_rows,
        "jobs": 1,
        "as_of": date(2000, 1, 1).isoformat(),
        "timezone": timezone,
        "folder": folder,
        "target": f"{folder}/rows.duckdb",
    }


def _out_of_reach(name: str, why: str, hint: str | None) -> EngineReport:
    return EngineReport(name, False, (Finding(False, f"it cannot be asked: {why}", hint),))
