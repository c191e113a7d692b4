"""A panel as a figure: painted, enlarged, copied, saved, with its numbers."""
