"""Where every page, data file and badge of a tree stands, and how one page points to another. Links
are relative."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, urlsplit

from sharekit.project.manifest import Metric

HOME = "index.html"
NUMBERS = "metrics/index.html"
DASHBOARDS = "dashboards/index.html"
OKRS = "okrs/index.html"
CHANGES = "changes.html"
ASKS = "asks.html"
ASKS_CSV = "asks.csv"
FEED = "feed.xml"
CALENDAR = "calendar.ics"
DIGEST = "digest.html"
ALIGNMENT = "alignment.html"
SCORING = "scoring.html"
SEARCH = "search-index.js"
MISSING = "404.html"
LLMS = "llms.txt"

_SAFE = re.compile(r"(?!index$)[A-Za-z0-9_][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9_-]{1,20}){0,3}")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
SAFE_SCHEMES = frozenset({"http", "https", "mailto"})


def slug(text: str) -> str:
    """A file name for an id: itself where that is safe everywhere, else its safe characters and a
    hash of it."""
    if _SAFE.fullmatch(text):
        return text
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "item"
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def metric_page(metric: Metric) -> str:
    """Page of a metric, or of a key result."""
    return key_result_page(metric.id) if metric.okr else number_page(metric.id)


def number_page(metric: str) -> str:
    return f"metrics/{slug(metric)}.html"


def key_result_page(key_result: str) -> str:
    return f"okrs/{slug(key_result)}.html"


def objective_page(objective: str) -> str:
    return f"objectives/{slug(objective)}.html"


def dashboard_page(dashboard: str) -> str:
    return f"dashboards/{'/'.join(slug(part) for part in dashboard.split('/'))}.html"


def data_file(metric: str, ending: str) -> str:
    return f"data/{slug(metric)}.{ending}"


def badge_file(metric: str) -> str:
    return f"badges/{slug(metric)}.svg"


def embed_page(metric: str) -> str:
    """The card of a metric or key result, for a frame on another site's page."""
    return f"embed/{slug(metric)}.html"


def twin(page: str) -> str:
    """The same page as Markdown."""
    return f"{page.removesuffix('.html')}.md"


def owner_feed(person: str) -> str:
    return f"feeds/{slug(person)}.xml"


def question_anchor(ask: str) -> str:
    """Where a question stands on its page of the ledger."""
    return f"q-{slug(ask)}"


def numbered_page(first: str, number: int) -> str:
    """Page `number` of a list too long for one: the first keeps its own name."""
    if number == 1:
        return first
    stem = first.removesuffix(".html").removesuffix("/index")
    return f"{stem}/all/{number}.html"


def root_of(page: str) -> str:
    """What leads from a page to the tree's root: "" or "../" and so on."""
    return "../" * page.count("/")


def href(page: str, target: str, fragment: str = "") -> str:
    """The relative address of a file of the same tree, percent-encoded."""
    end = f"#{quote(fragment, safe='')}" if fragment else ""
    if page == target and fragment:
        return end
    return quote(_way(page.split("/")[:-1], target.split("/")), safe="/._-~") + end


def _way(folder: list[str], path: list[str]) -> str:
    """How a file is reached from a folder, both of one tree."""
    shared = 0
    for here, there in zip(folder, path[:-1], strict=False):
        if here != there:
            break
        shared += 1
    return "../" * (len(folder) - shared) + "/".join(path[shared:])


def absolute(url: str | None, target: str, fragment: str = "") -> str:
    """The full address below the tree's own; relative to its root where that is not known."""
    base = f"{url.rstrip('/')}/" if url else ""
    return base + href("x", target, fragment)


def scheme(address: str) -> str:
    """Scheme of an address in lower case, "" for a relative one; control characters and spaces do
    not hide it."""
    plain = re.sub(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+", "", address)
    match = _SCHEME.match(plain)
    return match.group()[:-1].lower() if match else ""


def is_safe(address: str) -> bool:
    """Whether a link may go there: http, https, mailto, or relative and not protocol-relative."""
    kind = scheme(address)
    if kind:
        return kind in SAFE_SCHEMES
    return not re.sub(
        r"[\x00-\x20\\]+", lambda match: "/" if "\\" in match.group() else "", address
    ).startswith("//")


def is_external(address: str) -> bool:
    return scheme(address) in {"http", "https"} and bool(urlsplit(address).netloc)


def mailto(address: str, subject: str) -> str:
    """A link that opens a mail, written in advance."""
    return f"mailto:{quote(address, safe='@+.-_')}?subject={quote(subject, safe='')}"
