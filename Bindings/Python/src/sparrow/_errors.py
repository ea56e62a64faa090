"""The exception of this package."""

__all__ = ["Error"]


class Error(Exception):
    """What was wrong, where, and what was expected, in one line.

    The only exception that this package raises by itself, whatever it is given.
    """
