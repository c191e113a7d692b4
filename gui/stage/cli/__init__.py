"""The commands that need the window, found as those in `engine.cli`. Each shows it on a screen that nobody sees."""
