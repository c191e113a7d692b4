"""The layers of a network: their kinds, the language they are written in, and the plan of their computation."""
