"""What all of the engine is said with: errors, messages, jobs and their runner, knobs, the lens."""
