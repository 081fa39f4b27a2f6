"""The exit codes of ``bb``: part of its contract with scripts, told in ``bb --help``."""

DONE = 0
NOTHING_RUNNING = 1
USAGE = 2
NOT_SIGNED_IN = 3
REFUSED = 4
NOT_REACHABLE = 5
BROKEN = 70
OUTPUT_FAILED = 74
INTERRUPTED = 130
OUTPUT_CLOSED = 141
