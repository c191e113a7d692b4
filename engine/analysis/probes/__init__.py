"""Probes: one question about a network, seen through the lens, per module."""
