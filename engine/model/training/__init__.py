"""Training: the compiled steps, losses, augmentation, evaluation, the run with its history, and its health."""
