"""Iceberg tables that a REST catalog knows, against one that is real: SeaweedFS, behind a certificate
of an authority that the test made."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from authority import DAY, authority
from machine import beside_python
from object_stores import SECRET
from server_processes import free_port, running
from tls_front import behind_tls
from webserver import answer, serving

from sharekit.engines.sources import lake_iceberg
from sharekit.engines.sources.fetching import FetchedSource, Fetcher, Unreadable
from sharekit.errors import Place
from sharekit.project.manifest import Source
from sharekit.project.shapes import SourceConfig

pytest.importorskip("pyiceberg", reason="the extra sharekit[iceberg] is not installed")
import pyarrow as pa

NOW = 1_900_000_000.0
HOUR = 3600


@pytest.fixture(autouse=True)
def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine trusts besides is not asked."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Catalog:
    """A running catalog, and what a keeper's environment says about it."""

    url: str
    environ: Mapping[str, str]
    client: Any
    """As those who write to it have it."""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("catalog")
    ours = authority(folder, "ours")
    ours.sign("localhost", datetime.now(UTC) + DAY, folder)
    s3, rest = free_port(), free_port()
    ready = ["grep", "-q", "ready to use", str(folder / "server.log")]
    environ = {**os.environ, **_login()}
    with (
        running(_command(folder, s3, rest), rest, folder, ready=ready, env=environ),
        behind_tls(rest, folder, "http/1.1") as port,
    ):
        environ = {
            **_login(),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
            "AWS_REGION": "us-east-1",
            "SSL_CERT_FILE": str(ours.file),
            "LAKE_LOGIN": f"key:{SECRET}",
            "LAKE_LOGIN_HOST": "localhost",
        }
        yield Catalog(f"https://localhost:{port}", environ, _client(rest, s3))


def _login() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET}


def _command(folder: Path, s3: int, rest: int) -> list[str]:
    parts = ("master", "volume", "filer", "s3", "admin")
    ports = [f"-{part}.port.grpc={free_port()}" for part in parts]
    ports += [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer", "admin")]
    return [
        beside_python("weed"), f"-logdir={folder}", "mini", f"-dir={folder}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", "-tableBucket=lake",
        f"-s3.port={s3}", f"-s3.port.iceberg={rest}", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false",
        "-master.telemetry=false", f"-s3.localSocket={folder}/s3.sock", f"-filer.localSocket={folder}/filer.sock",
        *ports,
    ]  # fmt: skip


def _client(rest: int, s3: int) -> Any:
    from pyiceberg.catalog.rest import RestCatalog

    return RestCatalog(
        "lake",
        uri=f"http://127.0.0.1:{rest}",
        warehouse="s3://lake",
        credential=f"key:{SECRET}",
        **{"oauth2-server-uri": f"http://127.0.0.1:{rest}/v1/oauth/tokens"},
        **{"s3.endpoint": f"http://127.0.0.1:{s3}", "s3.region": "us-east-1"},
        **{"s3.access-key-id": "key", "s3.secret-access-key": SECRET},
    )


def source(url: str, table: str = "shop.orders") -> Source:
    config = SourceConfig(
        url=f"{url}?warehouse=s3://lake", format="iceberg", table=table, bearer="env:LAKE_LOGIN"
    )
    return Source("orders", (), config, Place("sharekit.toml"))


def fetched(
    folder: Path,
    url: str,
    environ: Mapping[str, str],
    table: str = "shop.orders",
    now: float = NOW,
) -> FetchedSource:
    return Fetcher(folder / "fetched", environ, lambda: now).get(source(url, table))


@pytest.mark.slow
def test_rows_are_those_of_the_snapshot_that_the_catalog_names(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = pa.table({"day": ["2026-01-05", "2026-01-06"], "n": [1, 2]})
    catalog.client.create_namespace("shop")
    table = catalog.client.create_table("shop.orders", schema=rows.schema)
    table.append(rows)
    first = fetched(tmp_path, catalog.url, catalog.environ)
    assert _rows(first) == [("2026-01-05", 1), ("2026-01-06", 2)]
    second = fetched(tmp_path, catalog.url, catalog.environ, now=NOW + HOUR)
    assert second.paths == first.paths
    table.delete("n = 1")
    third = fetched(tmp_path, catalog.url, catalog.environ, now=NOW + 2 * HOUR)
    assert _rows(third) == [("2026-01-06", 2)]


def _rows(got: FetchedSource) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"FROM '{got.paths[0]}'").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "environ", "words", "outside"),
    [
        ("shop.nothing", {}, "its catalog has no such table", False),
        ("shop.orders", {"LAKE_LOGIN": f"key:{SECRET}x"}, "does not accept the login", True),
        ("shop.orders", {"LAKE_LOGIN": "token"}, "does not accept the login", True),
        ("shop.orders", {"LAKE_LOGIN_HOST": "other"}, "not on the host that LAKE_LOGIN_HOST", False),
        ("shop.orders", {"SSL_CERT_FILE": os.devnull}, "its store cannot be reached", True),
    ],
)  # fmt: skip
def test_what_the_catalog_refuses_is_said(
    catalog: Catalog,
    tmp_path: Path,
    table: str,
    environ: Mapping[str, str],
    words: str,
    outside: bool,
) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        fetched(tmp_path, catalog.url, {**catalog.environ, **environ}, table)
    assert caught.value.outside == outside
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_a_catalog_that_does_not_answer_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_iceberg, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://localhost:{mute.getsockname()[1]}"
        environ = {"LAKE_LOGIN": "token", "LAKE_LOGIN_HOST": "localhost"}
        with pytest.raises(Unreadable, match="its catalog does not answer") as caught:
            fetched(tmp_path, url, environ)
    assert caught.value.outside


def test_a_catalog_cannot_name_files_of_this_machine(tmp_path: Path) -> None:
    from pyiceberg.catalog.sql import SqlCatalog

    books = SqlCatalog("books", uri=f"sqlite:///{tmp_path}/books.db", warehouse=f"{tmp_path}/lake")
    books.create_namespace("shop")
    rows = pa.table({"n": [1]})
    table = books.create_table("shop.orders", schema=rows.schema)
    table.append(rows)
    said = table.metadata.model_dump_json()
    body = (
        f'{{"metadata-location": "{table.metadata_location}", "metadata": {said}, "config": {{}}}}'
    )
    json: Callable[[str], Any] = lambda text: answer(text.encode(), Content_Type="application/json")  # noqa: E731
    with serving(tmp_path / "tls") as server:
        server.routes["/v1/config"] = json('{"defaults": {}, "overrides": {}}')
        server.routes["/v1/namespaces/shop/tables/orders"] = json(body)
        environ = {
            "LAKE_LOGIN": "token",
            "LAKE_LOGIN_HOST": "localhost",
            "SSL_CERT_FILE": str(server.certificate),
        }
        with pytest.raises(Unreadable, match="not in a store of objects"):
            fetched(tmp_path, server.url(""), environ)
