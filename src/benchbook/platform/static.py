"""The web application's files: hashed ones are cached for ever, the index is never stale.

Paths of the application's own pages (``/hours``) are answered with the index, which routes them in
the browser; files come precompressed from the build.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from servestatic import ServeStaticASGI

# What the API answers; everything else belongs to the web application.
API_PATHS = ("/api/", "/health/", "/ical/", "/refget/", "/metrics")
_HASHED = re.compile(r"/assets/.*-[A-Za-z0-9_-]{8,}\.\w+(\.map)?$")
_PAGE = re.compile(r"[^.]*$")


class WebApplication:
    """ASGI: static files where there are some, the API for the rest."""

    def __init__(self, api: Any, root: Path) -> None:
        """``root`` is the folder of the built web application."""
        self._api = api
        self._files = ServeStaticASGI(
            api,
            root=str(root),
            index_file=True,
            max_age=None,
            allow_all_origins=False,
            immutable_file_test=lambda _path, url: bool(_HASHED.search(url)),
            add_headers_function=_cache_headers,
            mimetypes={".webmanifest": "application/manifest+json"},
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] != "http"
            or f"{scope['path']}/".startswith(API_PATHS)
            or scope["method"] not in ("GET", "HEAD")
        ):
            await self._api(scope, receive, send)
            return
        path = scope["path"]
        if path in ("/docs", "/docs/"):
            scope = {**scope, "path": "/reference/"}
        elif path not in self._files.files and _PAGE.fullmatch(path):
            scope = {**scope, "path": "/"}
        await self._files(scope, receive, send)


def _cache_headers(headers: Any, _path: str, url: str) -> None:
    if not _HASHED.search(url):
        headers["Cache-Control"] = "no-cache"
