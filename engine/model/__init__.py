"""What is learned, and how: the network and its training."""
