"""Measurements of Benchbook beside what one might use instead: `python -m benchmarks hours`."""
