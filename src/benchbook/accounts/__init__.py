"""Who is who: organisations, the people in them with their roles, how they sign in, API tokens
and the audit trail.

Other modules take the ``Caller`` from here (who asks, for which organisation, and what the role
lets them see), the guard that makes one of a request, and ``record_event`` for the audit.
An account belongs to one organisation: somebody who works for two has two, under one address.
"""
