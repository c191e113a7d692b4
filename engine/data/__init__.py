"""Data sets: what one is, and one module for every place it can come from."""
