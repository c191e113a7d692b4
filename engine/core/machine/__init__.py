"""This computer: folders, files, devices, memory, signals."""
