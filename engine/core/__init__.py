"""What the rest of the engine is built on: errors, messages, jobs and their runner, knobs, the lens."""
