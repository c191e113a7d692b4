"""The bridge to the engine, and at what pace a view asks."""
