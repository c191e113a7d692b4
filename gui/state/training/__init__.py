"""The runs, their data, and the work that makes more of them."""
