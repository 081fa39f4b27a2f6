"""Webhooks: what happens in Benchbook is told to addresses outside, signed, and at least once.

Events come from triggers in the database (``emit_webhook_event`` in the migrations), in the
transaction of the change itself. This module lets people say who is told of what, and its worker
sends what was kept. It knows the names of events and nothing else of the modules that they are from.
"""
