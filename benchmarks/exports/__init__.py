"""The export of a million sessions: how soon it begins, how long it takes, what it costs."""
