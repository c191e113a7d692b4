"""Benchmarks, which `main.py bench` runs: each figure beside a rival measured in the same run."""
