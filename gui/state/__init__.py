"""The observable models of the window: what views listen to and change; no widget is among them."""
