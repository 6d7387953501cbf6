"""The command line: `python -m sam`."""
