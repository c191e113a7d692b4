"""The time bar below the tabs: slider, bookmarks, and the actions of the Time menu."""
