"""Films: a run's snapshots as moving pictures, written as WebP, GIF or MP4."""
