"""A run as one HTML file that pupils open offline: what is put into it, in 8 bits, and the page around it."""
