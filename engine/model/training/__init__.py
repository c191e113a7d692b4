"""Training: the job, the compiled chunk of steps, losses, augmentation, evaluation, and the run's health."""
