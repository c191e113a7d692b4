"""The help, what explains a panel, presenter mode."""
