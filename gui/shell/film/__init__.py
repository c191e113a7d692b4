"""Films over training: making one, and the sheet that says of what."""
