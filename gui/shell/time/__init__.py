"""The bar of the training's course: slider, bookmarks, its actions."""
