"""From vectors of many numbers to points on a map, in plain NumPy, without TensorFlow and without sessions."""
