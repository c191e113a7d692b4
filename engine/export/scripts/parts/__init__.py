"""What scripts share, finding them, and filling them in."""
