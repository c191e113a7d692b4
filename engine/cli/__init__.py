"""The command line: the same jobs without a window."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""
