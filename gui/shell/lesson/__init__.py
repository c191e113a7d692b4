"""The lesson: a guide beside the tabs that tells a story, page by page, and watches what a person does."""
