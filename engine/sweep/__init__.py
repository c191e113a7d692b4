"""Many trainings at once: a plan of tasks, whoever does them, and one session that gathers their runs."""
