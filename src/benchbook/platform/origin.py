"""Cross-site requests: what changes something must come from our own pages.

The method of Go's CrossOriginProtection: browsers send Sec-Fetch-Site (or at least Origin) with
every unsafe request; a request with neither comes from no browser, and so carries no cookie that
another site could have misused.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from benchbook.platform.problems import CrossOrigin

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def require_own_origin(method: str, headers: Mapping[str, str], public_url: str | None) -> None:
    """Raise CrossOrigin for a change that another site's page asked for."""
    if method in SAFE_METHODS:
        return
    origin = headers.get("origin")
    if origin and origin == public_url:
        return
    match headers.get("sec-fetch-site"):
        case "same-origin" | "none":
            return
        case None:
            if not origin or urlsplit(origin).netloc == headers.get("host"):
                return
    raise CrossOrigin(
        "A page of another site asked for this change with your sign-in. "
        "Programs send an API token instead (Authorization: Bearer)."
    )
