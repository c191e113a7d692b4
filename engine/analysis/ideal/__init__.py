"""Ideal images: what the network would like to see most. All are painted at once, by descent on the pixels."""
