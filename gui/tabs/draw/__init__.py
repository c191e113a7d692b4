"""The tab Draw: `tab.py`, its parts, and `scene.py`, what a screenshot of it shows."""
