"""Curves over steps or values, their axes, legends and tools."""
