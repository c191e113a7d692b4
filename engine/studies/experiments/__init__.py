"""Experiments: what papers found, tried here. Each module is one; what they share is in `parts`."""
