"""One module per tab, named as the user names it; each ends with `TAB = ...` and is found by walking this package."""
