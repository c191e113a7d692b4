"""Show the code: for each tab a short script in plain TensorFlow and NumPy that does what the tab shows."""
