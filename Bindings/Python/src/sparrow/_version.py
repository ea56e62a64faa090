"""The version, which is that of the C library inside."""

version = "0.1.0"
