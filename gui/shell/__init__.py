"""The window around the tabs: menus, bars, what a start opens and an end asks."""
