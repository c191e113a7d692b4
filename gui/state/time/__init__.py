"""The lens in time."""
