"""Hours: the timer, the sessions it leaves behind, and what is seen of them.

A session is a tracked piece of time. A person has at most one running (a constraint); the saved
ones are kept by the month of their start. Instants are whole seconds, so that every sum is exact.
"""
