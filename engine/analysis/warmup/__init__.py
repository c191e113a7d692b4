"""The warm-up: the inverse of a matrix, learned by gradient descent. Nothing else is as small and complete."""
