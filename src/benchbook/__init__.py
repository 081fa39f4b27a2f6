"""Benchbook: hours, shifts and sequences for a working lab, on your own server."""

from importlib.metadata import version

__version__ = version("benchbook")
