"""Benchmarks of the window: each offers `measure`, which returns plain figures, and `lines`, which says them."""
