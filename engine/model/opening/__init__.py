"""Networks in files that other programs wrote: what they say is checked, read as plain arrays, and never run."""
