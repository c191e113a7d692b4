"""The session as a notebook: its runs and acts in their order, as cells of text and of the code of the tabs."""
