"""Show code: each module is the script of a tab in plain TensorFlow and NumPy; what they share is in `parts`."""
