"""Sweeps: a plan of trainings, workers that run them, and a job that gathers their runs in one session."""
