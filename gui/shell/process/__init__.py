"""The start of the program, its end, and what it does to the process."""
