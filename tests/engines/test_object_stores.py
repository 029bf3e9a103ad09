"""Objects of a store as sources, against real servers that speak as Amazon's, Google's and Azure's
do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from enginekit import manifest, opened
from object_stores import SECRET, STORES, ObjectStore

from sharekit.engines.sources.fetching import Fetcher, Unreadable
from sharekit.errors import Place
from sharekit.project.manifest import Source
from sharekit.project.shapes import SourceConfig

obstore = pytest.importorskip("obstore", reason="the extra sharekit[cloud] is not installed")
pytest.importorskip("moto.server", reason="moto[server] is not installed")

NOW = 1_900_000_000.0
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Bucket:
    """A bucket of one store, whose environment is this process's own."""

    store: ObjectStore
    name: str

    def url(self, path: str) -> str:
        return f"{self.store.scheme}://{self.name}/{path}"

    def put(self, path: str, content: bytes) -> None:
        from obstore.store import from_url

        obstore.put(from_url(self.url(""), client_options={"allow_http": True}), path, content)

    def fetcher(self, folder: Path, now: float = NOW) -> Fetcher:
        return Fetcher(folder / "fetched", self.store.environ, lambda: now)


@pytest.fixture(scope="module", params=["s3", "gs", pytest.param("az", marks=pytest.mark.slow)])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectStore]:
    with STORES[request.param](tmp_path_factory.mktemp("store")) as made:
        yield made


@pytest.fixture
def bucket(
    store: ObjectStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Bucket:
    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)
    name = f"b{abs(hash(request.node.name)) % 10**9}"
    store.make(name)
    return Bucket(store, name)


def source(url: str, **keys: object) -> Source:
    return Source("events", (), SourceConfig(url=url, **keys), Place("sharekit.toml"))  # type: ignore[arg-type]


def test_objects_that_match_are_one_table_with_the_columns_of_their_folders(
    bucket: Bucket, root: Path
) -> None:
    bucket.put("events/month=09/a.csv", b"day,n\n2026-09-01,1\n")
    bucket.put("events/month=10/a.csv", b"day,n\n2026-10-01,2\n")
    bucket.put("events/month=10/notes.txt", b"not this one")
    bucket.put("other/a.csv", b"day,n\n2026-10-01,100\n")
    config = SourceConfig(url=bucket.url("events/*/*.csv"))
    with opened(manifest(root, {"events": config})) as engine:
        assert engine.sources()["events"].error is None
        assert engine.query("SELECT month, n FROM events ORDER BY n").rows == ((9, 1), (10, 2))


def test_only_what_changed_is_read_again(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("e/a.csv", b"n\n1\n")
    bucket.put("e/b.csv", b"n\n2\n")
    fetcher = bucket.fetcher(tmp_path)
    first = fetcher.get(source(bucket.url("e/*.csv")))
    kept = first.paths[0].stat().st_mtime_ns
    bucket.put("e/b.csv", b"n\n3\n")
    later = bucket.fetcher(tmp_path, NOW + HOUR)
    again = later.get(source(bucket.url("e/*.csv")))
    assert again.names == first.names == ("e/a.csv", "e/b.csv")
    assert again.paths[0].stat().st_mtime_ns == kept, "what is the same is not fetched"
    assert again.paths[1].read_bytes() == b"n\n3\n"


def test_object_that_changes_after_it_was_listed_is_not_mixed_in(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("e/a.csv", b"n\n1\n")
    listed = obstore.list

    def moving(*args: object, **keys: object) -> list[object]:
        found = list(listed(*args, **keys))
        bucket.put("e/a.csv", b"n\n2\n")
        return found

    monkeypatch.setattr(obstore, "list", moving)
    fetcher = bucket.fetcher(tmp_path)
    with pytest.raises(Unreadable, match="an object changed while it was being read"):
        fetcher.get(source(bucket.url("e/*.csv")))


@pytest.mark.parametrize(
    ("path", "keys", "words"),
    [("none/*.csv", {}, "no object matches none/"), ("none/a.csv", {}, "no such object")],
)
def test_what_is_not_there_is_told(
    bucket: Bucket,
    tmp_path: Path,
    path: str,
    keys: dict[str, object],
    words: str,
) -> None:
    fetcher = bucket.fetcher(tmp_path)
    with pytest.raises(Unreadable, match=words) as caught:
        fetcher.get(source(bucket.url(path), **keys))
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_size_of_all_objects_has_a_limit(bucket: Bucket, tmp_path: Path) -> None:
    for name in "ab":
        bucket.put(f"e/{name}.csv", b"n\n" + b"1\n" * 400_000)
    fetcher = bucket.fetcher(tmp_path)
    with pytest.raises(Unreadable, match="more than 1"):
        fetcher.get(source(bucket.url("e/*.csv"), max_mb=1))


def test_store_out_of_reach_leaves_the_last_good_copy(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("e/a.csv", b"n\n1\n")
    wanted = source(bucket.url("e/a.csv"))
    bucket.fetcher(tmp_path).get(wanted)
    for name, value in bucket.store.gone.items():
        monkeypatch.setenv(name, value)
    found = bucket.fetcher(tmp_path, NOW + DAY).get(wanted)
    assert found.paths[0].read_bytes() == b"n\n1\n"
    assert found.stale is not None
    assert "cannot be reached" in found.stale
    assert SECRET not in found.stale
