"""Networks: building one from a spec, and its initial weights."""
