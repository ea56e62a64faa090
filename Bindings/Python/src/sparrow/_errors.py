"""The exception of this package."""

__all__ = ["Error"]


class Error(Exception):
    """One line that says what was wrong, where, and what was expected.

    The only exception that this package raises by itself, whatever it is given.
    """
