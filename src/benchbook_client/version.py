"""Says which version this is, from the installed package: it is written down in one place only."""


def version() -> str:
    """Gives the installed version, such as ``1.4.0``, or ``unknown`` outside an installation."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed_version

    try:
        return installed_version("benchbook")
    except PackageNotFoundError:
        return "unknown"
