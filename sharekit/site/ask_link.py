"""How somebody asks for a number that is not there: a mail, or a new file in the repository."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from msgspec import Struct

from sharekit.site import links
from sharekit.visible import VisibleManifest

TEXT, QUOTED, SLUG = "{text}", "{quoted}", "{slug}"
"""Places in a template for the question, percent-encoded: as it is, in JSON's quotes, and as a
file's name."""
_FILE = """\
question: {quoted}
asked:
  - on:    # the day, such as 2026-11-22
    by:    # who asks: a key of [people]
"""


class AskOption(Struct, frozen=True):
    """One way to ask."""

    href: str
    """For a person who has not typed a question yet."""
    template: str
    """The same with places for one; site.js fills them."""


def ask_way(manifest: VisibleManifest) -> AskOption | None:
    """The mail that [site] ask_email takes, else the repository's page for a new file; None where
    neither is named."""
    address, repository = manifest.config.site.ask_email, manifest.config.project.repository
    if address:
        href = links.mailto(address, f"A question for {manifest.config.project.name}")
        return AskOption(href, f"{href}&body={TEXT}")
    if repository and links.is_external(repository):
        return _new_file(repository.rstrip("/"))
    return None


def _new_file(repository: str) -> AskOption:
    """GitHub's address for a new file, which most forges share; GitLab has its own."""
    value = quote(_FILE, safe="").replace(quote(QUOTED, safe=""), QUOTED)
    if "gitlab" in (urlsplit(repository).hostname or ""):
        template = f"{repository}/-/new/HEAD?file_name=metrics/asks/{SLUG}.yaml&content={value}"
    else:
        template = f"{repository}/new/HEAD/metrics/asks?filename={SLUG}.yaml&value={value}"
    return AskOption(template.replace(SLUG, "a-question").replace(QUOTED, quote('""')), template)
