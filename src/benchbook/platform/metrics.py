"""Prometheus metrics of this process."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = CONTENT_TYPE_LATEST

REQUEST_SECONDS = Histogram(
    "benchbook_request_seconds",
    "Time from the request's arrival to the end of its answer; of a stream, to its beginning.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REQUESTS_IN_PROGRESS = Gauge("benchbook_requests_in_progress", "Requests being answered now.")
STREAMS_OPEN = Gauge("benchbook_streams_open", "Event streams that are open now.")
WEBHOOK_REQUESTS = Counter(
    "benchbook_webhook_requests",
    "Requests sent to webhooks.",
    ("outcome",),
)
LETTERS = Counter("benchbook_letters", "Attempts to send an e-mail.", ("outcome",))


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest()
