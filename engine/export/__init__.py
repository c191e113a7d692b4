"""What leaves the program: scripts, notebooks, films, hand-outs."""
