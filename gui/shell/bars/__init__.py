"""The bars below the tabs."""
