"""The session file: one SQLite database, written as training goes."""
