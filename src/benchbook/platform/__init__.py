"""The ground the modules stand on; no word of their domains is known here.

Settings, the database (embedded or any), migrations, problems (errors over HTTP), paging,
idempotency, ETags, security headers, logs, metrics, static files and the API's contract.
"""
