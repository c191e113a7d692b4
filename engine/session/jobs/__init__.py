"""The jobs that change a session: its data, runs, drawings, examples and files."""
