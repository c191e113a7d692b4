"""Colours, type, icons and words: what knows no model."""
