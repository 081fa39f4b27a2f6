"""The roster as people scroll it."""
