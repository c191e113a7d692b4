"""Computation graphs as TensorFlow traced them: of the warm-up, of a network and of its training step."""
