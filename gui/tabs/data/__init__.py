"""The tab Data: `tab.py`, its parts, and `scene.py`, what a screenshot of it shows."""
