"""The tab Activations: `tab.py`, its parts, and `scene.py`, what a screenshot of it shows."""
