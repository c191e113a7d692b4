"""Maps of vectors as points, in plain NumPy, without TensorFlow and without sessions."""
