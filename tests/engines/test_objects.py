"""Objects of a store as sources, against a real server that speaks S3 (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from enginekit import manifest, opened

from sharekit.engines.sources.fetching import Fetcher, Unreadable
from sharekit.errors import Place
from sharekit.project.manifest import Source
from sharekit.project.shapes import SourceConfig

obstore = pytest.importorskip("obstore", reason="the extra sharekit[cloud] is not installed")
pytest.importorskip("moto.server", reason="moto[server] is not installed")

SECRET = "s3cr3t-access-key"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environ(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a keeper's environment says of a store."""
    known = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    return known


@pytest.fixture
def bucket(environ: dict[str, str], request: pytest.FixtureRequest) -> str:
    import urllib.request

    name = f"b{abs(hash(request.node.name)) % 10**9}"
    call = urllib.request.Request(f"{environ['AWS_ENDPOINT_URL']}/{name}", method="PUT")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(call, timeout=30).close()
    return name


def put(bucket: str, path: str, content: bytes) -> None:
    from obstore.store import from_url

    store = from_url(f"s3://{bucket}", client_options={"allow_http": True})
    obstore.put(store, path, content)


def source(url: str, **keys: object) -> Source:
    return Source("events", (), SourceConfig(url=url, **keys), Place("sharekit.toml"))  # type: ignore[arg-type]


def test_objects_that_match_are_one_table_with_the_columns_of_their_folders(
    bucket: str, root: Path
) -> None:
    put(bucket, "events/month=09/a.csv", b"day,n\n2026-09-01,1\n")
    put(bucket, "events/month=10/a.csv", b"day,n\n2026-10-01,2\n")
    put(bucket, "events/month=10/notes.txt", b"not this one")
    put(bucket, "other/a.csv", b"day,n\n2026-10-01,100\n")
    config = SourceConfig(url=f"s3://{bucket}/events/*/*.csv")
    with opened(manifest(root, {"events": config})) as engine:
        assert engine.sources()["events"].error is None
        assert engine.query("SELECT month, n FROM events ORDER BY n").rows == ((9, 1), (10, 2))


def test_only_what_changed_is_read_again(
    bucket: str, environ: dict[str, str], tmp_path: Path
) -> None:
    put(bucket, "e/a.csv", b"n\n1\n")
    put(bucket, "e/b.csv", b"n\n2\n")
    fetcher = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_000_000.0)
    first = fetcher.get(source(f"s3://{bucket}/e/*.csv"))
    kept = first.paths[0].stat().st_mtime_ns
    put(bucket, "e/b.csv", b"n\n3\n")
    later = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_003_600.0)
    again = later.get(source(f"s3://{bucket}/e/*.csv"))
    assert again.names == first.names == ("e/a.csv", "e/b.csv")
    assert again.paths[0].stat().st_mtime_ns == kept, "what is the same is not fetched"
    assert again.paths[1].read_bytes() == b"n\n3\n"


def test_object_that_changes_after_it_was_listed_is_not_mixed_in(
    bucket: str, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, "e/a.csv", b"n\n1\n")
    listed = obstore.list

    def moving(*args: object, **keys: object) -> list[object]:
        found = list(listed(*args, **keys))
        put(bucket, "e/a.csv", b"n\n2\n")
        return found

    monkeypatch.setattr(obstore, "list", moving)
    fetcher = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_000_000.0)
    with pytest.raises(Unreadable, match="an object changed while it was being read"):
        fetcher.get(source(f"s3://{bucket}/e/*.csv"))


@pytest.mark.parametrize(
    ("path", "keys", "words"),
    [("none/*.csv", {}, "no object matches none/"), ("none/a.csv", {}, "no such object")],
)
def test_what_is_not_there_is_told(
    bucket: str,
    environ: dict[str, str],
    tmp_path: Path,
    path: str,
    keys: dict[str, object],
    words: str,
) -> None:
    fetcher = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_000_000.0)
    with pytest.raises(Unreadable, match=words) as caught:
        fetcher.get(source(f"s3://{bucket}/{path}", **keys))
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_size_of_all_objects_has_a_limit(
    bucket: str, environ: dict[str, str], tmp_path: Path
) -> None:
    for name in "ab":
        put(bucket, f"e/{name}.csv", b"n\n" + b"1\n" * 400_000)
    fetcher = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_000_000.0)
    with pytest.raises(Unreadable, match="more than 1"):
        fetcher.get(source(f"s3://{bucket}/e/*.csv", max_mb=1))


def test_store_out_of_reach_leaves_the_last_good_copy(
    bucket: str, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, "e/a.csv", b"n\n1\n")
    wanted = source(f"s3://{bucket}/e/a.csv")
    Fetcher(tmp_path / "fetched", environ, lambda: 1_900_000_000.0).get(wanted)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = Fetcher(tmp_path / "fetched", environ, lambda: 1_900_086_400.0).get(wanted)
    assert found.paths[0].read_bytes() == b"n\n1\n"
    assert found.stale is not None
    assert "cannot be reached" in found.stale
    assert SECRET not in found.stale
