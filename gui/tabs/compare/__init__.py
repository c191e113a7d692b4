"""The tab Compare: `tab.py`, its pages, and `scene.py`, what a screenshot of it shows."""
