"""The Experiments tab: what papers found, predicted first and then tried on this computer."""
