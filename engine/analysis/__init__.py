"""What a network shows of itself: every question that a view asks."""
