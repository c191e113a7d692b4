"""The window: what a person sees and touches. It never imports TensorFlow and never waits for the engine."""
