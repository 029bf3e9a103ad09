"""Headers for static hosts that read them from a file: Netlify and Cloudflare Pages."""

from __future__ import annotations

from sharekit.artifacts import Artifact

HEADERS = Artifact(
    "_headers",
    b"""/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: same-origin
/*.md
  Content-Type: text/markdown; charset=utf-8
""",
)
"""At the top of the site. It names no audience, so that it may stand above several trees."""
