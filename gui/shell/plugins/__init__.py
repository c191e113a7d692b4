"""Plug-ins in the window: their pages, and the sheet in which a person switches them on."""
