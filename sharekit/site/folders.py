"""Where each audience's tree stands: below the site's folder, and on the web."""

from __future__ import annotations

from sharekit.project.manifest import Manifest
from sharekit.site import links


def tree_folder(manifest: Manifest, audience: str) -> str:
    """Folder of an audience's tree below the site: "" where there is only one audience, else
    "airports/"."""
    return "" if len(manifest.audiences) < 2 else f"{links.slug(audience)}/"


def tree_url(manifest: Manifest, audience: str) -> str | None:
    """Full address of an audience's tree, ending in "/"; None where the project has no address."""
    url = manifest.config.project.url
    return f"{url.rstrip('/')}/{tree_folder(manifest, audience)}" if url else None
