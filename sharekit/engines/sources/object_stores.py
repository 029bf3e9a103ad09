"""Objects in a store of s3, gs or az, by obstore. Credentials come from the environment, where the
vendors' own tools look for them.

The list of a prefix and the reading of its objects are two moments: each object is asked for on the
condition that it is still the one that was listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sharekit.engines.sources.fetching import Fetcher, LastAnswer, Unreadable
from sharekit.files.globs import folder_before_glob, glob_pattern, is_glob
from sharekit.project.manifest import Source

MOST_FILES = 10_000
_VENDORS = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}
"""How the variables of each store begin."""
_NAMED = {"s3": "the bucket, the region", "gs": "the bucket", "az": "the account, the container"}
_SECONDS = "30s"


def fetch(fetcher: Fetcher, source: Source, address: str, last: LastAnswer | None) -> LastAnswer:
    """The objects that an address or its glob names; those whose tag is known are not read again.
    Raises Unreadable."""
    try:
        import obstore
        from obstore.exceptions import BaseError
    except ImportError:
        raise Unreadable(
            "reading from object stores needs another package", "Run pip install 'sharekit[cloud]'."
        ) from None
    url_parts = urlsplit(address)
    bucket, pattern = f"{url_parts.scheme}://{url_parts.netloc}", url_parts.path.lstrip("/")
    if url_parts.query or url_parts.fragment:  # a glob's `?` is no query
        pattern = address.removeprefix(f"{bucket}/")
    try:
        store = _store(bucket, fetcher)
        objects = sorted(_objects(obstore, store, pattern), key=lambda entry: str(entry["path"]))
        if not objects:
            raise Unreadable(
                f"no object matches {_address_for_readers(source, pattern)}", outside=True
            )
        return _copies(obstore, store, fetcher, source, objects, last)
    except (BaseError, OSError, ValueError) as error:
        raise Unreadable(
            _failure_reason(error),
            f"Are {_NAMED[url_parts.scheme]} and the credentials right?",
            outside=True,
        ) from None


def _store(bucket: str, fetcher: Fetcher) -> Any:
    from obstore.store import from_url

    options: dict[str, Any] = {"timeout": _SECONDS, "connect_timeout": "10s"}
    vendor = _VENDORS[bucket.partition("://")[0]]
    if fetcher.environ.get(f"{vendor}_ALLOW_HTTP", "").lower() == "true":
        options["allow_http"] = True
    settings: dict[str, Any] = {
        "client_options": options,
        "retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
    }
    return from_url(bucket, **settings)


def _objects(obstore: Any, store: Any, pattern: str) -> Iterator[Any]:
    """What is there for a path or a glob, matched whole."""
    if not is_glob(pattern):
        yield obstore.head(store, pattern)
        return
    matches = glob_pattern(pattern).match
    count = 0
    for page in obstore.list(store, prefix=folder_before_glob(pattern) or None):
        for entry in page:
            if matches(str(entry["path"])) and entry["size"]:
                count += 1
                if count > MOST_FILES:
                    raise Unreadable(
                        f"more than {MOST_FILES:,} objects match", "Name fewer of them in `url`."
                    )
                yield entry


def _copies(
    obstore: Any,
    store: Any,
    fetcher: Fetcher,
    source: Source,
    objects: list[Any],
    last: LastAnswer | None,
) -> LastAnswer:
    total = sum(int(entry["size"]) for entry in objects)
    if total > source.config.max_mb * 1_000_000:
        raise Unreadable(
            f"it has {total / 1e6:,.0f} MB, more than {source.config.max_mb}",
            fetcher.advice(source),
        )
    before = dict(last.files) if last is not None else {}
    tags = last.tags if last is not None else {}
    files, now = [], {}
    for entry in objects:
        path, tag = str(entry["path"]), str(entry["e_tag"] or "")
        now[path] = tag
        if not tag or tags.get(path) != tag or path not in before:
            files.append((path, _read(obstore, store, fetcher, path, tag)))
        else:
            files.append((path, before[path]))
    return LastAnswer(tuple(files), fetcher.now(), {path: tag for path, tag in now.items() if tag})


def _read(obstore: Any, store: Any, fetcher: Fetcher, path: str, tag: str) -> str:
    part_file = fetcher.part()
    try:
        answer = obstore.get(store, path, options={"if_match": tag} if tag else None)
        with part_file.open("wb") as file:
            for chunk in answer.stream(min_chunk_size=1 << 20):
                file.write(bytes(chunk))
        return fetcher.keep(part_file, _ending(path))
    finally:
        part_file.unlink(missing_ok=True)


def _ending(path: str) -> str:
    """The object's endings, as far as a copy may have them: .csv.gz."""
    endings = "".join(PurePosixPath(path).suffixes[-2:]).lower()
    return (
        endings
        if re.fullmatch(r"(\.[a-z0-9]{1,7}){0,2}", endings)
        else PurePosixPath(path).suffix.lower()
    )


def _address_for_readers(source: Source, pattern: str) -> str:
    return "its address" if (source.config.url or "").startswith("env:") else pattern


def _failure_reason(error: Exception) -> str:
    """A reason without the vendor's answer, which can hold keys and addresses."""
    name = type(error).__name__
    reasons = {
        "NotFoundError": "there is no such object",
        "FileNotFoundError": "there is no such object",
        "PermissionDeniedError": "the store refuses it",
        "UnauthenticatedError": "the store does not know the credentials",
        "PreconditionError": "an object changed while it was being read; run the command again",
    }
    return reasons.get(name, f"the store cannot be reached ({name})")
