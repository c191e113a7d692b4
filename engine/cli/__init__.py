"""The command line: the same jobs without a window. Each module is a command; what they share is in `parts`."""

INTERRUPTED = 130  # the exit status after Ctrl-C, as shells have it
