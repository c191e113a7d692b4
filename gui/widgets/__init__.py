"""Passive widgets: setters in, plain signals out; none of them knows the engine thread."""
