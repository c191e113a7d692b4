"""Many trainings that answer one question together: sweeps and experiments."""
