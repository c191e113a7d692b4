"""The session: runs, drawings, sets of neurons, and the jobs that change or read it."""
