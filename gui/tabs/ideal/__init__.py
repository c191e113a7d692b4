"""The tab Ideal images: `tab.py`, its parts, and `scene.py`, what a screenshot of it shows."""
